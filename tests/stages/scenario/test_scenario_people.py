"""People are plausible, valid and belong to nobody."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from recount import Scenario
from stdnum.cn import uscc

from zhitong import places
from zhitong.registry import identity
from zhitong.registry.survey import MODES
from zhitong.scenario import employers
from zhitong.scenario.targets import DAY


def _good(scenario: Scenario) -> pl.DataFrame:
    good = scenario.rows.filter("right")
    number = pl.col("identity").str.normalize("NFKC").str.replace_all(r"\s", "")
    return good.with_columns(number=number.str.to_uppercase())


def test_identity_numbers_are_valid_and_unique(usual: Scenario) -> None:
    good = _good(usual)

    judged = identity.examine(good["number"], about=DAY)

    assert judged["fault"].null_count() == len(good)
    assert good["number"].n_unique() == len(good)
    age = (DAY.year - judged["born"].dt.year()).to_numpy()
    assert age.min() >= 15
    assert age.max() <= 66
    assert 0.55 < (judged["sex"] == "M").mean() < 0.75


def test_identity_numbers_were_never_given_to_anybody_of_that_age(usual: Scenario) -> None:
    assert _good(usual)["number"].str.slice(14, 3).is_in(["996", "997", "998", "999"]).all()


def test_most_numbers_come_from_the_home_county(usual: Scenario) -> None:
    good = usual.at_work.with_columns(
        given=pl.col("identity").str.normalize("NFKC").str.slice(0, 6),
        county=pl.col("home_code").str.slice(0, 6),
    )

    assert 0.7 < (good["given"] == good["county"]).mean() < 0.95
    assert all(places.exists(code) for code in good["given"].unique())


def test_telephones_show_that_they_are_made_up(usual: Scenario) -> None:
    phones = _good(usual)["phone"].str.normalize("NFKC").str.replace_all(r"\s", "")

    assert phones.str.contains(r"^1[3-9]\d000\d{5}$").all()


def test_employers_have_valid_codes_of_the_county_where_people_work(usual: Scenario) -> None:
    known = usual.at_work.filter(pl.col("employer_code").is_not_null())

    assert all(uscc.is_valid(code) for code in known["employer_code"].unique())
    registered = known["employer_code"].str.slice(2, 6)
    assert (registered == known["work_code"].str.slice(0, 6).str.pad_end(6, "0")).all()
    names = known.group_by("employer_code").agg(pl.col("employer").n_unique())
    assert names["employer"].max() == 1


@given(st.lists(st.sampled_from(["110101", "131121", "441900"]), min_size=1, max_size=5))
def test_credit_codes_are_valid(counties: list[str]) -> None:
    codes = employers.credit_codes(counties, serial=pl.arange(len(counties), eager=True).to_numpy())

    assert all(uscc.is_valid(code) for code in codes)


def test_names_have_compound_surnames_and_rare_characters(usual: Scenario) -> None:
    names = "".join(_good(usual)["name"])

    assert any(surname in names for surname in ("欧阳", "司马", "上官", "诸葛"))
    assert any(character in names for character in "喆堃赟玥垚昇淼犇㛃䶮")


def test_departures_of_the_week_are_parties_of_one_journey(usual: Scenario) -> None:
    good = usual.rows.filter(pl.col("right") & pl.col("earliest").is_not_null())

    assert len(good) == usual.answers["departures"]["people"] == 2000
    assert set(good["status"]) == {"在家待岗", "求职"}
    assert set(good["mode"]) <= set(MODES)
    bound = good["work"].is_not_null() | good["destination"].is_not_null()
    assert bound.all()
    parties = good.filter(pl.col("party").is_not_null()).group_by("file", "party").len()
    assert parties["len"].min() == 2
    assert parties["len"].max() == 6
