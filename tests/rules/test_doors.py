"""Every address x every role x every relation, in one table. An address that is not in it fails.

The reader sits in a county. The thing behind the address belongs to that county, to a township of
it (child), to its neighbour (sibling), to its city (parent) or to another province. Whoever is
refused owns rows of the same kind: a refusal must not be an empty table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import zhitong
from factories.boundaries import made_up, written
from factories.chain import DAY, DAYING, RAOYANG_TOWN, XINTUN, officer, report
from factories.departures import repeated, traveller, wishes
from factories.trips import trip
from factories.workers import at_work, departure, reported
from stages.registry.survey_rows import person
from zhitong.flows.models import ClosedDay, DailyFigure, Exemption, Reminder, Return
from zhitong.kernel.models import Job, JobFile, JournalEntry
from zhitong.offices.models import ApiToken, Department, Organisation, Role, Staff
from zhitong.places import Category
from zhitong.registry.grouping import LEAST
from zhitong.registry.jobs import INTAKE
from zhitong.registry.models import Batch, Duplicate, Worker
from zhitong.transport.models import Plan, Trip
from zhitong.web.boundaries import checking, installed

pytestmark = pytest.mark.django_db

OWN, CHILD, SIBLING, PARENT, OTHER = "own", "child", "sibling", "parent", "other province"
DIVISIONS = {OWN: "131121", CHILD: DAYING, SIBLING: "131124", PARENT: "1311", OTHER: "53"}
# Whose day the relation stands for; a township that reports.
UNITS = {
    OWN: XINTUN,
    CHILD: DAYING,
    SIBLING: RAOYANG_TOWN,
    PARENT: "131102001",
    OTHER: "530102002",
}
WITHIN = frozenset({OWN, CHILD})
ROLES = frozenset(Role.values)
DAY_AFTER = DAY + timedelta(days=1)
DAY_BEFORE = DAY - timedelta(days=1)
ADMINISTRATOR = frozenset({Role.ADMINISTER})
ENTERING = frozenset({Role.ENTER, Role.VERIFY})
NOBODY: frozenset[str] = frozenset()

Act = Callable[[Client, "World", str], HttpResponse]


@dataclass(frozen=True, kw_only=True)
class World:
    """One thing of each kind for each relation, and a reader of each role in the county."""

    workers: dict[str, Worker]
    duplicates: dict[str, Duplicate]
    batches: dict[str, Batch]
    jobs: dict[str, Job]
    files: dict[str, JobFile]
    plans: dict[str, Plan]
    trips: dict[str, Trip]
    posts: dict[str, Staff]
    tokens: dict[str, ApiToken]
    readers: dict[str, User]


@dataclass(frozen=True, kw_only=True)
class Door:
    """What opens an address, and to whom.

    `roles` get through `within` these relations; `refusal` is what others within meet (403, or
    None: a sentence on the page); `outside` is what everybody meets beyond, None again a sentence.
    `trace` counts what an act leaves.
    """

    act: Act
    roles: frozenset[str] = ROLES
    within: frozenset[str] = WITHIN
    refusal: int | None = 403
    outside: int | None = 404
    trace: Callable[[], int] | None = None


def get(name: str, thing: str = "") -> Act:
    """Open a page of a thing, or of a division."""

    def act(client: Client, world: World, relation: str) -> HttpResponse:
        if thing:
            return client.get(reverse(name, args=[getattr(world, thing)[relation].pk]))
        return client.get(reverse(name), {"division": DIVISIONS[relation], "date": DAY.isoformat()})

    return act


def post(name: str, thing: str, **typed: Any) -> Act:
    def act(client: Client, world: World, relation: str) -> HttpResponse:
        return client.post(reverse(name, args=[getattr(world, thing)[relation].pk]), typed)

    return act


def in_division(name: str, **typed: Any) -> Act:
    """An act on all that lies in a division."""

    def act(client: Client, world: World, relation: str) -> HttpResponse:
        return client.post(f"{reverse(name)}?division={DIVISIONS[relation]}", typed)

    return act


def chain(name: str, **typed: Any) -> Act:
    """An act of the report chain on the day of a unit."""

    def act(client: Client, world: World, relation: str) -> HttpResponse:
        unit = UNITS[relation]
        address = f"{reverse(name)}?division={unit}&date={DAY}"
        return client.post(address, {"unit": f"{unit}:1", **typed})

    return act


def own(name: str, method: str = "get", **typed: Any) -> Act:
    """A page of the reader's own, whatever the relation."""
    return lambda client, world, relation: getattr(client, method)(reverse(name), typed)


