"""What the front doors themselves remember."""

from __future__ import annotations

from django.db import models


class FailedSignIn(models.Model):
    """One refused password. Kept as long as it counts against the next attempt."""

    name = models.CharField(max_length=150)
    address = models.GenericIPAddressField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)
        indexes = (models.Index(fields=("name", "address", "at"), name="failed_by_who"),)

    def __str__(self) -> str:
        return f"{self.address} {self.at:%F %T}"
