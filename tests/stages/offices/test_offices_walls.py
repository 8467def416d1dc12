"""The second wall, asked in raw SQL: a query without any filter sees its scope and no more."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from factories.chain import (
    DAYING,
    HEBEI,
    HENGSHUI,
    KEYS,
    RAOYANG_TOWN,
    XINTUN,
    ZAOQIANG,
    officer,
    reasons,
)
from factories.trips import trip
from factories.workers import at_work, batch, departure, reported, workers
from zhitong.bulletin.models import Bulletin
from zhitong.flows.chain import operations as chain
from zhitong.flows.models import (
    ClosedDay,
    DailyFigure,
    DailyFlow,
    Exemption,
    Item,
    Publication,
    Reminder,
    ReminderRun,
    Timetable,
)
from zhitong.kernel import journal
from zhitong.kernel.models import Job, JobFile, JobFilePiece
from zhitong.offices import desk_role, walls
from zhitong.offices.models import ApiToken
from zhitong.offices.rules import Stage
from zhitong.registry.models import Duplicate, Entry, Party, RowError, Worker
from zhitong.transport.models import LeftOver, Manifest, Passage, Plan, Stop, Trip

pytestmark = pytest.mark.django_db

DAY = date(2020, 3, 2)
YUNNAN_TOWN, CHENGDU = "530102002", "510100"
# What holds neither personal nor scoped data, or is needed before anybody's scope is known.
OPEN = {
    "account_emailaddress",
    "account_emailconfirmation",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "auth_user",
    "auth_user_groups",
    "auth_user_user_permissions",
    "django_content_type",
    "django_migrations",
    "django_session",
    "kernel_journalentry",
    "mfa_authenticator",
    "offices_invitation",
    "offices_organisation",
    "offices_staff",
    "policies_profile",
    "policies_rule",
    # The queue knows jobs by number.
    "procrastinate_events",
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
    "web_failedsignin",
}


def rows(table: str, column: str = "id") -> list:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{table}" ORDER BY 1')
        return [row[0] for row in cursor.fetchall()]


def reader(scope: str | None, *, department: str = "human_resources"):
    return walls.behind(scope=scope, stages=walls.stages_of(department))


def one_of_each(town: str, now: datetime) -> None:
    """A row of every walled table that belongs to one township and to no other."""
    [spell] = at_work([(town, town)])
    sent = reported(town)
    RowError.objects.create(batch=sent, row=2, column="姓名", code="empty", sentence="缺少姓名")
    wish = departure(spell.worker, destination=town)
    wish.party = Party.objects.create(batch=sent, label="甲")
    wish.save()
    Duplicate.objects.create(
        batch=sent,
        row=3,
        identity_print=bytes(spell.worker.identity_print),
        worker=spell.worker,
        content_sealed=b"\x01",
        identical=True,
    )
    Entry.objects.create(client_id=uuid4(), batch=sent, row=4, outcome="admitted")
    job = Job.objects.create(
        kind="survey-intake", scope=town, started_by=officer(town), created_at=now
    )
    file = JobFile.objects.create(job=job, made=True, name="a.xlsx", size=1)
    JobFilePiece.objects.create(file=file, position=0, sealed=b"\x01")
    plan = Plan.objects.create(
        scope=town,
        made_at=now,
        first_day=DAY,
        last_day=DAY,
        policy={},
        demand={},
        answer={},
        digest=town.encode(),
        cost=1,
        lower_bound=1,
        seed=1,
    )
    made = trip(origin=town, destination=town, people=[spell.worker], plan=plan)
    Stop.objects.create(trip=made, position=1, kind=Stop.Kind.PICKUP, division=town)
    Manifest.objects.create(trip=made, version=1, issued_at=now, digest=b"\x01")
    LeftOver.objects.create(plan=plan, departure=wish, reason=LeftOver.Reason.TOO_FEW, remedy="")
    counted = dict.fromkeys(KEYS, 0)
    DailyFigure.objects.create(
        about=DAY,
        division=town,
        townships_due=1,
        townships_reported=1,
        computed_at=now,
        **counted,
    )
    DailyFlow.objects.create(about=DAY, home=town[:6], destination="13", people=1)
    bulletin = Bulletin.objects.create(
        about=DAY, division=town, version=1, published_at=now, prose="通报"
    )
    bulletin.figures.create(section="S2", key="total", value=1, query="counts.workers_at_work")
    by = job.started_by
    ApiToken.objects.create(
        organisation=by.staff.organisation,
        name="a program",
        digest=town.encode(),
        scope=town,
        permissions=["figures"],
        created_by=by,
        created_at=now,
        expires_at=now.replace(hour=23),
    )
    done = chain.declare(
        unit=town, about=DAY, counts=counted, reasons=reasons(), by=by, now=now, submit=True
    )
    done.corrections.create(number=1, before={}, after={}, reason="核实", by=by, at=now)
    item = Item.objects.create(
        division=town[:2],
        code="a_figure",
        name_zh="指标",
        name_en="figure",
        unit="people",
        level=4,
        source="asked",
        first_day=DAY,
        added_by=by,
        added_at=now,
    )
    done.answers.create(item=item, declared=1)
    noon = {key: time(12) for key in ("township", "county", "city", "province")}
    Timetable.objects.create(division=town[:2], since=DAY, quiet=30, by=by, at=now, **noon)
    Reminder.objects.create(division=town, about=DAY, owed="report", due_at=now, at=now)
    ReminderRun.objects.create(division=town[:2], about=DAY, level=4, minutes=0, at=now, reminded=1)
    until = now.replace(hour=23)
    Exemption.objects.create(division=town, about=DAY, until=until, reason="断网", by=by, at=now)
    province = {"division": town[:2], "about": DAY}
    ClosedDay.objects.create(**province, locked_by=by, locked_at=now)
    Publication.objects.create(
        **province,
        number=1,
        declared=counted,
        derived=counted,
        units_due=1,
        units_reported=1,
        by=by,
        at=now,
    )


def test_every_table_is_walled_or_open_by_the_list() -> None:
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    walled = walls.walled_tables()

    assert tables - walled - OPEN == set()
    assert walled & OPEN == set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity")
        assert {name for (name,) in cursor.fetchall()} == walled


def test_without_a_filter_a_reader_gets_their_own_rows_of_every_table(now: datetime) -> None:
    one_of_each(YUNNAN_TOWN, now)
    theirs = {table: rows(table) for table in walls.walled_tables()}
    one_of_each(DAYING, now)
    everything = {table: rows(table) for table in walls.walled_tables()}

    for scope, sees_theirs in ((DAYING, False), ("13", False), ("53", True)):
        with reader(scope):
            seen = {table: rows(table) for table in walls.walled_tables()}
        for table, ids in seen.items():
            wanted = (
                theirs[table] if sees_theirs else sorted({*everything[table]} - {*theirs[table]})
            )
            if table in ("flows_dailyflow", "flows_reminderrun") and scope == DAYING:
                wanted = []  # known by county or province, which is more than the township's
            assert ids == wanted, (scope, table)
            assert wanted or scope == DAYING


@pytest.mark.parametrize("scope", [None, ""])
def test_without_a_scope_nothing_is_visible(scope: str | None, now: datetime) -> None:
    one_of_each(DAYING, now)

    with reader(scope):
        assert [table for table in walls.walled_tables() if rows(table)] == []


def test_the_role_alone_sees_nothing(now: datetime) -> None:
    one_of_each(DAYING, now)

    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {desk_role.ROLE}")
        assert rows("registry_worker") == []
        assert rows("transport_passage") == []
        cursor.execute("SET LOCAL ROLE NONE")
    assert len(rows("registry_worker")) == 1


@pytest.mark.parametrize(
    ("scope", "homes"),
    [
        (HEBEI, [DAYING, XINTUN, RAOYANG_TOWN]),
        (HENGSHUI, [DAYING, XINTUN, RAOYANG_TOWN]),
        (ZAOQIANG, [DAYING, XINTUN]),
        (DAYING, [DAYING]),
        ("131122", []),
        ("1309", []),
        ("51", []),
    ],
)
def test_a_scope_is_a_subtree(scope: str, homes: list[str]) -> None:
    workers([DAYING, XINTUN, RAOYANG_TOWN, YUNNAN_TOWN])

    with reader(scope):
        assert rows("registry_worker", "home") == sorted(homes)


@pytest.mark.parametrize(
    ("department", "sees"),
    [
        ("human_resources", {Stage.REGISTRY, Stage.FLOWS, Stage.TRANSPORT}),
        ("transport", {Stage.FLOWS, Stage.TRANSPORT}),
        ("counterpart", {Stage.TRANSPORT}),
        ("carrier", set()),
    ],
)
def test_a_department_sees_its_stages_only(
    department: str, sees: set[Stage], now: datetime
) -> None:
    one_of_each(DAYING, now)
    example = {
        Stage.REGISTRY: "registry_worker",
        Stage.FLOWS: "flows_return",
        Stage.TRANSPORT: "transport_passage",
    }

    with reader(HEBEI, department=department):
        assert {stage for stage, table in example.items() if rows(table)} == sees


def written(statement: str, *values: object) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def test_nobody_writes_outside_their_scope() -> None:
    [own, other] = workers([DAYING, YUNNAN_TOWN])
    change = "UPDATE registry_worker SET name = '李四' WHERE id = %s"
    move = "UPDATE registry_worker SET home = %s WHERE id = %s"

    with reader(HEBEI):
        assert written(change, own.pk) == 1
        assert written(change, other.pk) == 0
        assert written("DELETE FROM registry_worker WHERE id = %s", other.pk) == 0
        with pytest.raises(DatabaseError, match="row-level security"):
            written(move, YUNNAN_TOWN, own.pk)

    assert Worker.objects.get(pk=other.pk).name == "张三"
    assert Worker.objects.get(pk=own.pk).home == DAYING


def test_a_trip_is_seen_at_both_ends_and_where_it_stops() -> None:
    made = trip(origin=DAYING, destination=CHENGDU, people=2)
    Stop.objects.create(trip=made, position=1, kind=Stop.Kind.PICKUP, division=RAOYANG_TOWN)

    for scope in (DAYING, RAOYANG_TOWN, "131124", "13", "51"):
        with reader(scope):
            assert rows("transport_trip") == [made.pk]
            assert len(rows("transport_passage")) == 2
            assert len(rows("transport_stop")) == 1
    for scope in (XINTUN, "1309", "53"):
        with reader(scope):
            assert rows("transport_trip") == rows("transport_passage") == []
            assert rows("transport_stop") == []


def test_a_batch_that_speaks_of_others_is_theirs_only_when_they_sent_it() -> None:
    both = reported(DAYING, YUNNAN_TOWN)
    ours = reported(DAYING)
    sent = batch()
    sent.sent_by = officer(ZAOQIANG)
    sent.save()

    with reader(ZAOQIANG):
        assert rows("registry_batch") == [ours.pk, sent.pk]
        assert both.pk in rows("registry_reportedtownship", "batch_id")  # that their town reported
        assert YUNNAN_TOWN not in rows("registry_reportedtownship", "township")


def test_a_worker_who_moved_brings_along_where_they_stood() -> None:
    [spell] = at_work([(DAYING, DAYING)])
    wish = departure(spell.worker, destination=DAYING)
    move = "UPDATE registry_worker SET home = %s WHERE id = %s"

    with reader("1311"):
        assert written(move, RAOYANG_TOWN, spell.worker_id) == 1
    seen = {}
    for scope in (DAYING, RAOYANG_TOWN, XINTUN):
        with reader(scope):
            seen[scope] = (rows("registry_spell"), rows("registry_departure"))
    assert seen == {
        DAYING: ([spell.pk], []),  # the days it counts, and no more of the person
        RAOYANG_TOWN: ([spell.pk], [wish.pk]),
        XINTUN: ([], []),
    }

    with reader("1311"):
        assert written(move, DAYING, spell.worker_id) == 1
    with reader(RAOYANG_TOWN):
        assert rows("registry_spell") == rows("registry_departure") == []


def test_a_batch_stays_with_the_office_it_was_sent_from() -> None:
    sent = batch()
    sent.sent_by = officer(ZAOQIANG)
    sent.save()
    post = sent.sent_by.staff
    post.organisation = officer(RAOYANG_TOWN).staff.organisation
    post.save()
    sent.refresh_from_db()
    sent.save()

    for scope, ids in ((ZAOQIANG, [sent.pk]), (RAOYANG_TOWN, []), ("1311", [sent.pk])):
        with reader(scope):
            assert rows("registry_batch") == ids


def test_a_batch_is_theirs_whom_alone_it_speaks_of() -> None:
    one, several = reported(DAYING), reported(DAYING, XINTUN)

    def seen(scope: str) -> list[int]:
        with reader(scope):
            return rows("registry_batch")

    assert seen(DAYING) == [one.pk]
    assert seen(ZAOQIANG) == [one.pk, several.pk]
    several.reported.filter(township=XINTUN).delete()
    assert seen(DAYING) == [one.pk, several.pk]
    several.reported.all().delete()
    assert seen(DAYING) == seen("13") == [one.pk]


def test_a_decision_from_above_is_read_below_and_not_taken_there(now: datetime) -> None:
    by = officer(HEBEI)
    until = now.replace(hour=23)
    Exemption.objects.create(division=HEBEI, about=DAY, until=until, reason="断网", by=by, at=now)
    take = "INSERT INTO flows_closedday (division, about, locked_by_id, locked_at)"
    take += " VALUES ('13', %s, %s, now())"

    with reader(DAYING):
        assert len(rows("flows_exemption")) == 1
        with pytest.raises(DatabaseError, match="row-level security"):
            written(take, DAY, by.pk)
    with reader(HEBEI):
        assert written(take, DAY, by.pk) == 1


def test_lifting_ends_with_its_block_and_also_when_it_fails() -> None:
    workers([DAYING, YUNNAN_TOWN])

    with reader(DAYING):
        with walls.lifted():
            assert len(rows("registry_worker")) == 2
        assert len(rows("registry_worker")) == 1
        with pytest.raises(DatabaseError), transaction.atomic(), walls.lifted():
            rows("no_such_table")
        assert len(rows("registry_worker")) == 1
        with pytest.raises(RuntimeError), walls.lifted():
            raise RuntimeError
        assert len(rows("registry_worker")) == 1
    assert len(rows("registry_worker")) == 2


def test_a_reader_adds_to_the_journal_and_changes_nothing_in_it(now: datetime) -> None:
    with reader(DAYING):
        with transaction.atomic():
            entry = journal.record(actor=None, verb="view", subject="worker:1", now=now)
        for statement in (
            "UPDATE kernel_journalentry SET verb = 'none' WHERE id = %s",
            "DELETE FROM kernel_journalentry WHERE id = %s",
        ):
            with pytest.raises(DatabaseError, match="permission denied"):
                written(statement, entry.pk)
        with pytest.raises(DatabaseError, match="permission denied"):
            written("TRUNCATE kernel_journalentry")


def test_no_reader_gets_around_the_wall() -> None:
    with reader(DAYING):
        for statement in (
            "ALTER TABLE registry_worker DISABLE ROW LEVEL SECURITY",
            "DROP POLICY desk ON registry_worker",
            "CREATE TABLE mine (id int)",
        ):
            with pytest.raises(DatabaseError, match=r"must be owner|permission denied"):
                written(statement)


def test_walls_are_put_up_again_when_they_changed() -> None:
    assert walls.standing()
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON FUNCTION zhitong_scope() IS 'another version'")
        cursor.execute("ALTER TABLE registry_worker DISABLE ROW LEVEL SECURITY")
    assert not walls.standing()

    walls.put_up()

    assert walls.standing()
    workers([DAYING])
    with reader("53"):
        assert rows("registry_worker") == []


def test_a_scope_finds_its_workers_by_the_index() -> None:
    workers([DAYING] * 2)
    with reader(DAYING), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM registry_worker")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Index Cond: (((home)" in plan


def test_the_counts_of_passages_are_those_of_the_trip() -> None:
    [here, there] = workers([DAYING, YUNNAN_TOWN])
    made = trip(origin=DAYING, destination=CHENGDU, people=[here, there])

    with reader(DAYING):
        assert Passage.objects.filter(trip=made).count() == 2
        assert Passage.objects.filter(trip=made, worker__isnull=False).count() == 2
        assert Trip.objects.get(pk=made.pk).passages.filter(worker__name="张三").count() == 1