def an_item(name: str) -> Act:
    """An act on an item of the catalogue."""
    return lambda client, world, relation: client.post(reverse(name, args=["a_figure"]))


def chain_of_county(client: Client, world: World, relation: str) -> HttpResponse:
    """Remind all who owe something in a division; one township, where the county's is its own."""
    division = DAYING if relation == CHILD else DIVISIONS[relation]
    return client.post(f"{reverse('desk:returns_remind')}?division={division}&date={DAY_BEFORE}")


def entered(client: Client, world: World, relation: str) -> HttpResponse:
    """Enter a person whose home the relation stands for."""
    cells = person(7, home=UNITS[relation])
    row = {"id": str(uuid4()), "about": DAY.isoformat(), "cells": cells}
    return client.post(reverse("registry:entry_save"), row, content_type="application/json")


def new_post(client: Client, world: World, relation: str) -> HttpResponse:
    typed = {"division": DIVISIONS[relation], "username": "new-one", "roles": ["read"]}
    return client.post(reverse("accounts:new"), typed)


def new_office(client: Client, world: World, relation: str) -> HttpResponse:
    typed = {"division": DIVISIONS[relation], "department": "enterprise", "name": "直达制衣"}
    return client.post(reverse("accounts:office_new"), typed)


def get_office(client: Client, world: World, relation: str) -> HttpResponse:
    office = world.posts[relation].organisation
    return client.get(reverse("accounts:office", args=[office.pk]))


def new_token(client: Client, world: World, relation: str) -> HttpResponse:
    office = world.posts[relation].organisation
    typed = {"organisation": office.pk, "name": "大屏", "days": "30", "permissions": ["figures"]}
    return client.post(reverse("accounts:token_new"), typed)


def grouped(name: str, method: str = "get", **typed: Any) -> Act:
    """A page or act of a suggested group of the division, made for it."""

    def act(client: Client, world: World, relation: str) -> HttpResponse:
        wishes(LEAST, home=UNITS[relation], destination="110105")
        asked = f"division={DIVISIONS[relation]}&first={DAY}&city=1101&day={DAY_AFTER}"
        return getattr(client, method)(f"{reverse(name)}?{asked}", typed)

    return act


COUNTS = {one.key: "1" for one in Category} | {f"reason-{one.key}": "核实" for one in Category}
EVERYWHERE = frozenset(DIVISIONS)

