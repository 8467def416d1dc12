"""Many accounts at once: a province's townships from one list, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from zhitong import places
from zhitong.config import locks
from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.offices import accounts
from zhitong.offices.invitations import invite
from zhitong.offices.models import OF_THE_STATE, Department, Organisation, Role, Staff
from zhitong.offices.operations import office_name
from zhitong.places import Level

_DEPARTMENTS = {one.label: one for one in OF_THE_STATE} | {one.value: one for one in OF_THE_STATE}
_DEPARTMENTS |= {"人社": Department.HUMAN_RESOURCES, "": Department.HUMAN_RESOURCES}
_ROLES = {one.label: one for one in Role} | {one.value: one for one in Role}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of the list as written; `row` as the sheet numbers it."""

    row: int
    division: str
    username: str
    name: str = ""
    department: str = ""
    roles: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A wrong cell and the sentence for the clerk."""

    row: int
    key: str
    code: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Opened:
    """One account of the list. `token` is told this once; None for one that existed already."""

    row: int
    username: str
    organisation: str
    token: str | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """All accounts of a list, or its faults; never some of both."""

    opened: list[Opened] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def created(self) -> int:
        return sum(one.token is not None for one in self.opened)


@dataclass(frozen=True, kw_only=True)
class _Read:
    line: Line
    division: str
    department: Department
    roles: list[str]


@transaction.atomic
def appoint(*, lines: Sequence[Line], by: User | None, now: datetime) -> Outcome:
    """Open the accounts of a list and the offices that it needs.

    An account that exists with the same post stays as it is and gets no new link, so the same
    list may be sent again. `by` None is the operator at the command line, who may everything.
    """
    # Two uploads of one list must not both find its names free.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.ROSTER])
    read, faults = _read(lines)
    posts = _known([one.line.username for one in read])
    faults += [fault for one in read if (fault := _clash(one, posts) or _refusal(one, by))]
    if faults:
        return Outcome(faults=sorted(faults, key=lambda fault: fault.row))
    fresh = [one for one in read if one.line.username.lower() not in posts]
    offices = _offices(read)
    tokens = _open(fresh, offices, by, now)
    return Outcome(
        opened=[
            Opened(
                row=one.line.row,
                username=one.line.username,
                organisation=offices[one.division, one.department].name,
                token=tokens.get(one.line.username),
            )
            for one in read
        ]
    )


def _read(lines: Sequence[Line]) -> tuple[list[_Read], list[Fault]]:
    read, faults = [], []
    times = Counter(line.username.lower() for line in lines)
    for line in lines:
        try:
            if times[line.username.lower()] > 1:
                raise _Wrong(
                    "username",
                    "username-twice",
                    _("用户名“{username}”在表中重复。"),
                    username=line.username,
                )
            read.append(_read_line(line))
        except _Wrong as wrong:
            faults.append(
                Fault(row=line.row, key=wrong.key, code=wrong.code, sentence=wrong.sentence)
            )
    return read, faults


def _read_line(line: Line) -> _Read:
    try:
        accounts.check_username(line.username)
    except UserError as mistake:
        raise _Wrong("username", mistake.code, mistake.sentence) from mistake
    found = places.resolve(line.division) if line.division else None
    if found is None or found.division is None:
        raise _Wrong(
            "division",
            "unknown-division",
            _("没有区划“{division}”，请填写区划代码或全称。"),
            division=line.division,
        )
    department = _DEPARTMENTS.get(line.department)
    if department is None:
        names = "、".join(one.label for one in OF_THE_STATE)
        raise _Wrong("department", "unknown-department", _("部门应是：{names}。"), names=names)
    words = line.roles.replace(",", "、").replace("，", "、").split("、")
    named = [word.strip() for word in words if word.strip()]
    if unknown := [word for word in named if word not in _ROLES]:
        choices = "、".join(Role.labels)
        raise _Wrong(
            "roles",
            "unknown-role",
            _("没有岗位“{role}”，可填：{choices}。"),
            role=unknown[0],
            choices=choices,
        )
    level = found.division.level
    roles = [_ROLES[word].value for word in named] or _usual(level)
    return _Read(
        line=line,
        division=found.division.code,
        department=department,
        roles=accounts.in_order(roles),
    )


def _usual(level: Level) -> list[str]:
    """What a post is for when the list does not say: below enters, a county verifies."""
    if level >= Level.TOWNSHIP:
        return [Role.ENTER, Role.READ]
    return [Role.VERIFY, Role.READ] if level == Level.COUNTY else [Role.APPROVE, Role.READ]


class _Wrong(UserError):
    def __init__(self, key: str, code: str, sentence: str, **values: object) -> None:
        super().__init__(sentence, code=code, **values)
        self.key = key


def _known(usernames: Sequence[str]) -> dict[str, Staff | None]:
    """Accounts of these names by lower case, with their posts."""
    names = [name.lower() for name in usernames]
    users = get_user_model().objects.extra(where=["lower(username) = ANY (%s)"], params=[names])
    posts = {
        post.user_id: post
        for post in Staff.objects.select_related("organisation").filter(user__in=users)
    }
    return {user.username.lower(): posts.get(user.pk) for user in users}


def _clash(one: _Read, posts: dict[str, Staff | None]) -> Fault | None:
    name = one.line.username.lower()
    if name not in posts:
        return None
    post = posts[name]
    office = post.organisation if post else None
    if (
        post
        and office
        and (office.division, office.department) == (one.division, one.department)
        and post.roles == one.roles
    ):
        return None
    return Fault(
        row=one.line.row,
        key="username",
        code="username-taken",
        sentence=gettext(
            "用户名“{username}”已有账号，且机构或岗位与本表不同，请换一个用户名。"
        ).format(username=one.line.username),
    )


def _refusal(one: _Read, by: User | None) -> Fault | None:
    office = Organisation(division=one.division, department=one.department)
    if by is None or accounts.may_give(organisation=office, roles=one.roles, by=by):
        return None
    return Fault(
        row=one.line.row,
        key="division",
        code="not-yours-to-appoint",
        sentence=gettext("该机构或岗位不由您设置：须在您的区划之内，管理员由上一级机构设置。"),
    )


def _offices(read: Sequence[_Read]) -> dict[tuple[str, str], Organisation]:
    """The offices of the list, those missing created, telephones brought up to date."""
    wanted = {(one.division, one.department): one.line.phone for one in read}
    Organisation.objects.bulk_create(
        (
            Organisation(
                division=division, department=department, name=office_name(division, department)
            )
            for division, department in wanted
        ),
        ignore_conflicts=True,
    )
    divisions = {division for division, _ in wanted}
    found = {
        (office.division, office.department): office
        for office in Organisation.objects.filter(
            division__in=divisions, department__in=OF_THE_STATE
        )
    }
    changed = []
    for key, phone in wanted.items():
        if phone and found[key].phone != phone:
            found[key].phone = phone[:30]
            changed.append(found[key])
    Organisation.objects.bulk_update(changed, ["phone"], batch_size=1000)
    return found


def _open(
    fresh: Sequence[_Read],
    offices: dict[tuple[str, str], Organisation],
    by: User | None,
    now: datetime,
) -> dict[str, str]:
    model = get_user_model()
    users = []
    for one in fresh:
        user = model(username=one.line.username, first_name=one.line.name[:150])
        user.set_unusable_password()
        users.append(user)
    model.objects.bulk_create(users)
    Staff.objects.bulk_create(
        Staff(user=user, organisation=offices[one.division, one.department], roles=one.roles)
        for user, one in zip(users, fresh, strict=True)
    )
    tokens = invite(users=users, by=by, now=now)
    if users:
        journal.record(
            actor=by,
            verb="accounts-created",
            subject="roster",
            now=now,
            details={"users": [user.pk for user in users]},
        )
    return {user.username: token for user, token in zip(users, tokens, strict=True)}
