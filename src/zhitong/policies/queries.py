"""Reads of profiles."""

from __future__ import annotations

from zhitong.kernel.errors import UserError
from zhitong.policies.models import Profile
from zhitong.policies.rules import FrozenProfile, FrozenRule


class UnknownProfile(UserError):
    code = "unknown-profile"


def profile(key: str) -> Profile:
    """The profile of a key. Raises `UnknownProfile`, which lists those there are."""
    found = Profile.objects.filter(key=key).first()
    if found is None:
        known = "、".join(Profile.objects.values_list("key", flat=True)) or "（尚未载入）"
        raise UnknownProfile(f"没有名为“{key}”的政策方案，可用：{known}。")
    return found


def freeze(profile: Profile) -> FrozenProfile:
    """A profile with its rules as JSON: what a plan keeps and `rules` decides from."""
    return FrozenProfile(
        key=profile.key,
        title=profile.title,
        valid_from=profile.valid_from.isoformat(),
        valid_to=profile.valid_to.isoformat() if profile.valid_to else None,
        rules=[
            FrozenRule(
                kind=rule.kind,
                scope=rule.scope,
                value=rule.value,
                severity=rule.severity,
                authority=rule.authority,
                document=rule.document,
                assumed=rule.assumed,
            )
            for rule in profile.rules.order_by("kind", "id")
        ],
    )