DOORS: dict[str, Door] = {
    # figures and the report chain
    "desk:dashboard": Door(act=get("desk:dashboard")),
    "desk:boundaries": Door(
        act=lambda client, world, relation: client.get(reverse("desk:boundaries", args=["131121"])),
        within=EVERYWHERE,
    ),
    "desk:report_xlsx": Door(act=get("desk:report_xlsx")),
    "desk:returns": Door(act=get("desk:returns")),
    "desk:returns_flows": Door(act=get("desk:returns_flows")),
    "desk:returns_anomalies": Door(act=get("desk:returns_anomalies")),
    "desk:returns_chase": Door(act=get("desk:returns_chase")),
    "desk:returns_chase_xlsx": Door(act=get("desk:returns_chase_xlsx")),
    "desk:returns_declare": Door(
        act=chain("desk:returns_declare", act="save", version="", **COUNTS),
        roles=NOBODY,  # submitted already: figures are the unit's no more
        refusal=None,
        trace=lambda: Return.objects.filter(state="draft").count(),
    ),
    "desk:returns_decide": Door(
        act=chain("desk:returns_decide", act="accept"),
        roles=frozenset({Role.VERIFY}),
        refusal=None,
        trace=lambda: Return.objects.exclude(state="submitted").count(),
    ),
    "desk:returns_close": Door(
        act=chain("desk:returns_close", act="lock"),
        roles=NOBODY,  # the province's
        refusal=None,
        trace=ClosedDay.objects.count,
    ),
    "desk:returns_correct": Door(
        act=chain("desk:returns_correct", reason="核实", **COUNTS),
        roles=NOBODY,  # the province's
        refusal=None,
        trace=lambda: Return.objects.filter(corrections__isnull=False).count(),
    ),
    "desk:returns_exempt": Door(
        act=chain("desk:returns_exempt", reason="断网", until="2099-01-01T00:00"),
        roles=NOBODY,  # the province's
        refusal=None,
        trace=Exemption.objects.count,
    ),
    "desk:returns_fill": Door(
        act=chain("desk:returns_fill"),
        roles=frozenset({Role.VERIFY}),
        refusal=None,
        trace=lambda: JournalEntry.objects.filter(verb="return.answered").count(),
    ),
    "desk:returns_declared": Door(act=get("desk:returns_declared")),
    "desk:returns_xlsx": Door(act=get("desk:returns_xlsx")),
    "desk:returns_table": Door(
        act=lambda client, world, relation: client.get(
            reverse("desk:returns_table", args=["csv"]),
            {"division": DIVISIONS[relation], "date": DAY.isoformat()},
        )
    ),
    "desk:bulletin": Door(act=get("desk:bulletin")),
    "desk:bulletin_file": Door(
        act=lambda client, world, relation: client.get(
            reverse("desk:bulletin_file", args=["txt"]),
            {"division": DIVISIONS[relation], "date": DAY.isoformat()},
        )
    ),
    # reminders and deadlines
    "desk:returns_remind": Door(
        act=chain_of_county,
        roles=frozenset({Role.VERIFY}),
        refusal=None,
        trace=Reminder.objects.count,
    ),
    "desk:returns_deadlines": Door(act=own("desk:returns_deadlines"), within=EVERYWHERE),
    "desk:returns_deadlines_set": Door(
        act=own("desk:returns_deadlines_set", "post"), roles=NOBODY, within=EVERYWHERE
    ),
    "desk:reminders": Door(act=own("desk:reminders"), within=EVERYWHERE),
    "desk:reminders_read": Door(act=own("desk:reminders_read", "post"), within=EVERYWHERE),
    # the form catalogue; the province's alone to change
    "desk:returns_items": Door(act=get("desk:returns_items")),
    "desk:items": Door(act=own("desk:items"), within=EVERYWHERE),
    "desk:item_add": Door(act=own("desk:item_add", "post"), roles=NOBODY, within=EVERYWHERE),
    "desk:item_end": Door(act=an_item("desk:item_end"), roles=NOBODY, within=EVERYWHERE),
    "desk:item_remove": Door(act=an_item("desk:item_remove"), roles=NOBODY, within=EVERYWHERE),
    # the registry; jobs and their files are their starter's alone
    "registry:workers": Door(act=get("registry:workers")),
    "registry:worker": Door(act=get("registry:worker", "workers")),
    "registry:worker_reveal": Door(
        act=post("registry:worker_reveal", "workers", purpose="verify"),
        roles=ENTERING | {Role.APPROVE},
        trace=JournalEntry.objects.count,
    ),
    "registry:export": Door(
        act=in_division("registry:export", form="csv", purpose="verify"),
        roles=ENTERING | {Role.APPROVE, Role.READ},
        trace=JournalEntry.objects.count,
    ),
    "registry:entry": Door(act=own("registry:entry"), roles=ENTERING, within=EVERYWHERE),
    "registry:entry_save": Door(
        act=entered, roles=ENTERING, outside=None, trace=JournalEntry.objects.count
    ),
    "registry:departures": Door(act=get("registry:departures")),
    "registry:group": Door(act=grouped("registry:group")),
    "registry:group_reveal": Door(
        act=grouped("registry:group_reveal", "post", purpose="travel"),
        roles=ENTERING | {Role.APPROVE},
        trace=JournalEntry.objects.count,
    ),
    "registry:group_export": Door(
        act=grouped("registry:group_export", "post", purpose="travel"),
        roles=ENTERING | {Role.APPROVE, Role.READ},
        trace=JournalEntry.objects.count,
    ),
    "registry:repeated": Door(act=get("registry:repeated")),
    "registry:duplicate": Door(act=get("registry:duplicate", "duplicates")),
    "registry:duplicate_decide": Door(
        act=post("registry:duplicate_decide", "duplicates", decision="keep"),
        roles=frozenset({Role.VERIFY}),
        trace=JournalEntry.objects.count,
    ),
    "registry:keep_identical": Door(
        act=in_division("registry:keep_identical"),
        roles=frozenset({Role.VERIFY}),
        trace=JournalEntry.objects.count,
    ),
    "registry:upload": Door(act=own("registry:upload"), roles=ENTERING, within=EVERYWHERE),
    "registry:template": Door(act=get("registry:template")),
    "registry:job": Door(act=get("registry:job", "jobs"), roles=NOBODY, refusal=404),
    "registry:job_progress": Door(
        act=get("registry:job_progress", "jobs"), roles=NOBODY, refusal=404
    ),
    "registry:file": Door(
        act=post("registry:file", "files"),
        roles=NOBODY,
        refusal=404,
        trace=JournalEntry.objects.count,
    ),
    "registry:batches": Door(act=get("registry:batches")),
    "registry:batch": Door(act=get("registry:batch", "batches")),
    "registry:batch_withdraw": Door(
        act=post("registry:batch_withdraw", "batches"),
        roles=frozenset({Role.VERIFY}),
        trace=JournalEntry.objects.count,
    ),
    "registry:batch_returned": Door(
        act=post("registry:batch_returned", "batches"),
        roles=ENTERING,
        trace=JournalEntry.objects.count,
    ),
    # plans and trips
    "desk:plans": Door(act=own("desk:plans"), within=EVERYWHERE),
    "desk:plan": Door(act=get("desk:plan", "plans")),
    "desk:trips": Door(act=own("desk:trips"), within=EVERYWHERE),
    "desk:trip": Door(act=get("desk:trip", "trips")),
    "desk:trip_manifest_pdf": Door(
        act=post("desk:trip_manifest_pdf", "trips"), trace=JournalEntry.objects.count
    ),
    "desk:trip_manifest_xlsx": Door(
        act=post("desk:trip_manifest_xlsx", "trips"), trace=JournalEntry.objects.count
    ),
    "desk:trip_placard_pdf": Door(act=get("desk:trip_placard_pdf", "trips")),
    # accounts and posts
    "accounts:own": Door(act=own("accounts:own"), within=EVERYWHERE),
    "accounts:renew_backup_codes": Door(
        act=own("accounts:renew_backup_codes", "post"), roles=NOBODY, refusal=404
    ),
    "accounts:staff": Door(act=own("accounts:staff"), roles=ADMINISTRATOR, within=EVERYWHERE),
    "accounts:new": Door(
        act=new_post, roles=ADMINISTRATOR, outside=None, trace=JournalEntry.objects.count
    ),
    "accounts:roster_form": Door(act=get("accounts:roster_form"), roles=ADMINISTRATOR),
    "accounts:roster": Door(act=own("accounts:roster"), roles=ADMINISTRATOR, within=EVERYWHERE),
    "accounts:post": Door(act=get("accounts:post", "posts"), roles=ADMINISTRATOR, refusal=404),
    "accounts:offices": Door(act=own("accounts:offices"), roles=ADMINISTRATOR, within=EVERYWHERE),
    "accounts:office_new": Door(
        act=new_office, roles=ADMINISTRATOR, outside=None, trace=Organisation.objects.count
    ),
    "accounts:office": Door(act=get_office, roles=ADMINISTRATOR, refusal=404),
    "accounts:tokens": Door(act=own("accounts:tokens"), roles=ADMINISTRATOR, within=EVERYWHERE),
    "accounts:token_new": Door(
        act=new_token,
        roles=ADMINISTRATOR,
        outside=None,
        trace=lambda: JournalEntry.objects.filter(verb="token.created").count(),
    ),
    "accounts:token_revoke": Door(
        act=post("accounts:token_revoke", "tokens"),
        roles=ADMINISTRATOR,
        refusal=404,
        trace=lambda: JournalEntry.objects.filter(verb="token.revoked").count(),
    ),
    "api:guide": Door(act=own("api:guide"), within=EVERYWHERE),
    **{
        f"accounts:{act}": Door(
            act=post(f"accounts:{act}", "posts", roles=["enter"]),
            roles=ADMINISTRATOR,
            refusal=404,
            trace=JournalEntry.objects.count,
        )
        for act in ("roles", "disable", "restore", "reinvite")
    },
}
# For who is not signed in, or to sign out; tests/stages/web has their own tests.
OUTSIDE = {
    "desk:login",
    "desk:logout",
    "desk:language",
    "accounts:code",
    "accounts:enrol",
    "accounts:invitation",
    "api:document",
}
# For programs with a token; tests/stages/web/test_web_api.py asks each by permission and scope.
BY_TOKEN = {f"api:{name}" for name in ("figures", "children", "completeness", "flows", "bulletins")}


