"""The shipped profiles as records."""

from __future__ import annotations

from datetime import date

import pytest

from zhitong.policies import queries
from zhitong.policies.models import Profile, Rule
from zhitong.policies.operations import load_shipped, shipped

pytestmark = pytest.mark.django_db


def test_loading_twice_changes_nothing():
    load_shipped()
    before = list(Rule.objects.order_by("id").values())
    load_shipped()
    assert list(Rule.objects.order_by("id").values()) == before


def test_loading_mends_a_shipped_profile_and_leaves_others_alone():
    load_shipped()
    Rule.objects.filter(kind="load_cap", profile__key="2020-02-11").update(value=0.9)
    own = Profile.objects.create(key="own", title="本地", valid_from=date(2026, 1, 1))
    load_shipped()
    assert Rule.objects.get(kind="load_cap", profile__key="2020-02-11").value == 0.5
    assert Profile.objects.contains(own)


def test_a_frozen_profile_is_what_was_shipped():
    load_shipped()
    for frozen in shipped():
        stored = queries.freeze(queries.profile(frozen["key"]))
        assert stored == {**frozen, "rules": sorted(frozen["rules"], key=lambda r: r["kind"])}


def test_every_rule_says_who_says_so():
    assert [rule for frozen in shipped() for rule in frozen["rules"] if not rule["authority"]] == []


def test_an_unknown_profile_lists_the_known():
    load_shipped()
    with pytest.raises(queries.UnknownProfile, match="spring-2021"):
        queries.profile("spring-2031")
