"""A bulletin never changes: a later one for the same day and division supersedes it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Bulletin(models.Model):
    """One published document."""

    about = models.DateField()
    division = models.CharField(max_length=12)
    version = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    prose = models.TextField()

    class Meta:
        ordering = ("about", "division", "version")
        constraints = (
            models.UniqueConstraint(
                fields=("about", "division", "version"), name="a_bulletin_version_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.division} {self.about} v{self.version}"


class PublishedFigure(models.Model):
    """One figure as it was published, with the query that counted it."""

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="figures")
    section = models.CharField(max_length=4)
    key = models.CharField(max_length=60)
    value = models.BigIntegerField()
    query = models.CharField(max_length=80, help_text="name of the function that counted")

    class Meta:
        ordering = ("bulletin", "section", "key")
        constraints = (
            models.UniqueConstraint(
                fields=("bulletin", "section", "key"), name="a_figure_once_a_bulletin"
            ),
        )

    def __str__(self) -> str:
        return f"{self.section}.{self.key}"
