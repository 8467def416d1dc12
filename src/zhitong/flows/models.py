"""Figures of the daily report, stored once the day is computed."""

from __future__ import annotations

from django.db import models


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
