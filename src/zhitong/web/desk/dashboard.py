"""The daily report of a division: figures, map, table, trend. Reads stored days only."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhitong.flows import queries
from zhitong.flows.workbook import write_report
from zhitong.places import Category
from zhitong.web.desk import figures, maps
from zhitong.web.desk.pages import DeskRequest, desk_page, page

TREND = timedelta(days=59)
"""How far back the trend goes; days that nobody stored are absent from it."""


@require_safe
@desk_page
def dashboard(request: DeskRequest) -> HttpResponse:
    desk = request.desk
    report = desk.about and queries.stored(division=desk.division.code, about=desk.about)
    if not report:
        return page(request, "desk/dashboard_empty.html", {"here": "desk:dashboard"})
    trend = queries.trend(division=report.division, first=report.about - TREND, last=report.about)
    children = sorted(report.children, key=lambda child: -child.total)

    def link(code: str) -> str:
        return reverse("desk:dashboard") + desk.query(division=code)

    context = {
        "here": "desk:dashboard",
        "report": report,
        "lines": figures.category_lines(report),
        "day_change": figures.change_of(report, report.day_before),
        "year_change": figures.change_of(report, report.year_before),
        "within_share": figures.share(report.within_province, report.total),
        "outside_share": figures.share(report.outside_province, report.total),
        "missing": report.coverage.due - report.coverage.reported,
        "covered": figures.share(report.coverage.reported, report.coverage.due),
        "children": [
            {
                "report": child,
                "outside_share": figures.share(child.outside_province, child.total),
                "day_change": figures.change_of(child, child.day_before),
                "address": link(child.division),
            }
            for child in children
        ],
        "trend": trend,
        "map": maps.drawn(desk, report, link=link),
        "trend_data": figures.trend_series(trend) | {"series": _series()},
    }
    return page(request, "desk/dashboard.html", context)


@require_safe
@desk_page
def report_xlsx(request: DeskRequest) -> FileResponse:
    """The official workbook of the division and day in force, from the stored figures."""
    desk = request.desk
    report = desk.about and queries.stored(division=desk.division.code, about=desk.about)
    if not report:
        raise Http404(_("这一天没有日报数据。"))
    name = f"务工信息日报-{desk.division.name}-{desk.about}.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        path = write_report(Path(folder) / "report.xlsx", report=report)
        # Opened here, sent later: an open file outlives its folder.
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)


def _series() -> list[dict[str, str]]:
    return [
        {"key": one.key, "label": _(one.label), "colour": figures.COLOURS[one.key]}
        for one in Category
    ]
