"""Where every access rule starts: what a user may reach, as a division whose subtree is theirs."""

from __future__ import annotations

from typing import Any

from zhitong.offices.models import Role, Staff


def staff_of(user: Any) -> Staff | None:
    """The post of an active, signed-in user, with its organisation; None for anybody else."""
    if not getattr(user, "is_active", False):
        return None
    return Staff.objects.select_related("organisation").filter(user_id=user.pk).first()


def scope_of(user: Any) -> str | None:
    """The division whose subtree the user may read, or None: then nothing."""
    staff = staff_of(user)
    return staff.organisation.division if staff else None


def may(user: Any, role: Role) -> bool:
    """Whether the user's post carries the role."""
    staff = staff_of(user)
    return staff is not None and role in staff.roles


def covers(scope: str | None, division: str) -> bool:
    """Whether a division lies in a scope's subtree. No scope covers nothing."""
    return bool(scope) and division.startswith(str(scope))
