"""The journal: who did what, when, to which record; and long jobs with the files they work on."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from zhitong.kernel.sentences import told


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


class Job(models.Model):
    """Work that outlives a request: what was asked, how far it is, what came of it.

    The queue is procrastinate's, which knows only the number of the job. Parameters and result
    are free of personal data; those are in the job's files, sealed. `fault` says in Chinese why a
    job failed; where that was a user's mistake, the result keeps the sentence with its gaps.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "排队中"
        RUNNING = "running", "处理中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"

    kind = models.CharField(max_length=40)
    scope = models.CharField(max_length=12, help_text="division of the office it was started in")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=60, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    heard_at = models.DateTimeField(null=True, help_text="when its worker last told how far it is")
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    fault = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"job {self.pk} ({self.kind})"

    def told_fault(self) -> str:
        """Why it failed, in the language in force."""
        return told(self.result.get("fault") or self.fault)


class JobFile(models.Model):
    """A file that a job is given or makes. Its content lies sealed in `pieces`."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="files")
    made = models.BooleanField(help_text="by the job, for people to fetch; else given to it")
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    about = models.CharField(max_length=80, blank=True, help_text="the record it belongs to")

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("about",), name="job_file_by_record"),)

    def __str__(self) -> str:
        return f"file {self.pk} of job {self.job_id}"


class JobFilePiece(models.Model):
    """Some megabytes of a file: no file has to fit into memory whole."""

    file = models.ForeignKey(JobFile, models.CASCADE, related_name="pieces", db_index=False)
    position = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ("file", "position")
        constraints = (
            models.UniqueConstraint(fields=("file", "position"), name="a_piece_once_a_file"),
        )

    def __str__(self) -> str:
        return f"piece {self.position} of file {self.file_id}"
