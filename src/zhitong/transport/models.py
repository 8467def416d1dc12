"""Plans, trips, stops, passages, manifests.

Four counts that are never mixed: person-trips (人次, passages), persons (人, distinct workers),
trips (车次, rows of `Trip`) and vehicles (辆, distinct plates).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from zhitong.registry.models import Batch, Departure, Worker
from zhitong.transport import records


class Plan(models.Model):
    """An answered planning problem: enough to rebuild the answer from."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "待确认"
        ACCEPTED = "accepted", "已确认"
        DISCARDED = "discarded", "已作废"

    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    scope = models.CharField(max_length=12)
    first_day = models.DateField()
    last_day = models.DateField()
    policy = models.JSONField(help_text="the profile as it was, rules included")
    demand = models.JSONField(help_text="the problems, their distances left out")
    answer = models.JSONField()
    digest = models.BinaryField(max_length=32, help_text="of problem, policy, seed and stop")
    cost = models.FloatField(help_text="CNY, of the whole answer")
    lower_bound = models.FloatField(help_text="CNY")
    seed = models.BigIntegerField()
    seconds = models.FloatField(null=True, help_text="the stop: seconds for the whole search")
    iterations = models.BigIntegerField(null=True, help_text="the stop: iterations a block")
    version = models.CharField(max_length=20, blank=True, help_text="of the program that planned")
    decided_at = models.DateTimeField(null=True, help_text="accepted or discarded")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("digest",),
                condition=~Q(state="discarded"),
                name="a_problem_has_one_live_plan",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at__isnull=True)
                | Q(~Q(state="proposed"), decided_at__isnull=False),
                name="a_decision_has_its_time",
            ),
        )

    def __str__(self) -> str:
        return f"plan {self.pk}"

    @property
    def problem(self) -> dict[str, Any]:
        """What was to be planned, every block in the planner's own format."""
        return records.with_distances(self.demand)

    @problem.setter
    def problem(self, whole: dict[str, Any]) -> None:
        self.demand = records.without_distances(whole)

    @property
    def gap(self) -> float:
        """The share of the cost that is not proven necessary."""
        return max(0.0, (self.cost - self.lower_bound) / self.cost) if self.cost > 0 else 0.0


class Trip(models.Model):
    """One vehicle on one day."""

    class Kind(models.TextChoices):
        COACH = "coach", "包车"
        SHUTTLE = "shuttle", "门对门班车"

    class State(models.TextChoices):
        PLANNED = "planned", "已编制"
        ARRIVED = "arrived", "已到达"
        CANCELLED = "cancelled", "已取消"

    number = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    day = models.DateField()
    origin = models.CharField(max_length=12)
    destination = models.CharField(max_length=12)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="trips")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="trips")
    title = models.CharField(max_length=60, blank=True, help_text="e.g. 天津直通车")
    vehicle_type = models.CharField(max_length=40, blank=True)
    plate = models.CharField(max_length=12, blank=True)
    carrier = models.CharField(max_length=60, blank=True)
    rated = models.PositiveSmallIntegerField(null=True, help_text="rated passengers")
    seats = models.PositiveSmallIntegerField(null=True, help_text="passenger seats, from the front")
    usable = models.PositiveSmallIntegerField(null=True, help_text="seats the policy leaves")
    usable_source = models.CharField(max_length=200, blank=True, help_text="which rule, whose")
    km = models.PositiveIntegerField(null=True)
    drivers = models.PositiveSmallIntegerField(null=True)
    policy = models.CharField(max_length=40, blank=True, help_text="profile key")
    dear = models.JSONField(null=True, help_text="of a dear trip: rate, reason, what would help")

    class Meta:
        ordering = ("day", "number")
        constraints = (
            models.CheckConstraint(
                condition=Q(plan__isnull=True) | Q(batch__isnull=True),
                name="planned_or_reported",
            ),
            # What is of no known kind or state would drop out of every total unseen.
            models.CheckConstraint(
                condition=Q(kind__in=("coach", "shuttle")), name="trip_is_of_a_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("planned", "arrived", "cancelled")),
                name="trip_is_in_a_known_state",
            ),
        )
        indexes = (models.Index(fields=("day", "kind"), name="trip_by_day"),)

    def __str__(self) -> str:
        return self.number


