"""The departure board at the desk."""

from __future__ import annotations

from datetime import date

from factories.departures import wishes
from factories.trips import trip
from zhitong.registry.models import Worker
from zhitong.transport.models import Passage

ZAOQIANG, DAYING = "131121", "131121102"
ADDRESS = "/registry/departures/?first=2020-03-02"


def test_wishes_are_counted_by_day_and_grouped_with_a_message(desk_of, db) -> None:
    wishes(6, home=DAYING, destination="110105")
    wishes(3, home="131121101", destination="110108")
    wishes(9, home="131124100", destination="110105")
    wishes(9, home=DAYING, destination="110105", mode="own")

    page = desk_of(ZAOQIANG).get(ADDRESS).content.decode()

    assert "9 人尚未编入车次" in page
    assert "1 组，9 人" in page
    assert "拟于3月3日组织前往北京市的返岗包车，现有约 9 人同行" in " ".join(page.split())
    assert "【枣强县人社部门】" in page


def test_who_is_on_a_trip_waits_no_more(desk_of, db) -> None:
    made = wishes(6, home=DAYING, destination="110105")
    on_the_road = trip(origin=ZAOQIANG, destination="110105", people=1)
    Passage.objects.filter(trip=on_the_road).update(departure=made[0])

    assert "5 人尚未编入车次" in desk_of(ZAOQIANG).get(ADDRESS).content.decode()


def test_a_suggestion_names_the_townships_that_most_leave_from(desk_of, db) -> None:
    wishes(2, home="131121101", destination="110105", latest=date(2020, 3, 20))
    wishes(4, home=DAYING, destination="110105")
    wishes(9, home="131121103", destination="310115")

    page = " ".join(desk_of(ZAOQIANG).get(ADDRESS).content.decode().split())

    beijing = page[page.index("北京市</strong>") :]
    assert beijing.index("大营镇 4") < beijing.index("恩察镇 2") < beijing.index("</textarea>")
    assert page.index("上海市</strong>") < page.index("北京市</strong>"), "the larger group first"


def test_who_was_erased_is_on_no_board(desk_of, db, now) -> None:
    gone, *_others = wishes(6, home=DAYING, destination="110105")
    Worker.objects.filter(pk=gone.worker_id).update(erased_at=now)

    assert "5 人尚未编入车次" in desk_of(ZAOQIANG).get(ADDRESS).content.decode()


def test_an_empty_board_says_what_to_do_and_a_bad_day_is_not_found(desk_of, db) -> None:
    client = desk_of(ZAOQIANG)

    assert "这几天没有待安排的出行意愿" in client.get(ADDRESS).content.decode()
    assert client.get("/registry/departures/?first=tomorrow").status_code == 404


def test_the_board_asks_as_often_for_many_as_for_few(
    desk_of, db, django_assert_max_num_queries
) -> None:
    wishes(40, home=DAYING, destination="110105")
    client = desk_of(ZAOQIANG)

    with django_assert_max_num_queries(12):
        client.get(ADDRESS)
