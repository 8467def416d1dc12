"""Between the password and the second step: allauth keeps in the session who is half in.

The account is signed in only when both are done: a session with a user is always a full one.
"""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import LoginStage, LoginStageController
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from zhitong.kernel import journal
from zhitong.offices import second_factor
from zhitong.web import lockout


class SecondStep(LoginStage):
    """A code of the authenticator; of who has none, that they enrol one."""

    key = "second-step"

    @property
    def user(self) -> User:
        """Who is half in."""
        assert isinstance(self.login.user, User)
        return self.login.user

    def handle(self) -> tuple[HttpResponse, bool]:
        # A password changed meanwhile, by a reset for instance, must be typed again.
        self.state["hash"] = self.user.get_session_auth_hash()
        self.state["secret"] = second_factor.new_secret()
        enrolled = second_factor.of(self.user)
        return redirect("accounts:code" if enrolled else "accounts:enrol"), True

    def holds(self) -> bool:
        """Whether the account is still what it was when its password was typed."""
        return (
            self.login.user is not None
            and self.user.is_active
            and constant_time_compare(self.user.get_session_auth_hash(), self.state["hash"])
        )


class Adapter(DefaultAccountAdapter):
    """How allauth signs in here (setting `ACCOUNT_ADAPTER`)."""

    def get_login_stages(self) -> list[str]:
        return [f"{__name__}.{SecondStep.__name__}"] if settings.MFA else []

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign in for good; refusals of this account and address are forgotten."""
        with transaction.atomic():
            lockout.forget(name=user.get_username(), address=request.META["REMOTE_ADDR"])
            super().login(request, user)
            journal.record(
                actor=user,
                verb="signed-in",
                subject=f"user:{user.pk}",
                now=timezone.now(),
                details={"second_factor": settings.MFA},
            )


def begin(request: HttpRequest, user: User, *, whither: str) -> HttpResponse:
    """The password was right: on to the second step, or straight in where none is asked for.

    The session is called anew: whoever knew its name before, or planted it in a browser, would see
    the secret that enrolment offers.
    """
    request.session.cycle_key()
    response: HttpResponse = perform_login(request, user, redirect_url=whither)
    return response


def step_of(request: HttpRequest) -> SecondStep | None:
    """Where who is half in stands; None after ten minutes or when the account changed meanwhile."""
    step = LoginStageController.enter(request, SecondStep.key)
    return step if isinstance(step, SecondStep) and step.holds() else None