# Work that spans scopes by its nature and looks over row-level security; each says why.
LIFTED = {
    "registry/entry.py",
    "registry/withdrawal.py",
    "transport/lists.py",
    "flows/chain/storing.py",
    "flows/chain/destinations.py",
    "flows/catalogue/counting.py",
}
SOURCES = Path(zhitong.__file__).parent


def test_whoever_looks_over_the_wall_is_known() -> None:
    lifting = {
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if re.search(r"walls\.lifted|over_the_wall", path.read_text(encoding="utf-8"))
    }

    assert lifting - {"offices/walls.py"} == LIFTED


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from names(one.url_patterns, inner)
        else:
            yield f"{space}{one.name}"


def a_plan(division: str, now: datetime) -> Plan:
    return Plan.objects.create(
        scope=division,
        made_at=now,
        first_day=DAY,
        last_day=DAY,
        policy={"key": "2020-02-11", "title": "", "rules": []},
        demand={"blocks": []},
        answer={"sent": {"cost": 1}, "blocks": []},
        digest=division.encode(),
        cost=1,
        lower_bound=1,
        seed=1,
    )


@pytest.fixture
def world(now: datetime, tmp_path: Path) -> World:
    made = written(made_up("131121"), tmp_path / "made-up.geojson")
    installed.install(checking.read(made), source=made.name, now=now)
    zeros = {one.key: 0 for one in Category}
    for division in DIVISIONS.values():
        DailyFigure.objects.create(
            about=DAY,
            division=division,
            townships_due=1,
            townships_reported=1,
            computed_at=now,
            **zeros,
        )
    workers, duplicates, batches, jobs, files = {}, {}, {}, {}, {}
    for relation, unit in UNITS.items():
        workers[relation] = traveller(home=unit)
        departure(workers[relation], destination="51")
        at_work([(unit, unit)])
        batches[relation] = reported(unit)
        duplicates[relation] = repeated(workers[relation], batches[relation])
        by = officer(unit, name=f"unit-{unit}")
        jobs[relation] = Job.objects.create(
            kind=INTAKE, scope=unit, started_by=by, created_at=now, parameters={"files": 1}
        )
        about = f"batch:{batches[relation].pk}"
        files[relation] = jobs[relation].files.create(made=True, name="a", size=0, about=about)
        report(unit, 1, by=by, now=now)
    posts = {
        relation: officer(division, name=f"post-{relation}", roles=[Role.READ]).staff
        for relation, division in DIVISIONS.items()
    }
    return World(
        workers=workers,
        duplicates=duplicates,
        batches=batches,
        jobs=jobs,
        files=files,
        plans={relation: a_plan(code, now) for relation, code in DIVISIONS.items()},
        trips={
            relation: trip(origin=code, destination=code, people=1)
            for relation, code in DIVISIONS.items()
        },
        posts=posts,
        tokens={
            relation: ApiToken.objects.create(
                organisation=one.organisation,
                name="a program",
                digest=relation.encode(),
                scope=one.organisation.division,
                permissions=["figures"],
                created_by=one.user,
                created_at=now,
                expires_at=now.replace(year=2099),
            )
            for relation, one in posts.items()
        },
        readers={
            role: officer(DIVISIONS[OWN], name=f"reader-{role}", roles=[role]) for role in ROLES
        },
    )


