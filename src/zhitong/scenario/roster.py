"""Everybody in the survey as columns of numbers, before anything is written down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhitong.places import Category
from zhitong.scenario import employers, people
from zhitong.scenario.departures import Departures
from zhitong.scenario.departures import draw as draw_departures
from zhitong.scenario.employers import Employers
from zhitong.scenario.ground import Ground, draw_rows
from zhitong.scenario.lists import draw, industries
from zhitong.scenario.people import People
from zhitong.scenario.targets import DAY, REPORTS_SINCE, Targets

AT_WORK, WAITING, SEEKING, NOT_RETURNING = 1, 2, 3, 4
NOWHERE = -1
NO_EMPLOYER = -1

# Share of spells that began before the daily reports, and mean age, by category.
STEADY = np.array([0.0, 0.55, 0.42, 0.33, 0.27, 0.16])
MEAN_AGE = np.array([41.0, 47.0, 43.0, 41.0, 39.0, 38.0])


@dataclass(frozen=True)
class Ride:
    """A through coach of section S1 with riders who are in the survey."""

    home: str
    destination: str
    people: int
    day: int
    """Days since DAY, negative."""


# Riders come from the county named and work, since the day after, where the coach went.
RIDES = (
    Ride("130981", "12", 24, -4),
    Ride("131121", "5101", 22, -3),
    Ride("131124", "330782", 20, -3),
    Ride("131128", "2102", 22, -3),
)


@dataclass(frozen=True)
class Roster:
    """Columns of one length. Good rows first (`good` of them), then spare people for wrong rows."""

    good: int
    status: NDArray[np.int64]
    category: NDArray[np.int64]
    """Category number; 0 for those not at work."""
    home: NDArray[np.int64]
    """Township."""
    site: NDArray[np.int64]
    """Site of work, also of the last work of those who wait; NOWHERE."""
    started: NDArray[np.int64]
    """Days since 2020-03-02, never positive; meaningless for those not at work."""
    employer: NDArray[np.int64]
    occupation: NDArray[np.int64]
    people: People
    departures: Departures
    employers: Employers
    occupations: list[str]
    riders: list[NDArray[np.int64]]
    """Rows of those on each of RIDES."""


def assemble(rng: np.random.Generator, *, ground: Ground, wanted: Targets, spare: int) -> Roster:
    """Draw the whole province; the same generator state gives the same roster."""
    riders, homes, sites, categories = _at_work(rng, ground, wanted)
    at_work = wanted.at_work
    trips = draw_departures(
        rng, ground=ground, people=wanted.departing, waiting=wanted.waiting, seeking=wanted.seeking
    )
    waiting_home, waiting_site = trips.home, trips.destination
    staying = draw(rng, ground.weight, wanted.not_returning)
    extra_home = draw(rng, ground.weight, spare)
    extra_site = ground.abroad_site[draw_rows(rng, ground.abroad, ground.county_of[extra_home])]
    idle = wanted.waiting + wanted.seeking
    home = np.concatenate([homes, waiting_home, staying, extra_home])
    site = np.concatenate([sites, waiting_site, np.full(len(staying), NOWHERE), extra_site])
    category = np.concatenate(
        [categories, np.zeros(idle + len(staying), dtype=np.int64), np.full(spare, 5)]
    )
    status = np.concatenate(
        [
            np.full(at_work, AT_WORK),
            trips.status,
            np.full(len(staying), NOT_RETURNING),
            np.full(spare, AT_WORK),
        ]
    )
    # Who looks for work has no workplace; where they want to go stands in the departure.
    site = np.where(status == SEEKING, NOWHERE, site)

    county, counties = _county_of_site(ground, site)
    employed = site != NOWHERE
    firms = employers.found(
        rng, counties=counties, workers=np.bincount(county[employed], minlength=len(counties))
    )
    employer = np.full(len(home), NO_EMPLOYER)
    employer[employed] = firms.choose(rng, county[employed])
    occupations, occupation, men = _occupations(rng, firms, employer)
    # Some work for themselves or by the day.
    employer[rng.random(len(home)) < 0.08] = NO_EMPLOYER

    started = _started(rng, category)
    for ride, rows in zip(RIDES, riders, strict=True):
        started[rows] = ride.day + 1
    return Roster(
        good=len(home) - spare,
        status=status,
        category=category,
        home=home,
        site=site,
        started=started,
        employer=employer,
        occupation=occupation,
        people=people.create(
            rng, ground=ground, home=home, men_share=men, mean_age=MEAN_AGE[category]
        ),
        departures=trips.placed(before=at_work, after=len(staying) + spare),
        employers=firms,
        occupations=occupations,
        riders=riders,
    )


def _at_work(
    rng: np.random.Generator, ground: Ground, wanted: Targets
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Riders' rows, then home, site and category of everybody at work."""
    homes: list[NDArray[np.int64]] = []
    sites: list[NDArray[np.int64]] = []
    categories: list[NDArray[np.int64]] = []
    riders: list[NDArray[np.int64]] = []
    for ride in RIDES:
        begin = sum(len(one) for one in homes)
        weight = _inside(ground, ride.home)
        reach = [code.startswith(ride.destination) for code in ground.sites]
        homes.append(draw(rng, weight, ride.people))
        sites.append(rng.choice(np.flatnonzero(reach), ride.people))
        riders.append(np.arange(begin, begin + ride.people))
    seated = sum(ride.people for ride in RIDES)
    categories.append(np.full(seated, int(Category.OTHER_PROVINCE)))
    for category, count in wanted.categories.items():
        if category == Category.OTHER_PROVINCE:
            count -= seated
        home, site = _pairs(rng, ground, category, count)
        homes.append(home)
        sites.append(site)
        categories.append(np.full(count, int(category)))
    return riders, np.concatenate(homes), np.concatenate(sites), np.concatenate(categories)


