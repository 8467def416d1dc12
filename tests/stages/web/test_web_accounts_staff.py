"""Posts given at the desk: by whom, to whom, and what comes back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories.figures import HEBEI, HENGSHUI
from factories.staff import clerk
from zhitong.kernel.models import JournalEntry
from zhitong.offices.models import Organisation, Role, Staff

ZAOQIANG, DAYING = "131121", "131121102"
GOOD = "a good long password"


@pytest.fixture
def city(db: None, client: Client) -> Client:
    """Signed in as the administrator of Hengshui."""
    client.force_login(clerk(HENGSHUI, name="head"))
    return client


def opened(client: Client, **changes: object):
    typed = {"division": ZAOQIANG, "username": "zq-li", "name": "李", "roles": ["verify"]}
    return client.post("/staff/new/", typed | changes)


def link_in(page: str) -> str:
    found = re.search(r"/invitation/[\w-]+/", page)
    assert found
    return found[0]


def test_an_invited_clerk_chooses_a_password_once(city: Client) -> None:
    clerk(ZAOQIANG, name="chief")
    link = link_in(opened(city).content.decode())
    guest = Client()

    assert "zq-li" in guest.get(link).content.decode()
    taken = guest.post(link, {"password": GOOD, "again": GOOD})
    again = guest.post(link, {"password": "another long one", "again": "another long one"})

    assert taken.headers["Location"] == "/login/enrol/"
    assert guest.get("/login/enrol/").status_code == 200
    assert again.status_code == 410
    assert User.objects.get(username="zq-li").check_password(GOOD)
    assert [entry.verb for entry in JournalEntry.objects.order_by("id")] == [
        "account-created",
        "invitation-accepted",
    ]


@pytest.mark.parametrize(
    ("password", "again"), [(GOOD, "something else"), ("short", "short"), ("1234567890",) * 2]
)
def test_a_weak_or_mistyped_password_leaves_the_link_open(
    city: Client, password: str, again: str
) -> None:
    clerk(ZAOQIANG, name="chief")
    link = link_in(opened(city).content.decode())
    guest = Client()

    assert guest.post(link, {"password": password, "again": again}).status_code == 422
    assert guest.get(link).status_code == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"division": "1309"}, "须在您的区划之内"),
        ({"division": "999999"}, "没有区划"),
        ({"username": "x"}, "不符合要求"),
        ({"username": "HEAD"}, "已被使用"),
        ({"roles": []}, "至少选择一个岗位"),
        ({"roles": ["king"]}, "没有这样的岗位"),
        ({"division": HENGSHUI, "roles": ["administer"]}, "管理员岗位由上一级"),
    ],
)
def test_a_wrong_post_is_refused_with_a_sentence(
    city: Client, changes: dict[str, object], sentence: str
) -> None:
    clerk(ZAOQIANG, name="chief")
    clerk("1309", name="stranger")
    refused = opened(city, **changes)

    assert refused.status_code == 422
    assert sentence in refused.content.decode()
    assert not User.objects.filter(username="zq-li").exists()


def test_the_list_holds_those_below_and_nobody_else(city: Client) -> None:
    for division, name in ((ZAOQIANG, "below"), ("1309", "beside"), (HEBEI, "above")):
        clerk(division, name=name)
    page = city.get("/staff/").content.decode()

    assert "below" in page
    assert "head" in page
    assert "beside" not in page
    assert ">above<" not in page


@pytest.mark.parametrize("division", [HEBEI, "1309", "130921", "53", HENGSHUI])
@pytest.mark.parametrize("act", ["", "roles/", "disable/", "restore/", "reinvite/"])
def test_posts_above_beside_and_ones_own_are_not_to_be_found(
    city: Client, division: str, act: str
) -> None:
    if division == HENGSHUI:
        target = Staff.objects.get(user__username="head")
    else:
        target = Staff.objects.get(user=clerk(division, name="target"))
    address = f"/staff/{target.pk}/{act}"
    response = city.post(address, {"roles": ["read"]}) if act else city.get(address)

    assert response.status_code == 404
    target.refresh_from_db()
    assert target.user.is_active
    assert set(target.roles) == set(Role.values)


def test_only_an_administrator_manages_staff(client: Client, db: None) -> None:
    client.force_login(clerk(HENGSHUI, roles=[Role.ENTER, Role.APPROVE]))
    below = Staff.objects.get(user=clerk(ZAOQIANG, name="below"))

    for address in ("/staff/", "/staff/new/", "/staff/roster/", "/staff/roster.xlsx"):
        assert client.get(address).status_code == 403
    assert client.post(f"/staff/{below.pk}/disable/").status_code == 404


def test_disabling_ends_sessions_and_restoring_does_not_revive_them(city: Client) -> None:
    below = clerk(ZAOQIANG, name="below")
    theirs = Client()
    theirs.force_login(below)
    address = f"/staff/{below.staff.pk}/"
    assert theirs.get("/account/").status_code == 200

    city.post(f"{address}disable/")
    assert theirs.get("/account/").status_code == 302
    city.post(f"{address}restore/")
    assert theirs.get("/account/").status_code == 302
    theirs.force_login(User.objects.get(pk=below.pk))
    assert theirs.get("/account/").status_code == 200


def test_inviting_again_voids_password_and_sessions(city: Client) -> None:
    below = clerk(ZAOQIANG, name="below")
    theirs = Client()
    theirs.force_login(below)

    page = city.post(f"/staff/{below.staff.pk}/reinvite/").content.decode()

    assert theirs.get("/account/").status_code == 302
    assert Client().get(link_in(page)).status_code == 200
    assert not User.objects.get(pk=below.pk).has_usable_password()


def test_changed_roles_hold_at_once(city: Client) -> None:
    below = clerk(ZAOQIANG, name="below")
    theirs = Client()
    theirs.force_login(below)
    city.post(f"/staff/{below.staff.pk}/roles/", {"roles": ["read"]})

    assert theirs.get("/staff/").status_code == 403
    entry = JournalEntry.objects.get(verb="roles-changed")
    assert entry.details["after"] == ["read"]


def workbook(*rows: tuple[str, ...]) -> SimpleUploadedFile:
    book = openpyxl.Workbook()
    for row in (("区划", "用户名", "姓名", "部门", "岗位", "机构电话"), *rows):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return SimpleUploadedFile("名单.xlsx", stream.getvalue())


def cells(content: bytes) -> list[tuple]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


def test_a_list_opens_its_accounts_and_gives_links_once(city: Client) -> None:
    sent = [
        (DAYING, "dy-1", "王", "", "", "0318-1234567"),
        ("131121103", "xt-1", "", "", "录入", ""),
    ]
    first = city.post("/staff/roster/", {"file": workbook(*sent)})
    again = city.post("/staff/roster/", {"file": workbook(*sent)})

    links = [row[2] for row in cells(first.content)[1:]]
    assert first.status_code == again.status_code == 200
    assert "no-store" in first.headers["Cache-Control"]
    assert [row[2] for row in cells(again.content)[1:]] == ["账号已存在，未变动"] * 2
    assert Client().get(link_in(links[0])).status_code == 200
    assert Staff.objects.get(user__username="dy-1").roles == ["enter", "read"]
    assert Organisation.objects.get(division=DAYING).phone == "0318-1234567"


def test_a_list_with_one_wrong_row_opens_nothing(city: Client) -> None:
    good, beyond = (DAYING, "dy-1", "", "", "", ""), ("530102002", "yn-1", "", "", "", "")
    response = city.post("/staff/roster/", {"file": workbook(good, beyond)})

    assert response.status_code == 422
    assert cells(response.content)[1][:2] == (3, "区划")
    assert not User.objects.filter(username="dy-1").exists()
    assert not Organisation.objects.filter(division=DAYING).exists()


@pytest.mark.parametrize("file", [None, SimpleUploadedFile("x.xlsx", b"not a workbook")])
def test_what_is_no_list_is_told(city: Client, file: SimpleUploadedFile | None) -> None:
    response = city.post("/staff/roster/", {"file": file} if file else {})

    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()


def test_the_form_lists_the_townships(city: Client) -> None:
    rows = cells(city.get(f"/staff/roster.xlsx?division={ZAOQIANG}").content)

    assert rows[0] == ("区划", "用户名", "姓名", "部门", "岗位", "机构电话")
    assert (DAYING, f"zt{DAYING}") in [row[:2] for row in rows]
    assert all(row[0].startswith(ZAOQIANG) for row in rows[1:])


def test_pages_of_staff_hold_in_both_languages(city: Client, staff_of: Callable[..., User]) -> None:
    below = staff_of(ZAOQIANG, name="below")
    addresses = (
        "/staff/",
        "/staff/new/",
        "/staff/roster/",
        "/account/",
        f"/staff/{below.staff.pk}/",
    )
    for language in ("zh-hans", "en"):
        city.post("/language/", {"language": language, "next": "/"})
        for address in addresses:
            page = city.get(address)
            assert page.status_code == 200
            assert not re.search(r"<[^>]+\s(?:style|on\w+)=", page.content.decode())


def test_a_missing_office_is_opened_with_its_first_account_of_any_department(city: Client) -> None:
    assert opened(city, department="transport").status_code == 200

    post = Staff.objects.get(user__username="zq-li")
    assert post.organisation.name == "枣强县交通运输局"
    assert "大营" not in city.get("/offices/?q=枣强").content.decode()


def test_an_enterprise_is_opened_called_and_given_an_account(city: Client) -> None:
    typed = {"division": ZAOQIANG, "department": "enterprise", "name": "大营皮毛", "phone": "x"}
    refused = city.post("/offices/new/", typed)
    assert refused.status_code == 422
    assert "不是电话号码" in refused.content.decode()

    made = city.post("/offices/new/", typed | {"phone": "0318-8222222"}, follow=True)
    office = Organisation.objects.get(name="大营皮毛")
    assert "已设立" in made.content.decode() and "0318-8222222" in made.content.decode()

    city.post(f"/offices/{office.pk}/", {"name": "大营皮草", "phone": ""})
    assert "大营皮草" in city.get("/offices/?q=皮草").content.decode()
    form = city.get(f"/staff/new/?organisation={office.pk}").content.decode()
    assert "大营皮草" in form and 'name="division"' not in form
    assert opened(city, organisation=office.pk, username="boss").status_code == 200
    assert Staff.objects.get(user__username="boss").organisation == office


def test_an_organisation_elsewhere_is_not_found(city: Client) -> None:
    clerk("1309", name="stranger")
    other = Organisation.objects.get(division="1309")

    assert city.get(f"/offices/{other.pk}/").status_code == 404
    assert city.post(f"/offices/{other.pk}/", {"phone": "12345"}).status_code == 404
    assert opened(city, organisation=other.pk).status_code == 404
