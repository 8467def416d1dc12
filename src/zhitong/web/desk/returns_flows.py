"""Where a division's workers go, and which figures deserve a second look."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhitong.flows.chain import queries
from zhitong.flows.chain.destinations import flows_between
from zhitong.kernel.place_names import place_name
from zhitong.places import Level
from zhitong.web.desk.pages import page
from zhitong.web.desk.returns_day import ChainRequest, chain_page
from zhitong.web.desk.returns_words import ANOMALIES

BANDS = 60
"""Relations drawn; the table holds all of them."""
ROWS = 50


@require_safe
@chain_page
def flows(request: ChainRequest) -> HttpResponse:
    """Flows from home, one level below the division in force, to the provinces of work."""
    division = request.desk.division
    level = Level(min(division.level + 1, Level.TOWNSHIP))
    within = request.GET.get("within") == "1"
    found = flows_between(
        division=division.code[: Level.TOWNSHIP.digits],
        about=request.about,
        digits=level.digits,
        abroad=not within,
    )
    context = {
        "here": "desk:dashboard",
        "flows": found,
        "people": sum(people for _home, _to, people in found),
        "within": within,
        "drawn": min(len(found), BANDS),
        "sankey": _sankey(found[:BANDS], request) if found else None,
    }
    return page(request, "desk/returns/flows.html", context)


@require_safe
@chain_page
def anomalies(request: ChainRequest) -> HttpResponse:
    """Units of the division in force whose figure of the day looks odd; nothing is forbidden."""
    found = queries.anomalies_of(division=request.desk.division.code[:9], about=request.about)
    rank = {kind: at for at, kind in enumerate(ANOMALIES)}
    found.sort(key=lambda line: (rank[line[2].kind], line[0]))
    listing = Paginator(found, ROWS).get_page(request.GET.get("page"))
    context = {
        "here": "desk:dashboard",
        "listing": listing,
        "found": [
            {
                "unit": unit,
                "total": total,
                "anomaly": one,
                "word": ANOMALIES[one.kind],
                "address": reverse("desk:returns") + request.desk.query(division=unit),
            }
            for unit, total, one in listing
        ],
    }
    return page(request, "desk/returns/anomalies.html", context)


def _sankey(found: list[tuple[str, str, int]], request: ChainRequest) -> dict[str, Any]:
    """Nodes and links as the chart wants them; a home and a destination never share a node."""
    homes = list(dict.fromkeys(home for home, _to, _people in found))
    ends = list(dict.fromkeys(to for _home, to, _people in found))
    return {
        "nodes": [
            *({"name": f"h{code}", "label": place_name(code)} for code in homes),
            *({"name": f"d{code}", "label": place_name(code)} for code in ends),
        ],
        "links": [
            {"source": f"h{home}", "target": f"d{to}", "value": people}
            for home, to, people in found
        ],
        "addresses": {
            f"h{code}": reverse("desk:returns_flows") + request.desk.query(division=code)
            for code in homes
            if code != request.desk.division.code
        },
        "unit": _("人"),
    }
