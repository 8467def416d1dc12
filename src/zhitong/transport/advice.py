"""What would help somebody who is left over, told in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from zhitong.planning.reasons import Remedy


@dataclass(frozen=True, slots=True)
class Advice:
    """A Chinese message with gaps and what fills them; the catalogue has the English message."""

    message: str
    values: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def chinese(self) -> str:
        return self.message.format(**self.values)


def told(advice: Mapping[str, Any]) -> str:
    """A stored `Advice` (its `asdict`) in the language in force."""
    return gettext(advice["message"]).format(**advice["values"])


MEND_PARTY = Advice(_("请核对同行组，分开登记或统一出发地和目的地"))
TOO_NEAR = Advice(_("路程很近，建议由当地短途接送或自行前往"))
NO_SEATS = Advice(_("按现行政策没有可用座位，建议改乘火车"))
TOO_LARGE = Advice(_("请分开登记，或改用更大的车型"))


def agree_on_a_day(days: int) -> Advice:
    """For companions whose windows are `days` apart."""
    return Advice(_("同行人之间相差{days}天，请商定共同的出行日或分开登记"), {"days": days})


def mend_place(problem: str) -> Advice:
    """For a place that is not known; `problem` is a sentence of its own."""
    return Advice(_("{problem}请核对后重新登记"), {"problem": problem})


def find_more(people: int) -> Advice:
    """For a trip that so many more people would make worth sending."""
    return Advice(
        _("同线路同日再有{people}人即可成团，否则建议改乘火车或公路客运"), {"people": people}
    )


def spare_seat(when: date, days: int) -> Advice:
    """A coach on the same way with seats left, `days` after (before, if negative) the window."""
    message = (
        _("晚{days}天出行可乘{month}月{day}日同线路班车的空余座位")
        if days > 0
        else _("早{days}天出行可乘{month}月{day}日同线路班车的空余座位")
        if days < 0
        else _("当天出行可乘{month}月{day}日同线路班车的空余座位")
    )
    return Advice(message, {**_on(when), "days": abs(days)})


_JOIN = {
    "together": _("可并入{month}月{day}日开往{place}的班车，车费增加{money}元"),
    "later": _("晚{days}天出行可并入{month}月{day}日开往{place}的班车，车费增加{money}元"),
    "earlier": _("早{days}天出行可并入{month}月{day}日开往{place}的班车，车费增加{money}元"),
    "pickup-hop": _(
        "上车点间距放宽至{km}公里，可并入{month}月{day}日开往{place}的班车，车费增加{money}元"
    ),
    "drop-hop": _(
        "下车点间距放宽至{km}公里，可并入{month}月{day}日开往{place}的班车，车费增加{money}元"
    ),
    "detour": _(
        "绕行放宽至直达里程的{percent}%，可并入{month}月{day}日开往{place}的班车，车费增加{money}元"
    ),
    "stops": _("增加{stops}个站点，可并入{month}月{day}日开往{place}的班车，车费增加{money}元"),
}


_SAVE = {
    "together": _("现行规则下即可并入{month}月{day}日开往{place}的班车，节省{money}元"),
    "later": _("晚{days}天出行可并入{month}月{day}日开往{place}的班车，节省{money}元"),
    "earlier": _("早{days}天出行可并入{month}月{day}日开往{place}的班车，节省{money}元"),
    "pickup-hop": _(
        "上车点间距放宽至{km}公里，可并入{month}月{day}日开往{place}的班车，节省{money}元"
    ),
    "drop-hop": _(
        "下车点间距放宽至{km}公里，可并入{month}月{day}日开往{place}的班车，节省{money}元"
    ),
    "detour": _(
        "绕行放宽至直达里程的{percent}%，可并入{month}月{day}日开往{place}的班车，节省{money}元"
    ),
    "stops": _("增加{stops}个站点，可并入{month}月{day}日开往{place}的班车，节省{money}元"),
    "seats": _("增加{seats}个座位，可并入{month}月{day}日开往{place}的班车，节省{money}元"),
}


def save(remedy: Remedy, *, first_day: date, day: int, place: str) -> Advice:
    """What a dear trip saves when it joins a coach that leaves `day` days after `first_day`."""
    return _joined(_SAVE, remedy, first_day + timedelta(days=day), place)


def join(remedy: Remedy, *, first_day: date, day: int, place: str) -> Advice | None:
    """A coach that leaves `day` days after `first_day`; None for what no office can grant."""
    if remedy.rule != "window" and remedy.rule not in _JOIN:
        return None
    return _joined(_JOIN, remedy, first_day + timedelta(days=day), place)


def _joined(messages: Mapping[str, str], remedy: Remedy, when: date, place: str) -> Advice:
    rule = remedy.rule
    if rule == "window":
        rule = "later" if remedy.amount > 0 else "earlier"
    values: dict[str, int | str] = {
        **_on(when),
        "place": place,
        "money": round(abs(remedy.change)),
    }
    if rule == "detour":
        values["percent"] = round(100 * remedy.amount)
    elif rule != "together":
        gap = {"later": "days", "earlier": "days", "stops": "stops", "seats": "seats"}
        values[gap.get(rule, "km")] = round(abs(remedy.amount))
    return Advice(messages[rule], values)


def _on(when: date) -> dict[str, int | str]:
    return {"month": when.month, "day": when.day}
