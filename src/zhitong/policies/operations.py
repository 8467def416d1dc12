"""Loading the profiles that are shipped with the platform."""

from __future__ import annotations

import json
from importlib.resources import files

from django.db import transaction

from zhitong.policies.models import Profile, Rule
from zhitong.policies.queries import freeze
from zhitong.policies.rules import FrozenProfile


def shipped() -> list[FrozenProfile]:
    """The profiles in `profiles/`, in order of their files' names."""
    folder = files("zhitong.policies") / "profiles"
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".json"))
    return [json.loads((folder / name).read_text(encoding="utf-8")) for name in names]


@transaction.atomic
def load_shipped() -> list[Profile]:
    """Bring the shipped profiles into the database; the same files again change nothing.

    Profiles that an office wrote itself are left alone, and so are the copies that plans keep.
    """
    loaded = []
    for frozen in shipped():
        profile, _ = Profile.objects.update_or_create(
            key=frozen["key"],
            defaults={key: frozen[key] for key in ("title", "valid_from", "valid_to")},
        )
        profile.refresh_from_db()
        wanted = sorted(frozen["rules"], key=lambda rule: rule["kind"])
        if freeze(profile)["rules"] != wanted:
            profile.rules.all().delete()
            Rule.objects.bulk_create(Rule(profile=profile, **rule) for rule in wanted)
        loaded.append(profile)
    return loaded
