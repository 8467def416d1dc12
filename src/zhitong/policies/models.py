"""Profiles and their rules. Rules contradict each other by date and place: they are data."""

from __future__ import annotations

from django.db import models


class Profile(models.Model):
    """A set of rules in force together, e.g. `2020-02-11`."""

    key = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=100)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, help_text="last day, open when null")

    class Meta:
        ordering = ("valid_from", "key")

    def __str__(self) -> str:
        return self.key


class Rule(models.Model):
    """One rule of a profile, with its authority."""

    class Severity(models.TextChoices):
        BLOCK = "block", "禁止"
        WARN = "warn", "提醒"
        NOTE = "note", "说明"

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="rules")
    kind = models.SlugField(max_length=40)
    scope = models.JSONField(default=dict)
    value = models.JSONField()
    severity = models.CharField(max_length=5, choices=Severity)
    authority = models.CharField(max_length=100)
    document = models.CharField(max_length=60, blank=True)
    assumed = models.BooleanField(default=False)

    class Meta:
        ordering = ("profile", "kind", "id")

    def __str__(self) -> str:
        return f"{self.profile_id} {self.kind}"
