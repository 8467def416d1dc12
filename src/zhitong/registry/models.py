"""Batches received, workers, spells, departures.

Division codes are canonical (2, 4, 6, 9 or 12 digits, see `places`), so a subtree is a prefix.
What row-level security compares stands in the row itself; triggers keep the copies (migration
0002).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Reverse, Substr

from zhitong.places import Category

LONG_NAME = "^...."
CODE = r"^\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?$"


class Batch(models.Model):
    """One file received. Its digest makes sending it twice the same as sending it once."""

    class Kind(models.TextChoices):
        SURVEY = "survey", "摸底调查"
        TRIPS = "trips", "已开行车次"
        ENTRY = "entry", "逐人录入"

    class State(models.TextChoices):
        ADMITTED = "admitted", "已入库"
        WITHDRAWN = "withdrawn", "已撤回"

    kind = models.CharField(max_length=10, choices=Kind)
    digest = models.BinaryField(max_length=32)
    filename = models.CharField(max_length=200)
    about = models.DateField(help_text="the day the file speaks of")
    received_at = models.DateTimeField()
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.ADMITTED)
    rows = models.PositiveIntegerField()
    admitted = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    duplicates = models.PositiveIntegerField()
    sent_from = models.CharField(
        max_length=12,
        editable=False,
        db_default="",
        help_text="division of the sender's office then; filled in by the database",
    )
    speaks_for = models.CharField(
        max_length=9,
        editable=False,
        db_default="",
        help_text="the smallest division that all its townships lie in; kept by the database",
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "batches"
        constraints = (
            # What was withdrawn may be sent again.
            models.UniqueConstraint(
                fields=("kind", "digest"),
                condition=Q(state="admitted"),
                name="one_batch_a_file",
            ),
            models.CheckConstraint(
                condition=Q(rows=F("admitted") + F("refused") + F("duplicates")),
                name="every_row_ends_somewhere",
            ),
        )

    def __str__(self) -> str:
        return f"{self.filename} ({self.rows})"


class RowError(models.Model):
    """One cell that kept its row out, and the sentence the clerk is given."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="errors")
    row = models.PositiveIntegerField(help_text="as the sheet numbers it, header included")
    column = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    sentence = models.CharField(max_length=300)

    class Meta:
        ordering = ("batch", "row", "id")

    def __str__(self) -> str:
        return f"{self.row} {self.column}: {self.sentence}"


