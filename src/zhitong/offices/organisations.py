"""Organisations of every department, opened and kept by the administrators who appoint there.

Offices of the state are named by their division; enterprises, carriers and counterpart provinces
by themselves, as many in a division as there are.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_noop as _

from zhitong import places
from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.offices import access
from zhitong.offices.models import OF_THE_STATE, Department, Organisation
from zhitong.offices.operations import office_name

_PHONE = re.compile(r"[0-9+][0-9 ()（）+\-－—转、,，/]{4,28}")
LONGEST_NAME = 100


class BadOrganisation(UserError):
    """A name, a place, a department or a telephone that cannot be."""

    code = "bad-organisation"


@transaction.atomic
def open_organisation(
    *, division: str, department: str, name: str = "", phone: str = "", by: Any, now: datetime
) -> Organisation:
    """An organisation in a division; one of the state that exists already is given back as it is.

    Raises `BadOrganisation`, also where the administrator does not appoint.
    """
    found = places.find(division.strip())
    if found is None:
        raise BadOrganisation(_("没有区划“{division}”，请填写区划代码。"), division=division[:20])
    if department not in Department.values:
        raise BadOrganisation(_("请选择部门。"), code="unknown-department")
    if not access.may_appoint(by, to=found.code, department=department):
        raise BadOrganisation(
            _("您不能在{place}设立这一部门的机构：须在您的区划之内；对口省份由省级人社部门设立。"),
            code="not-yours-to-appoint",
            place=found.name,
        )
    own_name = department not in OF_THE_STATE
    name = _name(name) if own_name else office_name(found.code, Department(department))
    made, fresh = Organisation.objects.get_or_create(
        division=found.code,
        department=department,
        **({"name": name} if own_name else {}),
        defaults={"name": name, "phone": _phone(phone)},
    )
    if not fresh and own_name:
        raise BadOrganisation(_("“{name}”已经设立。"), code="organisation-exists", name=name)
    if fresh:
        _record("organisation-opened", made, by=by, now=now, department=department)
    return made


@transaction.atomic
def change(*, organisation: Organisation, name: str, phone: str, by: Any, now: datetime) -> None:
    """Give an organisation another telephone and, unless it is of the state, another name.

    Raises `BadOrganisation`.
    """
    wanted = {"phone": _phone(phone)}
    if organisation.department not in OF_THE_STATE:
        wanted["name"] = _name(name)
    row = Organisation.objects.select_for_update().get(pk=organisation.pk)
    changed = [key for key, value in wanted.items() if getattr(row, key) != value]
    if not changed:
        return
    others = Organisation.objects.filter(division=row.division, department=row.department)
    if "name" in changed and others.filter(name=wanted["name"]).exists():
        raise BadOrganisation(
            _("“{name}”已经设立。"), code="organisation-exists", name=wanted["name"]
        )
    for key in changed:
        setattr(row, key, wanted[key])
    row.save(update_fields=changed)
    _record("organisation-changed", row, by=by, now=now, changed=changed)


def organisation_for(user: Any, organisation_id: int) -> Organisation:
    """An organisation that the user administers. Raises Http404 for any other."""
    found = access.administered_by(user).filter(pk=organisation_id).first()
    if found is None:
        raise Http404
    return found


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 2 <= len(name) <= LONGEST_NAME:
        raise BadOrganisation(
            _("请填写机构名称，2 至 100 个字。"), code="organisation-without-name"
        )
    return name


def _phone(text: str) -> str:
    phone = " ".join(text.split())
    if phone and not _PHONE.fullmatch(phone):
        raise BadOrganisation(
            _("“{phone}”不是电话号码；几个号码请用顿号分开，最长 29 个字符。"),
            code="bad-phone",
            phone=phone[:40],
        )
    return phone


def _record(verb: str, one: Organisation, *, by: Any, now: datetime, **details: object) -> None:
    journal.record(
        actor=by, verb=verb, subject=f"organisation:{one.pk}", now=now, details=dict(details)
    )
