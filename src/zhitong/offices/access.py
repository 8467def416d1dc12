"""Where every access rule starts: what a user may reach, as a division whose subtree is theirs."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404

from zhitong.offices import rules
from zhitong.offices.models import Department, Organisation, Role, Staff
from zhitong.offices.rules import Stage

# Set on the user of one request, which lives no longer than the answer does.
_REMEMBERED = "_zhitong_post"


def staff_of(user: Any) -> Staff | None:
    """The post of an active, signed-in user, with its organisation; None for anybody else."""
    if not getattr(user, "is_active", False):
        return None
    remembered: Staff | None = getattr(user, _REMEMBERED, None)
    if remembered is not None:
        return remembered
    return Staff.objects.select_related("organisation").filter(user_id=user.pk).first()


def remember_post(user: Any) -> Staff | None:
    """`staff_of`, asked once for all that this user object is asked from now on.

    For the user of one request only: what changes in the database later is not seen.
    """
    post = staff_of(user)
    if post is not None:
        setattr(user, _REMEMBERED, post)
    return post


def scope_of(user: Any) -> str | None:
    """The division whose subtree the user may read, or None: then nothing."""
    staff = staff_of(user)
    return staff.organisation.division if staff else None


def may(user: Any, role: Role) -> bool:
    """Whether the user's post carries the role."""
    staff = staff_of(user)
    return staff is not None and role in staff.roles


def sees(user: Any, stage: Stage) -> bool:
    """Whether the user's department has to do with a stage."""
    staff = staff_of(user)
    return staff is not None and rules.sees(staff.organisation.department, stage)


def covers(scope: str | None, division: str) -> bool:
    """Whether a division lies in a scope's subtree. No scope covers nothing."""
    return bool(scope) and division.startswith(str(scope))


def may_appoint(user: Any, *, to: str, department: str, administrator: bool = False) -> bool:
    """Whether the user may open an organisation in a division and give posts in it.

    See `rules.may_appoint` and `rules.may_invite_counterpart`.
    """
    staff = staff_of(user)
    if staff is None or Role.ADMINISTER not in staff.roles:
        return False
    office = staff.organisation
    asked = {
        "above": office.division,
        "department": office.department,
        "to": to,
        "to_department": department,
    }
    if rules.may_appoint(**asked, administrator=administrator):
        return True
    return not administrator and rules.may_invite_counterpart(**asked) and _alone(office)


def administered_by(user: Any) -> QuerySet[Organisation]:
    """The organisations in which an administrator may give posts; none for anybody else."""
    staff = staff_of(user)
    if staff is None or Role.ADMINISTER not in staff.roles:
        return Organisation.objects.none()
    office = staff.organisation
    allowed = [
        department
        for department in rules.VIEWS
        if may_appoint(user, to=office.division, department=department)
    ]
    reached = Q(division__within=office.division, department__in=allowed)
    if (
        len(office.division) == rules.PROVINCE_DIGITS
        and office.department == Department.HUMAN_RESOURCES
        and _alone(office)
    ):
        reached |= Q(department=Department.COUNTERPART)
    return Organisation.objects.filter(reached)


def _alone(office: Organisation) -> bool:
    """Whether no other province has an office of its own in this installation."""
    own = Organisation.objects.filter(department=Department.HUMAN_RESOURCES)
    return not own.exclude(division__within=office.division).exists()


def staff_for(user: Any, staff_id: int) -> Staff:
    """A post that the user administers. Raises Http404 for any other, their own included."""
    posts = Staff.objects.select_related("organisation", "user")
    found = posts.filter(pk=staff_id, organisation__in=administered_by(user))
    one = found.exclude(user_id=user.pk).first()
    if one is None:
        raise Http404
    return one
