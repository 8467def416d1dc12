"""Every golden figure, counted again from the files."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from recount import Scenario

from zhitong import places
from zhitong.places import Category


@pytest.fixture(params=["thin", "usual"])
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return request.getfixturevalue(request.param)


STOCK = {100: (17_361, 13_504, 3_857), 1000: (1_736, 1_350, 386)}


def test_people_at_work_count_to_the_thinned_figures(scenario: Scenario) -> None:
    total, inside, outside = STOCK[scenario.answers["scale"]]

    counted = dict(scenario.at_work["decided"].value_counts().iter_rows())

    assert None not in counted
    assert sum(counted.values()) == total == inside + outside
    assert counted[Category.OTHER_PROVINCE] == outside
    told = scenario.answers["golden"]["S2"]
    assert {one.key: counted[one] for one in Category} == told["categories"]
    assert (told["total"], told["within_province"], told["outside_province"]) == (
        total,
        inside,
        outside,
    )


def test_a_category_that_is_written_agrees_with_the_places(scenario: Scenario) -> None:
    written = scenario.at_work.filter(pl.col("category").is_not_null())
    labels = {int(one): one.label for one in Category}
    meant = written["decided"].replace_strict(labels, return_dtype=pl.String)

    assert len(written) > len(scenario.at_work) / 2
    assert written["category"].to_list() == meant.to_list()


def test_homes_are_townships_of_hebei(scenario: Scenario) -> None:
    assert scenario.at_work["home_code"].str.contains(r"^13\d{7}$").all()


def test_through_coaches_are_those_of_the_article(scenario: Scenario) -> None:
    log = scenario.log.filter(pl.col("title").is_not_null())
    trips = log.group_by("day", "title", "from_code", "to_code").agg(
        pl.col("count").sum(), pl.col("plate").n_unique(), pl.col("name").count().alias("named")
    )

    assert sorted(trips.iter_rows()) == [
        ("2020-02-24", "直通车", "4116", "130730108", 17, 1, 17),
        ("2020-02-27", "天津直通车", "130981", "12", 24, 1, 24),
        ("2020-02-28", "直通车", "131121", "5101", 22, 1, 22),
        ("2020-02-28", "直通车", "131124", "330782", 20, 1, 20),
        ("2020-02-28", "直通车", "131128", "2102", 22, 1, 22),
    ]


def test_riders_of_hebei_work_where_their_coach_went(scenario: Scenario) -> None:
    riders = scenario.log.filter(
        pl.col("identity").is_not_null() & pl.col("from_code").str.starts_with("13")
    )
    surveyed = scenario.at_work.select(
        number=pl.col("identity").str.normalize("NFKC").str.replace_all(" ", "").str.to_uppercase(),
        home="home_code",
        work="work_code",
        started="started",
        surveyed_name=pl.col("name").str.replace_all(" ", ""),
    )

    met = riders.join(surveyed, left_on="identity", right_on="number")

    assert len(met) == len(riders) == 24 + 64
    assert (met["name"] == met["surveyed_name"]).all()
    assert all(
        home.startswith(origin) and work.startswith(goal)
        for home, origin, work, goal in met.select(
            "home", "from_code", "work", "to_code"
        ).iter_rows()
    )


def test_coaches_between_provinces(scenario: Scenario) -> None:
    log = scenario.log
    outbound = log.filter(
        pl.col("from_code").str.starts_with("13") & ~pl.col("to_code").str.starts_with("13")
    )
    inbound = log.filter(
        ~pl.col("from_code").str.starts_with("13") & pl.col("to_code").str.starts_with("13")
    )

    assert (outbound["number"].n_unique(), outbound["count"].sum()) == (90, 1243)
    assert (inbound["number"].n_unique(), inbound["count"].sum()) == (24, 529)
    assert set(outbound["kind"]) | set(inbound["kind"]) == {"包车"}


def test_trips_by_class(scenario: Scenario) -> None:
    coaches = scenario.log.filter(pl.col("kind") == "包车")
    shuttles = scenario.log.filter(pl.col("kind") == "门对门班车")

    assert (coaches["plate"].n_unique(), coaches["count"].sum()) == (474, 7283)
    assert (shuttles["number"].n_unique(), shuttles["count"].sum()) == (154, 6864)
    assert scenario.log["number"].n_unique() == 628
    assert scenario.log["count"].sum() == 14_147
    assert set(shuttles["day"]) == {"2020-03-02"}
    assert coaches["day"].min() >= "2020-02-12"
    assert coaches["day"].max() <= "2020-03-02"


def test_shuttles_stay_in_their_county_and_coaches_keep_to_half_load(scenario: Scenario) -> None:
    trips = scenario.log.group_by("number").agg(
        pl.col("kind", "from_code", "to_code", "rated").first(), pl.col("count").sum()
    )
    rated = pl.col("rated").cast(pl.Int64)
    shuttle = pl.col("kind") == "门对门班车"

    same_county = pl.col("from_code").str.slice(0, 6) == pl.col("to_code").str.slice(0, 6)
    assert trips.filter(shuttle).select((same_county & (pl.col("count") <= rated)).all()).item()
    assert trips.filter(~shuttle).select((pl.col("count") * 2 <= rated).all()).item()
    cities = trips.filter(shuttle)["from_code"].str.slice(0, 4).value_counts(sort=True)
    assert set(cities.columns) and {"1302", "1311", "1305"} <= set(cities[:, 0].head(4))


def test_the_stock_of_the_day_before_and_a_year_before_exist(usual: Scenario) -> None:
    started = usual.at_work["started"].str.replace_all(r"\D+", "-").str.strip_chars("-")
    compact = started.str.contains(r"^\d{8}$")
    days = pl.select(
        pl.when(compact)
        .then(started.str.to_date("%Y%m%d", strict=False))
        .otherwise(started.str.to_date("%Y-%m-%d", strict=False))
    ).to_series()

    assert days.null_count() == 0
    assert days.max() == date(2020, 3, 2)
    of_the_day = (days == date(2020, 3, 2)).sum() / len(days)
    assert 0.01 < of_the_day < 0.08
    assert 0.1 < (days <= date(2019, 3, 2)).sum() / len(days) < 0.4
    assert (days < date(2020, 2, 6)).sum() < (days >= date(2020, 2, 6)).sum()


def test_the_answers_hold_the_published_trips(thin: Scenario) -> None:
    golden = thin.answers["golden"]

    assert [(one["people"], one["vehicles"]) for one in golden["S1"]] == [(17, 1), (24, 1), (64, 3)]
    assert golden["S4"] == {
        "outbound": {"trips": 90, "people": 1243},
        "inbound": {"trips": 24, "people": 529},
    }
    assert golden["S6"] == {
        "total": {"trips": 628, "people": 14_147},
        "door_to_door": {"runs": 154, "people": 6864},
        "point_to_point": {"vehicles": 474, "people": 7283},
    }


def test_coverage_counts_the_townships_that_speak(thin: Scenario) -> None:
    told = thin.answers["golden"]["S2"]["coverage"]

    assert told["due"] == len(places.expected_townships("13"))
    assert told["due"] - told["reported"] > 0
    homes = set(thin.at_work["home_code"])
    assert len(homes) <= told["reported"]
