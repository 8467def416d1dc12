"""What units declare, added up: categories, map, the day and the year before; and as files."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhitong.flows.catalogue.queries import item_days
from zhitong.flows.chain import exporting
from zhitong.flows.chain.declared import Declared, declared
from zhitong.flows.chain.refusals import Refusal
from zhitong.flows.chain.workbook import write_declared
from zhitong.places import Level
from zhitong.web.desk import figures, maps
from zhitong.web.desk.pages import page
from zhitong.web.desk.returns_day import ChainRequest, chain_page
from zhitong.web.desk.returns_items import heads

FORMS = ("csv", "parquet")


@require_safe
@chain_page
def declared_day(request: ChainRequest) -> HttpResponse:
    """The declared figures of a division with its children, drill-down by map and table."""
    code = request.desk.division.code[:9]
    day = declared(division=code, about=request.about)
    report = day.report
    context = {
        "here": "desk:dashboard",
        "report": report,
        "difference": day.difference(code),
        "lines": figures.category_lines(report),
        "day_change": figures.change_of(report, report.day_before),
        "year_change": figures.change_of(report, report.year_before),
        "within_share": figures.share(report.within_province, report.total),
        "outside_share": figures.share(report.outside_province, report.total),
        "children": _children(request, day),
        "map": maps.drawn(request.desk, report, link=partial(_below, request)),
        "items": heads(item_days(division=code, about=request.about)),
        "month_ago": request.about - timedelta(days=30),
    }
    return page(request, "desk/returns/declared.html", context)


@require_safe
@chain_page
def xlsx(request: ChainRequest) -> FileResponse:
    """The declared day in the official layout."""
    name = f"务工信息填报汇总-{request.desk.division.name}-{request.about}.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        path = write_declared(
            Path(folder) / "declared.xlsx",
            division=request.desk.division.code[:9],
            about=request.about,
        )
        # Opened here, sent later: an open file outlives its folder.
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@require_safe
@chain_page
def table(request: ChainRequest, form: str) -> HttpResponse | FileResponse:
    """Declared figures of some days, a line each, for programs; 404 for another form."""
    if form not in FORMS:
        raise Http404(_("可下载的格式是 xlsx、csv 和 parquet。"))
    first, last = (_day(request, key) for key in ("first", "last"))
    division = request.desk.division
    name = f"务工信息填报明细-{division.name}-{first}-{last}.{form}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"declared.{form}"
        try:
            exporting.write(path, division=division.code, first=first, last=last, form=form)
        except Refusal as no:
            raise Http404(no.sentence) from no
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)


def _day(request: ChainRequest, key: str) -> date:
    """A day of the address, or the day in force."""
    text = request.GET.get(key, "")
    try:
        return date.fromisoformat(text) if text else request.about
    except ValueError as failure:
        raise Http404(_("日期应写成 2020-03-02 的形式。")) from failure


def _below(request: ChainRequest, code: str) -> str:
    """A township has a page of its own; a larger division is added up like this one."""
    page = "desk:returns" if len(code) == Level.TOWNSHIP.digits else "desk:returns_declared"
    return reverse(page) + request.desk.query(division=code)


def _children(request: ChainRequest, day: Declared) -> list[dict[str, object]]:
    return [
        {
            "report": child,
            "difference": day.difference(child.division),
            "day_change": figures.change_of(child, child.day_before),
            "year_change": figures.change_of(child, child.year_before),
            "address": _below(request, child.division),
        }
        for child in sorted(day.report.children, key=lambda child: -child.total)
    ]
