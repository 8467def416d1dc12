"""What must listen before the first request."""

from __future__ import annotations

from django.apps import AppConfig


class Web(AppConfig):
    name = "zhitong.web"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from zhitong.web.accounts import sessions

        user_logged_in.connect(sessions.begin, dispatch_uid="zhitong.sessions.begin")
