"""Timetables, reminders and the runs that sent them; `flows.models` makes them known."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from zhitong.places import Level

_LEVELS = [(one.value, one.label) for one in Level]


class Timetable(models.Model):
    """By when each level of a province is done, from a day on, and when it is reminded."""

    division = models.CharField(max_length=2)
    since = models.DateField()
    township = models.TimeField()
    county = models.TimeField()
    city = models.TimeField()
    province = models.TimeField()
    remind = ArrayField(
        models.SmallIntegerField(), default=list, help_text="minutes after a deadline"
    )
    quiet = models.PositiveSmallIntegerField(
        help_text="minutes in which an office is reminded once"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("division", "since")
        constraints = (
            models.UniqueConstraint(fields=("division", "since"), name="one_timetable_a_day"),
            models.CheckConstraint(
                condition=Q(
                    township__lte=F("county"), county__lte=F("city"), city__lte=F("province")
                ),
                name="levels_follow_each_other",
            ),
        )

    def __str__(self) -> str:
        return f"{self.division} since {self.since}"


class Reminder(models.Model):
    """One message to an office that owes something for a day; its staff read it on the desk.

    It says what is owed by numbers, so that every reader reads it in their language.
    """

    class Owed(models.TextChoices):
        REPORT = "report", "报送"
        MENDING = "mending", "改正"
        REVIEW = "review", "审核"

    division = models.CharField(max_length=12, help_text="of the office that is reminded")
    about = models.DateField()
    owed = models.CharField(max_length=8, choices=Owed)
    waiting = models.PositiveIntegerField(default=0, help_text="returns that wait for review")
    due_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="null: by the timetable",
    )
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("division", "read_at"), name="reminder_unread"),
            models.Index(fields=("about", "at"), name="reminder_by_day"),
        )

    def __str__(self) -> str:
        return f"reminder {self.pk}"


class ReminderRun(models.Model):
    """One automatic round of reminders; that there is one keeps another worker from a second."""

    division = models.CharField(max_length=2)
    about = models.DateField()
    level = models.SmallIntegerField(choices=_LEVELS)
    minutes = models.SmallIntegerField(help_text="after the deadline")
    at = models.DateTimeField()
    reminded = models.PositiveIntegerField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("division", "about", "level", "minutes"), name="one_round_a_moment"
            ),
        )

    def __str__(self) -> str:
        return f"{self.division} {self.about} {self.minutes}"