class ReportedTownship(models.Model):
    """A township that a batch speaks for on its day; zero rows are a report too."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="reported")
    township = models.CharField(max_length=9)
    about = models.DateField()
    rows = models.PositiveIntegerField()

    class Meta:
        ordering = ("about", "township")
        constraints = (
            models.UniqueConstraint(fields=("batch", "township"), name="a_township_once_a_batch"),
        )
        indexes = (models.Index(fields=("about", "township"), name="reported_by_day"),)

    def __str__(self) -> str:
        return f"{self.township} {self.about}"


class Worker(models.Model):
    """A person. Number and telephones are sealed; their prints find them again."""

    class Sex(models.TextChoices):
        MALE = "M", "男"
        FEMALE = "F", "女"

    name = models.CharField(max_length=60)
    name_reversed = models.GeneratedField(
        expression=Reverse("name"),
        output_field=models.CharField(max_length=60),
        db_persist=True,
        help_text="so that the end of a name is found by an index too",
    )
    name_rest = models.GeneratedField(
        expression=Substr("name", 2),
        output_field=models.CharField(max_length=60),
        db_persist=True,
        help_text="so is what follows the first character",
    )
    identity_sealed = models.BinaryField(max_length=80)
    identity_print = models.BinaryField(max_length=16)
    born = models.DateField()
    sex = models.CharField(max_length=1, choices=Sex)
    phone_sealed = models.BinaryField(max_length=80, null=True)
    phone_print = models.BinaryField(max_length=16, null=True)
    other_phone_sealed = models.BinaryField(max_length=80, null=True)
    home = models.CharField(max_length=12)
    address = models.CharField(max_length=120, blank=True, help_text="below the township")
    entered_by = models.CharField(max_length=60, blank=True)
    consented = models.BooleanField()
    erased_at = models.DateTimeField(
        null=True, help_text="who this was is known no more; the figures stay"
    )
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="workers")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("identity_print",), name="a_number_once"),
            models.CheckConstraint(condition=Q(home__regex=CODE), name="home_is_a_code"),
        )
        indexes = (
            models.Index(fields=("phone_print",), name="worker_by_phone"),
            # Serves prefixes, whatever the collation of the database.
            models.Index(
                fields=("home",), opclasses=("varchar_pattern_ops",), name="worker_by_home"
            ),
            # With the home in the index, names outside the scope cost no visit to the table.
            models.Index(
                fields=("name", "home"),
                opclasses=("varchar_pattern_ops", "varchar_pattern_ops"),
                name="worker_by_name",
            ),
            models.Index(
                fields=("name_reversed", "home"),
                opclasses=("varchar_pattern_ops", "varchar_pattern_ops"),
                name="worker_by_end_of_name",
            ),
            models.Index(
                fields=("name_rest", "home"),
                opclasses=("varchar_pattern_ops", "varchar_pattern_ops"),
                name="worker_by_rest_of_name",
            ),
            # Lists of wishes leave erased people out, and ask for each of their people.
            models.Index(
                fields=("id",),
                include=("home",),
                condition=Q(erased_at__isnull=False),
                name="worker_erased",
            ),
            # Few, and all that is left: the middle of names of four characters and more. Read one
            # after the other, without a visit to the table.
            models.Index(
                fields=("home", "name"),
                include=("id",),
                opclasses=("varchar_pattern_ops", "varchar_pattern_ops"),
                condition=Q(name__regex=LONG_NAME, erased_at=None),
                name="worker_by_long_name_alone",
            ),
        )

    def __str__(self) -> str:
        return f"worker {self.pk}"


class Spell(models.Model):
    """Where a worker stands from `started` until before `ended` (open when null).

    Spells of one worker form a chain that cannot overlap: each names in `before` the day the one
    before it ended (a foreign key to that spell, made in the migration; null for a person's first),
    no two name the same, and none starts earlier. docs/decisions/0004-intake.md says why this is
    not an exclusion constraint.

    Figures count a spell where its `home` was. Whoever keeps a person who has moved since sees it
    by `moved_to`, which the database keeps when a home changes.
    """

    class Status(models.IntegerChoices):
        AT_WORK = 1, "在岗"
        HOME = 2, "在家待岗"
        SEEKING = 3, "求职"
        NOT_RETURNING = 4, "不再外出"

    worker = models.ForeignKey(Worker, models.CASCADE, related_name="spells", db_index=False)
    status = models.SmallIntegerField(choices=Status)
    started = models.DateField()
    ended = models.DateField(null=True)
    before = models.DateField(null=True, help_text="when the spell before this one ended")
    home = models.CharField(max_length=12, help_text="the worker's home in these days")
    moved_to = models.CharField(
        max_length=12, null=True, editable=False, help_text="their home now, where it is another"
    )
    work = models.CharField(max_length=12, null=True)
    category = models.SmallIntegerField(
        choices=[(one.value, one.label) for one in Category], null=True
    )
    employer = models.CharField(max_length=100, blank=True)
    employer_code = models.CharField(max_length=18, blank=True, help_text="unified credit code")
    occupation = models.CharField(max_length=7, blank=True, help_text="2022 catalogue code")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="spells")

    class Meta:
        ordering = ("worker", "started")
        constraints = (
            models.UniqueConstraint(
                fields=("worker", "ended"), nulls_distinct=False, name="one_spell_in_force"
            ),
            models.UniqueConstraint(
                fields=("worker", "before"), nulls_distinct=False, name="one_spell_after_another"
            ),
            models.CheckConstraint(
                condition=Q(before__isnull=True) | Q(before__lte=F("started")),
                name="spell_starts_after_the_last",
            ),
            models.CheckConstraint(
                condition=Q(ended__isnull=True) | Q(ended__gt=F("started")), name="spell_has_days"
            ),
            models.CheckConstraint(
                condition=(
                    Q(status=1, work__isnull=False, category__in=(1, 2, 3, 4, 5))
                    | Q(~Q(status=1), category__isnull=True)
                ),
                name="category_goes_with_work",
            ),
        )
        indexes = (
            # Counts those at work in a township without a visit to the table.
            models.Index(
                fields=("home",),
                include=("category", "started", "ended"),
                opclasses=("varchar_pattern_ops",),
                condition=Q(status=1),
                name="spell_at_work_by_home",
            ),
        )

    def __str__(self) -> str:
        return f"spell {self.pk} of worker {self.worker_id}"


class Party(models.Model):
    """People who travel together: one origin, one destination."""

    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="parties")
    label = models.CharField(max_length=40, help_text="as written in the file")

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "parties"
        constraints = (
            models.UniqueConstraint(fields=("batch", "label"), name="a_label_once_a_batch"),
        )

    def __str__(self) -> str:
        return f"party {self.pk}"


class Departure(models.Model):
    """One worker's wish to travel, between two acceptable days (both included)."""

    class Mode(models.TextChoices):
        COACH = "coach", "包车"
        RAIL = "rail", "火车"
        OWN = "own", "自行返岗"
        ANY = "any", "均可"

    worker = models.ForeignKey(Worker, models.CASCADE, related_name="departures")
    home = models.CharField(
        max_length=12, editable=False, db_default="", help_text="the worker's; kept by the database"
    )
    party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="departures")
    origin = models.CharField(max_length=12)
    destination = models.CharField(max_length=12)
    earliest = models.DateField()
    latest = models.DateField()
    mode = models.CharField(max_length=5, choices=Mode)
    needs = models.CharField(max_length=100, blank=True)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="departures")

    class Meta:
        ordering = ("earliest", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(latest__gte=F("earliest")), name="window_is_not_empty"
            ),
        )
        indexes = (
            models.Index(fields=("earliest", "latest"), name="departure_by_window"),
            models.Index(
                fields=("home",), opclasses=("varchar_pattern_ops",), name="departure_by_home"
            ),
        )

    def __str__(self) -> str:
        return f"departure {self.pk}"


