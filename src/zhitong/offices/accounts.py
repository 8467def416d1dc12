"""Accounts and posts: given, changed, disabled and restored by the administrator above."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_noop as _

from zhitong.kernel import journal
from zhitong.kernel.errors import UserError
from zhitong.offices import access
from zhitong.offices.invitations import invite
from zhitong.offices.models import Organisation, Role, Staff

USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,49}")


class NotYours(UserError):
    """The administrator's office does not give posts there, or not this one."""

    code = "not-yours-to-appoint"


class BadPost(UserError):
    """A user name or a set of roles that cannot be."""

    code = "bad-post"


@transaction.atomic
def open_account(
    *,
    organisation: Organisation,
    username: str,
    name: str,
    roles: Sequence[str],
    by: User,
    now: datetime,
) -> tuple[Staff, str]:
    """An account with a post and the secret of its invitation, told this once.

    Raises `NotYours` and `BadPost`.
    """
    _check(organisation, roles, by)
    check_username(username)
    users = get_user_model().objects
    if users.filter(username__iexact=username).exists():
        raise BadPost(
            _("用户名 {username} 已被使用，请换一个。"), code="username-taken", username=username
        )
    user = users.create_user(username, first_name=name.strip()[:150])
    post = Staff.objects.create(user=user, organisation=organisation, roles=in_order(roles))
    [token] = invite(users=[user], by=by, now=now)
    _record("account-created", post, by=by, now=now, roles=post.roles)
    return post, token


@transaction.atomic
def change_roles(*, post: Staff, roles: Sequence[str], by: User, now: datetime) -> None:
    """Give a post other roles; they hold from its next request on. Raises `NotYours`, `BadPost`."""
    post = Staff.objects.select_for_update(of=("self",)).get(pk=post.pk)
    _check(post.organisation, {*roles, *post.roles}, by)
    check_roles(roles)
    before, post.roles = post.roles, in_order(roles)
    post.save(update_fields=["roles"])
    _record("roles-changed", post, by=by, now=now, before=before, after=post.roles)


@transaction.atomic
def disable(*, post: Staff, by: User, now: datetime) -> None:
    """Shut an account at once: its sessions end and its open invitation with it."""
    _check(post.organisation, post.roles, by)
    post.user.is_active = False
    post.user.save(update_fields=["is_active"])
    _end_sessions(post, now)
    post.user.invitations.filter(used_at=None).delete()
    _record("account-disabled", post, by=by, now=now)


@transaction.atomic
def restore(*, post: Staff, by: User, now: datetime) -> None:
    """Open a disabled account again. Sessions from before stay ended."""
    _check(post.organisation, post.roles, by)
    post.user.is_active = True
    post.user.save(update_fields=["is_active"])
    _record("account-restored", post, by=by, now=now)


@transaction.atomic
def reinvite(*, post: Staff, by: User, now: datetime) -> str:
    """For who lost the link, the password or the authenticator: all three are void, and a new link.

    The secret of the link is told this once.
    """
    _check(post.organisation, post.roles, by)
    post.user.set_unusable_password()
    post.user.save(update_fields=["password"])
    Authenticator.objects.filter(user=post.user).delete()
    _end_sessions(post, now)
    [token] = invite(users=[post.user], by=by, now=now)
    _record("account-reinvited", post, by=by, now=now)
    return token


def check_username(username: str) -> None:
    """Raises `BadPost` for a name that is no user name."""
    if not USERNAME.fullmatch(username):
        raise BadPost(
            _(
                "用户名“{username}”不符合要求：3 至 50 位字母、数字、点、横线或下划线，"
                "以字母或数字开头。"
            ),
            code="bad-username",
            username=username,
        )


def check_roles(roles: Sequence[str] | set[str]) -> None:
    """Raises `BadPost` for no roles, or for one that does not exist."""
    if not roles:
        raise BadPost(_("请至少选择一个岗位。"), code="no-roles")
    if unknown := set(roles) - set(Role.values):
        raise BadPost(
            _("没有这样的岗位：{roles}。"), code="unknown-role", roles="、".join(sorted(unknown))
        )


def in_order(roles: Sequence[str]) -> list[str]:
    return [role for role in Role.values if role in roles]


def may_give(*, organisation: Organisation, roles: Sequence[str] | set[str], by: User) -> bool:
    """Whether `by` may give these roles there; see `access.may_appoint`."""
    return access.may_appoint(
        by,
        to=organisation.division,
        department=organisation.department,
        administrator=Role.ADMINISTER in roles,
    )


def _check(organisation: Organisation, roles: Sequence[str] | set[str], by: User) -> None:
    check_roles(roles)
    if not may_give(organisation=organisation, roles=roles, by=by):
        raise NotYours(_("您不能设置该机构的这一岗位；管理员岗位由上一级机构设置。"))


def _end_sessions(post: Staff, now: datetime) -> None:
    post.sessions_from = now
    post.save(update_fields=["sessions_from"])


def _record(verb: str, post: Staff, *, by: User, now: datetime, **details: object) -> None:
    journal.record(
        actor=by,
        verb=verb,
        subject=f"user:{post.user_id}",
        now=now,
        details={"organisation": post.organisation_id, **details},
    )
