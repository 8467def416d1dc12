"""Finding people by name, number and telephone within a scope."""

from __future__ import annotations

import pytest

from factories.departures import traveller
from zhitong.registry import search as searching
from zhitong.registry.search import search

pytestmark = pytest.mark.django_db
ZAOQIANG, DAYING, RAOYANG = "131121", "131121102", "131124100"


def found(text: str, *, scope: str = ZAOQIANG, **more) -> list[int]:
    return [line.pk for line in search(scope=scope, text=text, **more).lines]


def test_a_name_is_found_by_any_part_its_beginning_first():
    one = traveller(home=DAYING, name="张小三").pk
    two = traveller(home=DAYING, name="张小").pk
    three = traveller(home=DAYING, name="李张小").pk
    traveller(home=DAYING, name="王五")

    assert found("张小") == [two, one, three]
    assert found("小三") == [one]
    assert found(" 张 小 三 ") == [one]
    assert found("三") == [one]
    assert found("张") == [two, one, three]
    assert found("小") == [two, three, one]
    assert found("没有此人") == []


@pytest.mark.parametrize("part", ["提", "买提·吐", "·", "尔", "逊"])
def test_long_names_are_found_by_their_middle(part):
    one = traveller(home=DAYING, name="买买提·吐尔逊").pk
    traveller(home=RAOYANG, name="买买提·吐尔逊")

    assert found(part) == [one]


def test_a_number_and_a_telephone_are_found_exactly():
    one = traveller(home=DAYING, identity="13112119900101101X")
    two = traveller(home=DAYING)
    phone = searching.queries.sealing.unseal(two.phone_sealed, purpose="phone")

    assert found("13112119900101101x") == [one.pk]
    assert found("1311211990 0101101X") == [one.pk]
    assert found(phone) == found(f"+86 {phone[:3]}-{phone[3:]}") == [two.pk]
    assert found(phone[:-1]) == []


def test_a_place_alone_or_with_a_name_narrows_the_search():
    one = traveller(home=DAYING, name="张小三").pk
    two = traveller(home="131121100", name="张小四").pk
    away = traveller(home=RAOYANG, name="张小五").pk

    assert found("大营镇", scope="1311") == found("枣强县大营镇", scope="1311") == [one]
    assert found("大营", scope="1311") == found(DAYING, scope="1311") == [one]
    assert found("枣强县 张", scope="1311") == found("张小 枣强", scope="1311") == [one, two]
    assert found("饶阳县 张小三", scope="1311") == []
    assert found("饶阳县", scope="1311") == [away]
    assert found("枣强县 小三", scope=DAYING) == found("枣强县", scope=DAYING) == [one]
    assert found("饶阳县", scope=ZAOQIANG) == []


def test_a_name_that_is_a_short_place_too_is_a_name_as_long_as_somebody_bears_it():
    home = traveller(home=DAYING, name="张小三").pk
    assert found("大营") == [home]

    named = traveller(home="131121100", name="大营").pk
    assert found("大营") == [named]
    assert found("大营镇") == [home]


def test_a_place_of_which_there_are_several_is_asked_about():
    one = traveller(home=DAYING, name="张小三").pk
    asked = search(scope="13", text="大营镇 张小")

    assert asked.lines == []
    said = {division.code: words for division, words in asked.meant}
    assert said[DAYING] == "衡水市枣强县大营镇 张小"
    assert found(said[DAYING], scope="13") == [one]
    assert found(said["130127101"], scope="13") == []


def test_nobody_outside_the_scope_is_found():
    traveller(home=RAOYANG, name="张小三", identity="13112119900101101X")

    assert found("张小三") == found("小三") == found("13112119900101101X") == found("") == []
    assert len(found("张小三", scope="1311")) == 1


def test_pages_show_everybody_once(monkeypatch):
    monkeypatch.setattr(searching, "PAGE", 3)
    people = {traveller(home=DAYING, name=name).pk for name in ["张小三", "李小三"] * 4}
    seen = [pk for page in (1, 2, 3) for pk in found("小三", page=page)]

    assert sorted(seen) == sorted(people)
    assert [search(scope=ZAOQIANG, text="小三", page=page).more for page in (1, 2, 3)] == [
        True,
        True,
        False,
    ]
    assert len({pk for page in (1, 2, 3) for pk in found("", page=page)}) == 8


@pytest.mark.parametrize("text", ["", "张", "小三", "13112119900101101X", "13800000001"])
def test_a_search_asks_the_same_number_of_times_for_many(django_assert_max_num_queries, text):
    for _ in range(12):
        traveller(home=DAYING, name="张小三")

    with django_assert_max_num_queries(7):
        search(scope=ZAOQIANG, text=text)
