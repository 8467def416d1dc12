"""The door of the desk: the password, the way out, the switch of language.

Behind the password comes the second factor, see `web.accounts.half_in`.
"""

from __future__ import annotations

from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language

from zhitong.web import lockout
from zhitong.web.accounts import half_in


@method_decorator(login_not_required, name="dispatch")
class SignIn(views.LoginView):
    """Django's own sign-in; too many refusals close the door before a password is looked at."""

    template_name = "desk/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        now = timezone.now()
        if lockout.locked(**self._who(), now=now):
            form = AuthenticationForm(request)
            context = self.get_context_data(
                form=form, locked=_("多次输入错误，账号已暂时锁定，请 15 分钟后再试。")
            )
            return self.render_to_response(context, status=429)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        lockout.remember_refusal(**self._who(), now=timezone.now())
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return half_in.begin(self.request, form.get_user(), whither=self.get_success_url())

    def _who(self) -> dict[str, str]:
        name = self.request.POST.get("username", "")
        return {"name": name, "address": self.request.META["REMOTE_ADDR"]}


class SignOut(views.LogoutView):
    http_method_names = ["post", "options"]


set_language = login_not_required(require_POST(django_set_language))
