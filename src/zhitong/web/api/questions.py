"""What programs may ask. Every address names a division and a day; both are checked against the
token's scope, behind the wall that stands for it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.security import HttpBearer

from zhitong import places
from zhitong.bulletin.queries import latest
from zhitong.flows import queries as counted
from zhitong.flows.catalogue.queries import item_days
from zhitong.flows.chain.completeness import completeness as complete
from zhitong.flows.chain.declared import declared
from zhitong.flows.chain.destinations import flows_between
from zhitong.flows.rules import DayOutOfRange, days_of
from zhitong.flows.stock import Report
from zhitong.kernel.errors import UserError
from zhitong.kernel.place_names import place_name
from zhitong.offices.access import covers
from zhitong.offices.models import ApiToken
from zhitong.places import Level
from zhitong.web.api import answers
from zhitong.web.api.bearer import ApiRequest
from zhitong.web.api.problems import problem

Permission = ApiToken.Permission


class Basis(StrEnum):
    """`declared`: what units submitted. `counted`: what the registry holds."""

    DECLARED = "declared"
    COUNTED = "counted"


class Bearer(HttpBearer):
    """The token that the middleware has checked; here only so that the document names it."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        return getattr(request, "bearer", None)


api = NinjaAPI(
    title="直通 Zhitong",
    version="1",
    description="Read-only. Send `Authorization: Bearer <token>`; an administrator makes tokens.",
    openapi_url=None,
    docs_url=None,
    auth=Bearer(),
    urls_namespace="api",
)


@api.get("/figures/{division}/{day}", response=answers.Day, url_name="figures")
def figures(
    request: ApiRequest, division: str, day: date, basis: Basis = Basis.DECLARED
) -> answers.Day:
    """The daily report of a division: five categories, coverage, two earlier days, added items."""
    code = _allowed(request, Permission.FIGURES, division, day)
    return _day(code, day, basis)


@api.get("/figures/{division}/{day}/children", response=list[answers.Figures], url_name="children")
def children(
    request: ApiRequest, division: str, day: date, basis: Basis = Basis.DECLARED
) -> list[answers.Figures]:
    """The same by division one level below; they add up to the whole."""
    code = _allowed(request, Permission.FIGURES, division, day)
    return [answers.Figures.of(one) for one in _report(code, day, basis).children]


@api.get(
    "/completeness/{division}/{day}", response=answers.CompletenessDay, url_name="completeness"
)
def completeness(request: ApiRequest, division: str, day: date) -> answers.CompletenessDay:
    """Who has reported, in which state, late or missing; for a division and one level below."""
    code = _allowed(request, Permission.COMPLETENESS, division, day)
    found = complete(division=code, about=day, now=timezone.now())
    return answers.CompletenessDay(
        date=day,
        whole=answers.Completeness.of(found.whole),
        children=[answers.Completeness.of(one) for one in found.children],
    )


@api.get("/flows/{division}/{day}", response=list[answers.Flow], url_name="flows")
def flows(request: ApiRequest, division: str, day: date, abroad: bool = True) -> list[answers.Flow]:
    """People at work by home one level below and province of work, most first.

    `abroad` leaves out who works in their own province.
    """
    code = _allowed(request, Permission.FLOWS, division, day)[: Level.TOWNSHIP.digits]
    level = Level(min(places.get(code).level + 1, Level.TOWNSHIP))
    found = flows_between(division=code, about=day, digits=level.digits, abroad=abroad)
    return [
        answers.Flow(
            home=home,
            home_name=place_name(home),
            destination=to,
            destination_name=place_name(to),
            people=people,
        )
        for home, to, people in found
    ]


@api.get("/bulletins/{division}/{day}", response=answers.Bulletin, url_name="bulletins")
def bulletins(request: ApiRequest, division: str, day: date) -> answers.Bulletin:
    """The figures of the bulletin in force for a division and day."""
    code = _allowed(request, Permission.BULLETIN, division, day)
    found = latest(division=code, about=day)
    if found is None:
        raise Http404(_("这一天没有发布公报。"))
    rows = found.figures.values("section", "key", "value", "query")
    return answers.Bulletin(
        division=code,
        date=day,
        version=found.version,
        published_at=found.published_at,
        figures=[answers.PublishedFigure(**row) for row in rows],
    )


def _allowed(request: ApiRequest, permission: str, division: str, day: date) -> str:
    """The canonical code, when the token may ask that of it; else a refusal."""
    token = request.bearer
    if permission not in token.permissions:
        raise PermissionDenied(_("这个令牌不能读取此项内容，请管理员另发令牌。"))
    try:
        code = places.canonical(division)
    except places.PlaceError as unknown:
        raise Http404(_("没有这个区划代码。")) from unknown
    if not covers(token.scope, code):
        raise Http404(_("该区划不在令牌的范围内。"))
    try:
        days_of(day)
    except DayOutOfRange as no:
        raise Http404(no.sentence) from no
    return code[: Level.TOWNSHIP.digits]


def _report(code: str, day: date, basis: Basis) -> Report:
    if basis == Basis.DECLARED:
        return declared(division=code, about=day).report
    report = counted.stored(division=code, about=day)
    if report is None:
        raise Http404(_("这一天没有日报数据。"))
    return report


def _day(code: str, day: date, basis: Basis) -> answers.Day:
    if basis == Basis.DECLARED:
        found = declared(division=code, about=day)
        report, difference = found.report, found.difference(code)
    else:
        report, difference = _report(code, day, basis), None
    before, a_year_before = (
        answers.Figures.of(one) if one else None for one in (report.day_before, report.year_before)
    )
    items = item_days(division=code, about=day) if basis == Basis.DECLARED else []
    return answers.Day(
        figures=answers.Figures.of(report),
        day_before=before,
        year_before=a_year_before,
        difference=difference,
        items=[answers.Item.of(one) for one in items],
    )


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, no: Http404) -> HttpResponse:
    return problem(HTTPStatus.NOT_FOUND, "not-found", str(no) or _("没有这个地址。"))


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, no: PermissionDenied) -> HttpResponse:
    return problem(HTTPStatus.FORBIDDEN, "not-permitted", str(no))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, no: ValidationError) -> HttpResponse:
    names = "、".join(sorted({str(one["loc"][-1]) for one in no.errors}))
    sentence = _("参数 %(names)s 不正确：日期应写成 2020-03-02 的形式。") % {"names": names}
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad-parameter", sentence)


@api.exception_handler(UserError)
def _mistaken(request: HttpRequest, no: UserError) -> HttpResponse:
    return problem(HTTPStatus.BAD_REQUEST, no.code, no.sentence)


def patterns() -> list[URLPattern]:
    """Addresses of the API; who asks is the middleware's business, not that of sessions."""
    found = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
    for one in found:
        login_not_required(one.callback)
    return found
