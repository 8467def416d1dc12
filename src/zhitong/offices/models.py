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
    ENTERPRISE = "enterprise", "企业"
    CARRIER = "carrier", "承运单位"
    COUNTERPART = "counterpart", "对口省份"


# Those of the state: one office a division. Of the others a division may have many.
OF_THE_STATE = (
    Department.HUMAN_RESOURCES,
    Department.PUBLIC_SECURITY,
    Department.TRANSPORT,
    Department.HEALTH,
    Department.RAILWAY,
)


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
    phone = models.CharField(max_length=30, blank=True, help_text="of the office, for reminders")

    class Meta:
        ordering = ("division", "department", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("division", "department"),
                condition=models.Q(department__in=OF_THE_STATE),
                name="one_office_each",
            ),
            models.UniqueConstraint(
                fields=("division", "department", "name"), name="an_organisation_once"
            ),
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
    sessions_from = models.DateTimeField(
        null=True, help_text="sessions begun earlier have ended, whatever their cookie says"
    )

    class Meta:
        ordering = ("organisation", "user")
        verbose_name_plural = "staff"

    def __str__(self) -> str:
        return f"{self.user} @ {self.organisation}"


class Invitation(models.Model):
    """A link by which one person chooses a password, once, until it expires.

    The account exists already, without a usable password; the link's secret is kept as a digest.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations")
    digest = models.BinaryField(max_length=32, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("invited_at")),
                name="an_invitation_has_time",
            ),
        )

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class ApiToken(models.Model):
    """A key for a program of an organisation: what it may ask, of which division, until when.

    Only the digest of its secret is kept; the secret is told once.
    """

    class Permission(models.TextChoices):
        FIGURES = "figures", "日报数字"
        COMPLETENESS = "completeness", "报送情况"
        FLOWS = "flows", "流向"
        BULLETIN = "bulletin", "公报数字"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60, help_text="what it is for")
    digest = models.BinaryField(max_length=32, unique=True)
    scope = models.CharField(max_length=12, help_text="division whose subtree it reads")
    permissions = ArrayField(models.CharField(max_length=12, choices=Permission))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)
    uses = models.PositiveBigIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="a_token_has_time"
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="somebody_revoked_it",
            ),
        )

    def __str__(self) -> str:
        return f"token {self.pk}"