def test_every_address_is_in_the_table_or_outside() -> None:
    known = set(names(get_resolver().url_patterns))

    assert known - DOORS.keys() - OUTSIDE - BY_TOKEN == set(), "list the new address in DOORS"
    assert (DOORS.keys() | OUTSIDE | BY_TOKEN) - known == set(), "the table names what is gone"


@pytest.mark.parametrize("name", DOORS)
def test_an_address_opens_by_role_and_relation(name: str, world: World) -> None:
    door, surprises = DOORS[name], []
    clients = {role: Client(raise_request_exception=True) for role in ROLES}
    for role, client in clients.items():
        client.force_login(world.readers[role])

    for role, client in sorted(clients.items()):
        for relation in DIVISIONS:
            opens = relation in door.within and role in door.roles
            wanted = None if opens else wanted_refusal(door, role, relation)
            with transaction.atomic():
                before = door.trace() if door.trace else 0
                response = door.act(client, world, relation)
                response.getvalue()
                left = (door.trace() if door.trace else 0) - before
                transaction.set_rollback(True)
            if problem := fault(response, wanted, opens=opens, left=left, traced=bool(door.trace)):
                surprises.append(f"{role} at {relation}: {problem}")

    assert surprises == []


def wanted_refusal(door: Door, role: str, relation: str) -> int | None:
    if relation in door.within or (door.outside is None and role not in door.roles):
        return door.refusal
    return door.outside