def _inside(ground: Ground, code: str) -> NDArray[np.float64]:
    mine = np.array([one.startswith(code) for one in ground.townships])
    return np.where(mine, ground.weight, 0.0)


def _pairs(
    rng: np.random.Generator, ground: Ground, category: Category, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Homes and sites of `count` people of one category."""
    if category == Category.WITHIN_TOWNSHIP:
        home = draw(rng, ground.weight, count)
        return home, home
    if category == Category.WITHIN_COUNTY:
        alone = np.diff(ground.first_of_county) == 1
        home = draw(rng, np.where(alone[ground.county_of], 0, ground.weight), count)
        return home, _other_township(rng, ground, home)
    matrix = {
        Category.WITHIN_CITY: ground.near,
        Category.ELSEWHERE_IN_PROVINCE: ground.far,
        Category.OTHER_PROVINCE: ground.abroad,
    }[category]
    # A county that is a city by itself has nobody "outside the county, inside the city".
    possible = matrix.sum(axis=1) > 0
    home = draw(rng, np.where(possible[ground.county_of], ground.weight, 0), count)
    reached = draw_rows(rng, matrix, ground.county_of[home])
    site = ground.abroad_site if category == Category.OTHER_PROVINCE else ground.county_site
    return home, site[reached]


def _other_township(
    rng: np.random.Generator, ground: Ground, home: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Another township of the same county; the seat, listed first, takes a good part."""
    county = ground.county_of[home]
    first, size = ground.first_of_county[county], np.diff(ground.first_of_county)[county]
    lean = rng.random(len(home)) ** 1.6
    other: NDArray[np.int64] = first + (lean * (size - 1)).astype(np.int64)
    other += other >= home
    return other


def _county_of_site(ground: Ground, site: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[str]]:
    """The county of each site (0 for NOWHERE), and the codes of all counties with sites."""
    counties = ground.sites[len(ground.townships) :]
    of_site = np.r_[ground.county_of, np.arange(len(counties))]
    return of_site[np.maximum(site, 0)], counties


def _occupations(
    rng: np.random.Generator, firms: Employers, employer: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.int64], NDArray[np.float64]]:
    """Codes, each one's occupation (index) and the share of men where they work."""
    kinds = industries()
    any_kind = draw(rng, np.array([kind.inside for kind in kinds]), len(employer))
    industry = np.where(employer == NO_EMPLOYER, any_kind, firms.industry[employer])
    codes, occupation = employers.occupations_of(rng, industry)
    return codes, occupation, np.array([kind.men for kind in kinds])[industry]


def _started(rng: np.random.Generator, category: NDArray[np.int64]) -> NDArray[np.int64]:
    """First day at work, as days since 2020-03-02: steady jobs, and the return since 02-06."""
    steady = rng.random(len(category)) < STEADY[category]
    # Half of the steady ones have been there for over a year: they make the year-before figure.
    steady_days = -np.rint(30 + rng.gamma(2.0, 210.0, len(category))).astype(np.int64)
    first = (REPORTS_SINCE - DAY).days
    days = np.arange(first, 1)
    # Works reopened slowly, then fast after the 17th, and hardly on Sundays.
    ramp = 1 / (1 + np.exp(-(days + 12) / 3.5)) * np.exp(-np.maximum(days + 4, 0) / 9.0)
    weekday = (days + DAY.weekday()) % 7
    ramp *= np.where(weekday == 6, 0.6, 1.0)
    back = days[draw(rng, ramp, len(category))]
    return np.where(steady, np.minimum(steady_days, first - 1), back)
