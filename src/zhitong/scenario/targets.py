"""What the records must count to on 2020-03-02, and how a thinner stock keeps the sums whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from zhitong.kernel.errors import UserError
from zhitong.places import Category

DAY = date(2020, 3, 2)
REPORTS_SINCE = date(2020, 2, 6)
FIRST_DEPARTURE = date(2020, 3, 3)
DEPARTURE_DAYS = 7

AT_WORK = 1_736_100
OUTSIDE = 385_700
THINNEST = 2000
"""At 1:2000 the workers outside still include everyone whom the log names."""

# How those inside the province divide; the article gives only their sum.
SHARES = {
    Category.WITHIN_TOWNSHIP: 0.22,
    Category.WITHIN_COUNTY: 0.38,
    Category.WITHIN_CITY: 0.23,
    Category.ELSEWHERE_IN_PROVINCE: 0.17,
}

# Those not at work, for each one who is.
WAITING, SEEKING, NOT_RETURNING = 0.10, 0.04, 0.02
DEPARTING = 200_000
"""People who want to leave in the coming week, before thinning and the cap."""
MOST_DEPARTING = 20_000
"""What one planning run takes in hand; at full scale the rest of the waiting give no dates."""


class BadScale(UserError):
    code = "bad-scale"


@dataclass(frozen=True)
class Targets:
    """Whole numbers of people of one scale."""

    categories: dict[Category, int]
    waiting: int
    seeking: int
    not_returning: int
    departing: int

    @property
    def outside(self) -> int:
        return self.categories[Category.OTHER_PROVINCE]

    @property
    def at_work(self) -> int:
        return sum(self.categories.values())


def targets(*, scale: int, departing: int | None = None) -> Targets:
    """The figures divided by `scale`, rounded so that inside + outside is the total.

    Raises BadScale outside 1..2000, and when more should depart than wait or seek.
    """
    if not 1 <= scale <= THINNEST:
        raise BadScale(f"the scale must be between 1 and {THINNEST}, not {scale}")
    total, outside = _nearest(AT_WORK, scale), _nearest(OUTSIDE, scale)
    waiting, seeking = round(total * WAITING), round(total * SEEKING)
    if departing is None:
        departing = min(round(DEPARTING / scale), MOST_DEPARTING)
    if not 0 <= departing <= waiting + seeking:
        raise BadScale(
            f"at 1:{scale} between 0 and {waiting + seeking} can depart, not {departing}"
        )
    return Targets(
        categories=apportion(total - outside, SHARES) | {Category.OTHER_PROVINCE: outside},
        waiting=waiting,
        seeking=seeking,
        not_returning=round(total * NOT_RETURNING),
        departing=departing,
    )


def _nearest(figure: int, scale: int) -> int:
    return (2 * figure + scale) // (2 * scale)


def apportion(total: int, shares: dict[Category, float]) -> dict[Category, int]:
    """Whole parts of `total` after `shares`, by largest remainder."""
    exact = {key: total * share / sum(shares.values()) for key, share in shares.items()}
    parts = {key: int(part) for key, part in exact.items()}
    left = total - sum(parts.values())
    for key in sorted(exact, key=lambda key: parts[key] - exact[key])[:left]:
        parts[key] += 1
    return parts