def fault(
    response: HttpResponse, wanted: int | None, *, opens: bool, left: int, traced: bool
) -> str:
    """What was not as the table says, else nothing."""
    status, whither = response.status_code, response.headers.get("Location", "")
    if wanted is not None and status != wanted:
        return f"{status} instead of {wanted}"
    if wanted is None and (status in (403, 404) or status >= 500 or "/login/" in whither):
        return f"{status} {whither}"
    if traced and opens is not bool(left):
        return f"left {left} traces"
    return ""


@pytest.mark.parametrize("name", DOORS)
def test_without_a_session_every_address_asks_to_sign_in(name: str, world: World) -> None:
    for relation in DIVISIONS:
        response = DOORS[name].act(Client(), world, relation)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/login/?next=")


def test_lists_show_what_is_within_and_nothing_else(world: World) -> None:
    client = Client()
    client.force_login(world.readers[Role.ADMINISTER])
    shown = {
        "registry:workers": {
            relation: f"/registry/workers/{one.pk}/" for relation, one in world.workers.items()
        },
        "registry:batches": {
            relation: f"/registry/batches/{one.pk}/" for relation, one in world.batches.items()
        },
        "desk:plans": {relation: f"/plans/{one.pk}/" for relation, one in world.plans.items()},
        "desk:trips": {relation: f"/trips/{one.pk}/" for relation, one in world.trips.items()},
        "accounts:staff": {relation: f"/staff/{one.pk}/" for relation, one in world.posts.items()},
    }

    for name, things in shown.items():
        page = client.get(reverse(name)).content.decode()
        assert {relation for relation, link in things.items() if link in page} == WITHIN, name


# What each department finds behind its own doors: figures, trips, both or nothing.
DEPARTMENTS = {
    Department.HUMAN_RESOURCES: {
        "desk:bulletin",
        "desk:dashboard",
        "desk:trips",
        "registry:workers",
    },
    Department.PUBLIC_SECURITY: {"desk:bulletin", "desk:dashboard", "desk:trips"},
    Department.TRANSPORT: {"desk:bulletin", "desk:dashboard", "desk:trips"},
    Department.HEALTH: {"desk:bulletin", "desk:dashboard", "desk:trips"},
    Department.RAILWAY: {"desk:bulletin", "desk:dashboard", "desk:trips"},
    Department.ENTERPRISE: set(),
    Department.CARRIER: set(),
    Department.COUNTERPART: {"desk:trips"},
}


@pytest.mark.parametrize("department", Department)
def test_a_department_sees_its_own_view(department: Department, world: World) -> None:
    office, _ = Organisation.objects.get_or_create(
        division="1311", department=department, defaults={"name": "某单位"}
    )
    user = User.objects.create(username="visitor")
    Staff.objects.create(user=user, organisation=office, roles=[Role.READ])
    client = Client()
    client.force_login(user)

    pages = ("desk:bulletin", "desk:dashboard", "desk:trips", "registry:workers")
    seen = {name for name in pages if client.get(reverse(name)).status_code == 200}

    assert seen == DEPARTMENTS[department]
    own = client.get(reverse("accounts:own"))
    assert own.status_code == 200
    stages = [name for _label, _icon, name in own.context["stages"] if name]
    assert {name for name in stages if client.get(reverse(name)).status_code == 403} == set()


def test_a_counterpart_lands_on_its_trips(world: World) -> None:
    office = Organisation.objects.create(
        division="53", department=Department.COUNTERPART, name="云南对口专班"
    )
    user = User.objects.create(username="visitor")
    Staff.objects.create(user=user, organisation=office, roles=[Role.READ])
    client = Client()
    client.force_login(user)

    assert client.get("/").headers["Location"] == reverse("desk:plans")
    page = client.get(reverse("desk:trips")).content.decode()
    assert f"/trips/{world.trips[OTHER].pk}/" in page
    assert f"/trips/{world.trips[OWN].pk}/" not in page


def test_an_account_without_a_post_finds_nothing(world: World) -> None:
    client = Client()
    client.force_login(User.objects.create(username="nobody"))

    for name in ("desk:dashboard", "desk:plans", "desk:trips", "accounts:staff", "accounts:own"):
        assert client.get(reverse(name)).status_code == 403