class Stop(models.Model):
    """A place where people board or leave, in the order of the journey."""

    class Kind(models.TextChoices):
        PICKUP = "pickup", "上车"
        DROP = "drop", "下车"

    trip = models.ForeignKey(Trip, models.CASCADE, related_name="stops")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=6, choices=Kind)
    division = models.CharField(max_length=12)
    place = models.CharField(max_length=80, blank=True)
    km = models.PositiveIntegerField(default=0, help_text="from the first stop")
    planned_at = models.DateTimeField(null=True, help_text="arrival; departure at the first stop")

    class Meta:
        ordering = ("trip", "position")
        constraints = (
            models.UniqueConstraint(fields=("trip", "position"), name="a_position_once_a_trip"),
        )

    def __str__(self) -> str:
        return f"{self.trip_id}.{self.position}"


class Passage(models.Model):
    """One person on one trip. A log that gives only a number gives passages without a worker."""

    class State(models.TextChoices):
        BOOKED = "booked", "已排座"
        ARRIVED = "arrived", "已到达"
        NO_SHOW = "no_show", "未到"
        LEFT = "left", "中途离开"
        HAND_OFF = "hand_off", "发热移交"
        REFUSED = "refused", "拒收"
        CANCELLED = "cancelled", "取消"

    trip = models.ForeignKey(Trip, models.CASCADE, related_name="passages")
    worker = models.ForeignKey(Worker, models.PROTECT, null=True, related_name="passages")
    departure = models.ForeignKey(Departure, models.PROTECT, null=True, related_name="passages")
    name = models.CharField(max_length=60, blank=True, help_text="when not in the registry")
    seat = models.PositiveSmallIntegerField(null=True)
    pickup = models.ForeignKey(Stop, models.PROTECT, null=True, related_name="boarding")
    drop = models.ForeignKey(Stop, models.PROTECT, null=True, related_name="leaving")
    state = models.CharField(max_length=10, choices=State)

    class Meta:
        ordering = ("trip", "seat", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("trip", "seat"),
                condition=~Q(state__in=("no_show", "cancelled")),
                name="a_seat_holds_one_live_passage",
            ),
            models.UniqueConstraint(
                fields=("departure",),
                condition=~Q(state__in=("no_show", "cancelled")),
                name="a_departure_has_one_live_passage",
            ),
            models.CheckConstraint(
                condition=Q(worker__isnull=True) | Q(name=""), name="a_worker_is_not_named_again"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=(
                        "booked",
                        "arrived",
                        "no_show",
                        "left",
                        "hand_off",
                        "refused",
                        "cancelled",
                    )
                ),
                name="passage_ends_in_a_known_state",
            ),
        )

    def __str__(self) -> str:
        return f"passage {self.pk}"


class LeftOver(models.Model):
    """A departure that a plan could not serve, why, and the cheapest remedy."""

    class Reason(models.TextChoices):
        NO_COMMON_DAY = "no_common_day", "同行人没有共同的出行日"
        PARTY_DISAGREES = "party_disagrees", "同行人出发地或目的地不一致"
        TOO_NEAR = "too_near", "出发地与目的地过近"
        NO_COORDINATES = "no_coordinates", "缺少地点坐标"
        NO_VEHICLE = "no_vehicle", "超过最大车型可用座位"
        TOO_FEW = "too_few", "不成团"

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="left_over")
    departure = models.ForeignKey(Departure, models.CASCADE, related_name="left_over")
    reason = models.CharField(max_length=20, choices=Reason)
    remedy = models.CharField(max_length=200)
    # The remedy as message and values (`advice.Advice`); empty where an older version wrote it.
    advice = models.JSONField(default=dict)

    class Meta:
        ordering = ("plan", "id")
        verbose_name_plural = "left over"
        constraints = (
            models.UniqueConstraint(
                fields=("plan", "departure"), name="a_departure_left_over_once_a_plan"
            ),
        )

    def __str__(self) -> str:
        return f"departure {self.departure_id}: {self.reason}"


class Manifest(models.Model):
    """An issued version of a trip's list; a later version voids it."""

    trip = models.ForeignKey(Trip, models.CASCADE, related_name="manifests")
    version = models.PositiveSmallIntegerField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    digest = models.BinaryField(max_length=32, help_text="of the content, seats and people")

    class Meta:
        ordering = ("trip", "version")
        constraints = (
            models.UniqueConstraint(fields=("trip", "version"), name="a_version_once_a_trip"),
            models.CheckConstraint(condition=Q(version__gte=1), name="versions_start_at_one"),
        )

    def __str__(self) -> str:
        return f"{self.trip_id} v{self.version}"
