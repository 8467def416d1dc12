"""Organisations of every department: who opens them, what they may be called, whom they see."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.http import Http404

from factories.chain import DAYING, HEBEI, HENGSHUI, ZAOQIANG, officer
from zhitong.kernel.models import JournalEntry
from zhitong.offices import access, accounts
from zhitong.offices.models import Department, Organisation, Role
from zhitong.offices.organisations import (
    BadOrganisation,
    change,
    open_organisation,
    organisation_for,
)

pytestmark = pytest.mark.django_db
ENTERPRISE, COUNTERPART = Department.ENTERPRISE, Department.COUNTERPART
ADMINISTER = [Role.ADMINISTER]


def test_a_division_has_many_enterprises_and_one_office_of_the_state(now: datetime) -> None:
    by = officer(ZAOQIANG, roles=ADMINISTER)
    kept = {"division": ZAOQIANG, "by": by, "now": now}

    for name in ("大营皮毛", "枣强玻璃钢"):
        open_organisation(**kept, department=ENTERPRISE, name=name)
    police = open_organisation(**kept, department=Department.PUBLIC_SECURITY)
    again = open_organisation(**kept, department=Department.PUBLIC_SECURITY, phone="0318-8222222")

    assert again == police and police.name == "枣强县公安局" and again.phone == ""
    assert Organisation.objects.filter(department=ENTERPRISE).count() == 2
    with pytest.raises(BadOrganisation, match="已经设立"):
        open_organisation(**kept, department=ENTERPRISE, name="大营皮毛")
    assert JournalEntry.objects.filter(verb="organisation-opened").count() == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"division": "999999"}, "bad-organisation"),
        ({"division": HENGSHUI}, "not-yours-to-appoint"),
        ({"division": "53", "department": COUNTERPART}, "not-yours-to-appoint"),
        ({"department": "navy"}, "unknown-department"),
        ({"name": " "}, "organisation-without-name"),
        ({"name": "长" * 101}, "organisation-without-name"),
        ({"phone": "叫老王"}, "bad-phone"),
        ({"phone": "1" * 30}, "bad-phone"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, str], code: str, now: datetime) -> None:
    wanted = {"division": ZAOQIANG, "department": ENTERPRISE, "name": "大营皮毛", "phone": ""}
    with pytest.raises(BadOrganisation) as refused:
        by = officer(ZAOQIANG, roles=ADMINISTER)
        open_organisation(**wanted | changes, by=by, now=now)

    assert refused.value.code == code
    assert not Organisation.objects.filter(department__in=(ENTERPRISE, COUNTERPART)).exists()


def test_a_telephone_changes_and_an_office_of_the_state_keeps_its_name(now: datetime) -> None:
    by = officer(ZAOQIANG, roles=ADMINISTER)
    office = officer(DAYING).staff.organisation
    name = office.name

    change(organisation=office, name="别的", phone="0318-8222222、13800138000", by=by, now=now)
    change(organisation=office, name="别的", phone="0318-8222222、13800138000", by=by, now=now)

    office.refresh_from_db()
    assert (office.name, office.phone) == (name, "0318-8222222、13800138000")
    entry = JournalEntry.objects.get(verb="organisation-changed")
    assert entry.details == {"changed": ["phone"]}
    with pytest.raises(Http404):
        organisation_for(officer(HENGSHUI, name="reader", roles=[Role.READ]), office.pk)


def test_a_province_alone_invites_a_counterpart_and_a_second_province_ends_that(
    now: datetime,
) -> None:
    by = officer(HEBEI, roles=ADMINISTER)
    kept = {"department": COUNTERPART, "by": by, "now": now}
    made = open_organisation(division="53", name="云南对口专班", **kept)
    post, _link = accounts.open_account(
        organisation=made, username="yunnan", name="", roles=[Role.READ], by=by, now=now
    )

    assert access.scope_of(post.user) == "53"
    assert organisation_for(by, made.pk) == made
    with pytest.raises(accounts.NotYours):
        accounts.change_roles(post=post, roles=ADMINISTER, by=by, now=now)

    officer("53", name="own", roles=ADMINISTER)
    with pytest.raises(BadOrganisation):
        open_organisation(division="44", name="广东对口专班", **kept)
    with pytest.raises(Http404):
        organisation_for(by, made.pk)


def test_an_enterprise_appoints_nobody_not_even_next_door(now: datetime) -> None:
    by = officer(ZAOQIANG, roles=ADMINISTER)
    made = open_organisation(
        division=ZAOQIANG, department=ENTERPRISE, name="大营皮毛", by=by, now=now
    )
    post, _link = accounts.open_account(
        organisation=made, username="boss", name="", roles=ADMINISTER, by=by, now=now
    )

    assert not access.administered_by(post.user).exists()
