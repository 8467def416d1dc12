"""Who acts in the chain, and the only place where a unit's code becomes its return."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from zhitong.flows.chain.rules import Actor
from zhitong.flows.models import Return
from zhitong.offices.access import staff_of
from zhitong.offices.models import Department, Staff


def actor_of(user: Any) -> Actor:
    """A user's post as the chain sees it; other departments read, and hold no role here.

    Raises PermissionDenied for whoever has no post.
    """
    staff = staff_of(user)
    if staff is None:
        raise PermissionDenied
    return actor_at(staff)


def actor_at(staff: Staff) -> Actor:
    """The same from a post that is already known."""
    office = staff.organisation
    ours = office.department == Department.HUMAN_RESOURCES
    return Actor(
        user=staff.user_id,
        scope=office.division,
        roles=frozenset(staff.roles) if ours else frozenset(),
    )


def returns_in(scope: str | None) -> QuerySet[Return]:
    """Returns of a scope's subtree; none without a scope."""
    return Return.objects.filter(unit__within=scope) if scope else Return.objects.none()
