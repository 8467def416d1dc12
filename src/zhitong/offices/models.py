"""Offices in the tree of divisions, and the people who act for them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Department(models.TextChoices):
    HUMAN_RESOURCES = "human_resources", "人力资源和社会保障"
    PUBLIC_SECURITY = "public_security", "公安"
    TRANSPORT = "transport", "交通运输"
    HEALTH = "health", "卫生健康"
    RAILWAY = "railway", "铁路"


class Role(models.TextChoices):
    ENTER = "enter", "录入"
    VERIFY = "verify", "审核"
    APPROVE = "approve", "审批"
    PLAN = "plan", "编制计划"
    DISPATCH = "dispatch", "调度"
    ESCORT = "escort", "随车"
    READ = "read", "查阅"
    ADMINISTER = "administer", "管理"


class Organisation(models.Model):
    """One department's office in one division. Its scope is the division's subtree."""

    division = models.CharField(max_length=12)
    department = models.CharField(max_length=20, choices=Department)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ("division", "department")
        constraints = (
            models.UniqueConstraint(fields=("division", "department"), name="one_office_each"),
            models.CheckConstraint(
                condition=models.Q(division__regex=r"^\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?$"),
                name="office_division_is_a_code",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Staff(models.Model):
    """A person's post: which office, and what it entitles to."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="staff")
    roles = ArrayField(models.CharField(max_length=12, choices=Role))

    class Meta:
        ordering = ("organisation", "user")
        verbose_name_plural = "staff"

    def __str__(self) -> str:
        return f"{self.user} @ {self.organisation}"
