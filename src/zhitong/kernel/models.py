"""The journal: who did what, when, to which record. Entries are only ever added."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class JournalEntry(models.Model):
    """One write or one view of personal data. Holds no personal data itself."""

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    details = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True, help_text="none from the command line")
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32, unique=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("subject", "id"), name="journal_subject"),)

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.verb} {self.subject}"