class Duplicate(models.Model):
    """A row whose identity number was already known; kept until somebody decides."""

    class Decision(models.TextChoices):
        PENDING = "pending", "待处理"
        KEEP = "keep", "保留原记录"
        REPLACE = "replace", "以新记录更新"

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="duplicate_rows")
    row = models.PositiveIntegerField()
    identity_print = models.BinaryField(max_length=16)
    worker = models.ForeignKey(Worker, models.CASCADE, related_name="duplicates")
    home = models.CharField(
        max_length=12, editable=False, db_default="", help_text="the worker's; kept by the database"
    )
    content_sealed = models.BinaryField(help_text="the whole row as JSON, sealed")
    identical = models.BooleanField(help_text="says nothing that the registry does not hold")
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    before_sealed = models.BinaryField(
        null=True, help_text="what a replacement replaced, as JSON, sealed: see `replacing`"
    )
    after_digest = models.BinaryField(
        max_length=16, null=True, help_text="of what the replacement left"
    )

    class Meta:
        ordering = ("batch", "row")
        constraints = (models.UniqueConstraint(fields=("batch", "row"), name="a_row_once_a_batch"),)

    def __str__(self) -> str:
        return f"duplicate {self.batch_id}:{self.row}"


class Entry(models.Model):
    """A row typed at the desk. Its client-made id makes sending it twice the same as once."""

    client_id = models.UUIDField(unique=True)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="entries")
    row = models.PositiveIntegerField(help_text="within the batch")
    outcome = models.CharField(
        max_length=10, choices=(("admitted", "已入库"), ("duplicate", "重复待处理"))
    )

    class Meta:
        ordering = ("batch", "row")
        verbose_name_plural = "entries"
        constraints = (
            models.UniqueConstraint(fields=("batch", "row"), name="an_entry_once_a_batch"),
        )

    def __str__(self) -> str:
        return f"entry {self.batch_id}:{self.row}"
