"""Figures counted once a day from spells, and what units declare beside them.

What a unit declares is kept apart from who accepted it, who may be late and what was changed after
the lock: five records, none of which overwrites another.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language

from zhitong.flows.catalogue.rules import Unit
from zhitong.flows.chain.rules import EDITABLE, REPORTED, State
from zhitong.flows.reminding.models import Reminder as Reminder
from zhitong.flows.reminding.models import ReminderRun as ReminderRun
from zhitong.flows.reminding.models import Timetable as Timetable
from zhitong.places import Category, Level

_STATES = [(one.value, one.label) for one in State]
_CATEGORIES = [(one.value, one.label) for one in Category]
_EDITABLE = sorted(one.value for one in EDITABLE)
_REPORTED = sorted(one.value for one in REPORTED)
_LEVELS = [(one.value, one.label) for one in Level]


class DailyFigure(models.Model):
    """Workers at work of one division on one day: five categories, and how complete they are.

    Derived from spells by `report.sql`; recomputing replaces them in one transaction.
    """

    about = models.DateField()
    division = models.CharField(max_length=12)
    within_township = models.PositiveIntegerField()
    within_county = models.PositiveIntegerField()
    within_city = models.PositiveIntegerField()
    elsewhere_in_province = models.PositiveIntegerField()
    other_province = models.PositiveIntegerField()
    townships_due = models.PositiveIntegerField()
    townships_reported = models.PositiveIntegerField()
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ("about", "division")
        indexes = (models.Index(fields=("division", "about"), name="figure_by_division"),)
        constraints = (
            models.UniqueConstraint(fields=("about", "division"), name="one_figure_a_day"),
            models.CheckConstraint(
                condition=models.Q(townships_reported__lte=models.F("townships_due")),
                name="reported_at_most_due",
            ),
        )

    def __str__(self) -> str:
        return f"{self.division} {self.about}"


class DailyFlow(models.Model):
    """Workers at work on one day by home county and the province they work in.

    Homes known no finer than a city or province keep that code. Stored with `DailyFigure`.
    """

    about = models.DateField()
    home = models.CharField(max_length=6)
    destination = models.CharField(max_length=2)
    people = models.PositiveIntegerField()

    class Meta:
        ordering = ("about", "home", "destination")
        constraints = (
            models.UniqueConstraint(
                fields=("about", "home", "destination"), name="one_flow_a_relation"
            ),
        )

    def __str__(self) -> str:
        return f"{self.home} to {self.destination} {self.about}"


class Return(models.Model):
    """One township's day on its way up.

    `version` counts every change of state or figures, so that whoever decides on what they see can
    be told that it is no longer so, and by whom. `counts` and `registry_counts` repeat its figures,
    declared and derived, for lists of thousands of returns; a trigger keeps them.
    """

    unit = models.CharField(max_length=9)
    about = models.DateField()
    state = models.CharField(max_length=9, choices=_STATES, default=State.DRAFT.value)
    version = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True)
    first_submitted_at = models.DateTimeField(
        null=True, help_text="decides whether the unit was late; mending a return does not"
    )
    counts = ArrayField(
        models.PositiveIntegerField(), size=5, null=True, editable=False, help_text="by category"
    )
    registry_counts = ArrayField(
        models.PositiveIntegerField(), size=5, null=True, editable=False, help_text="by category"
    )

    class Meta:
        ordering = ("about", "unit")
        constraints = (
            models.UniqueConstraint(fields=("about", "unit"), name="one_return_a_day"),
            models.CheckConstraint(condition=Q(unit__regex=r"^\d{9}$"), name="unit_is_a_township"),
            models.CheckConstraint(
                condition=Q(state__in=_EDITABLE)
                | Q(submitted_by__isnull=False, submitted_at__isnull=False),
                name="a_return_has_a_submitter",
            ),
        )
        indexes = (
            models.Index(
                fields=("unit", "about"),
                opclasses=("varchar_pattern_ops", "date_ops"),
                name="return_by_unit",
            ),
            # What is added up over weeks of a province, without a visit to the table.
            models.Index(
                fields=("unit", "about"),
                include=("counts",),
                opclasses=("varchar_pattern_ops", "date_ops"),
                condition=Q(state__in=_REPORTED),
                name="reported_by_unit",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} {self.about}"


class Figure(models.Model):
    """One category of a return: what the registry counts, and what the unit says instead."""

    of = models.ForeignKey(Return, models.CASCADE, related_name="figures", db_index=False)
    category = models.SmallIntegerField(choices=_CATEGORIES)
    derived = models.PositiveIntegerField(help_text="counted from the registry when written")
    declared = models.PositiveIntegerField(null=True, help_text="only where it differs")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("of", "category")
        constraints = (
            models.UniqueConstraint(fields=("of", "category"), name="one_figure_a_category"),
            models.CheckConstraint(condition=Q(category__range=(1, 5)), name="five_categories"),
            models.CheckConstraint(
                condition=(
                    Q(declared__isnull=True, reason="")
                    | (Q(declared__isnull=False) & ~Q(declared=F("derived")) & ~Q(reason=""))
                ),
                name="a_difference_has_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.of_id}:{self.category}"

    @property
    def value(self) -> int:
        return self.derived if self.declared is None else self.declared


class Approval(models.Model):
    """One step of a return: which level did what, when, and why."""

    class Act(models.TextChoices):
        SUBMITTED = "submitted", "提交"
        WITHDRAWN = "withdrawn", "撤回"
        ACCEPTED = "accepted", "通过"
        TAKEN_BACK = "taken-back", "撤销通过"
        RETURNED = "returned", "退回"

    of = models.ForeignKey(Return, models.CASCADE, related_name="approvals")
    level = models.SmallIntegerField(choices=_LEVELS, help_text="of the office that acted")
    act = models.CharField(max_length=10, choices=Act)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    version = models.PositiveIntegerField(help_text="of the return, after the step")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(act="returned", reason=""), name="sent_back_with_a_reason"
            ),
            models.UniqueConstraint(fields=("of", "version"), name="one_step_a_version"),
        )

    def __str__(self) -> str:
        return f"{self.of_id} {self.act}"


class Exemption(models.Model):
    """Permission for a division to report a locked day until a moment."""

    division = models.CharField(max_length=12)
    about = models.DateField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("about", "division"), name="exemption_by_day"),)
        constraints = (
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="exemption_has_time"),
            models.CheckConstraint(condition=~Q(reason=""), name="exemption_has_a_reason"),
        )

    def __str__(self) -> str:
        return f"{self.division} {self.about} until {self.until:%F %H:%M}"


class Correction(models.Model):
    """A change of a locked return: both sides, why and by whom."""

    of = models.ForeignKey(Return, models.CASCADE, related_name="corrections", db_index=False)
    number = models.PositiveSmallIntegerField()
    before = models.JSONField(help_text="by category key")
    after = models.JSONField(help_text="by category key")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("of", "number")
        constraints = (
            models.UniqueConstraint(fields=("of", "number"), name="corrections_are_numbered"),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_has_a_reason"),
        )

    def __str__(self) -> str:
        return f"correction {self.number} of {self.of_id}"


class ClosedDay(models.Model):
    """A day that a province has locked."""

    division = models.CharField(max_length=2)
    about = models.DateField()
    locked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    locked_at = models.DateTimeField()

    class Meta:
        ordering = ("about", "division")
        constraints = (models.UniqueConstraint(fields=("division", "about"), name="locked_once"),)

    def __str__(self) -> str:
        return f"{self.division} {self.about}"


class Publication(models.Model):
    """A locked day as it was published. Later corrections publish a new number, never this one."""

    division = models.CharField(max_length=2)
    about = models.DateField()
    number = models.PositiveSmallIntegerField()
    declared = models.JSONField(help_text="by category key, as accepted")
    derived = models.JSONField(help_text="by category key, the registry's for the same units")
    items = models.JSONField(
        default=dict, help_text="by item code: declared, derived (null: asked), answered"
    )
    units_due = models.PositiveIntegerField()
    units_reported = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("about", "division", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("division", "about", "number"), name="publications_are_numbered"
            ),
        )

    def __str__(self) -> str:
        return f"{self.division} {self.about} no. {self.number}"


class Item(models.Model):
    """A figure that a province has added to the daily report, see `catalogue`.

    Either the registry counts it (`source` registry) or units are asked. What the registry holds
    is asked only with a reason, and the database knows no other way.
    """

    class Source(models.TextChoices):
        REGISTRY = "registry", "登记库统计"
        ASKED = "asked", "基层填报"

    division = models.CharField(max_length=2)
    code = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=120)
    unit = models.CharField(max_length=12, choices=[(one.value, one.label) for one in Unit])
    level = models.SmallIntegerField(
        choices=[(one.value, one.label) for one in (Level.TOWNSHIP, Level.COUNTY)],
        help_text="of the office that enters it",
    )
    source = models.CharField(max_length=8, choices=Source)
    derivation = models.CharField(
        max_length=200, blank=True, help_text="what the registry counts, see `catalogue.derivable`"
    )
    why_asked = models.CharField(max_length=300, blank=True)
    at_most = models.CharField(
        max_length=40, blank=True, help_text="code of a figure that it never exceeds"
    )
    sum_of = ArrayField(
        models.CharField(max_length=40), default=list, help_text="codes of figures it adds up"
    )
    largest = models.PositiveBigIntegerField(null=True)
    first_day = models.DateField()
    last_day = models.DateField(null=True, help_text="the last day it is part of; null: no end")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("division", "id")
        constraints = (
            models.UniqueConstraint(fields=("division", "code"), name="an_item_code_once"),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="item_has_days",
            ),
            models.CheckConstraint(
                condition=(
                    (Q(source="registry", why_asked="") & ~Q(derivation=""))
                    | Q(source="asked", derivation="")
                    | (Q(source="asked") & ~Q(why_asked=""))
                ),
                name="what_is_known_is_asked_with_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.division} {self.code}"

    @property
    def name(self) -> str:
        """In the language in force."""
        return self.name_zh if (get_language() or "zh").startswith("zh") else self.name_en

    @property
    def asked(self) -> bool:
        return self.source == self.Source.ASKED


class Answer(models.Model):
    """One item of a return: what the registry counts, what the unit says, or what it was asked."""

    of = models.ForeignKey(Return, models.CASCADE, related_name="answers", db_index=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="answers")
    derived = models.PositiveBigIntegerField(null=True, help_text="null where units are asked")
    declared = models.PositiveBigIntegerField(
        null=True, help_text="of what the registry counts, only where it differs"
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("of", "item")
        constraints = (
            models.UniqueConstraint(fields=("of", "item"), name="one_answer_an_item"),
            models.CheckConstraint(
                condition=(
                    Q(derived__isnull=True, declared__isnull=False, reason="")
                    | Q(derived__isnull=False, declared__isnull=True, reason="")
                    | (
                        Q(derived__isnull=False, declared__isnull=False)
                        & ~Q(declared=F("derived"))
                        & ~Q(reason="")
                    )
                ),
                name="an_answer_has_a_source",
            ),
        )

    def __str__(self) -> str:
        return f"{self.of_id}:{self.item_id}"

    @property
    def value(self) -> int:
        value = self.derived if self.declared is None else self.declared
        assert value is not None, "the database refuses an answer without a value"
        return value
