"""The bulletin in words, as an office would file it. Holds no personal data: figures and places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from zhitong import places
from zhitong.bulletin.counts import INBOUND, INTERNAL, OUTBOUND, Pooling, ThroughCoaches
from zhitong.bulletin.figures import Absent, Figures
from zhitong.bulletin.rounding import Rounding, is_exact, wan
from zhitong.flows.stock import Stock
from zhitong.offices.models import Department
from zhitong.places import Category, Level

_DIRECTIONS = {OUTBOUND: "出省", INBOUND: "入省", INTERNAL: "省内"}
NUMERALS = "一二三四五六七八九"
NOTE_HEAD = "注："
_WHOLE = {
    Level.PROVINCE: "全省",
    Level.CITY: "全市",
    Level.COUNTY: "全县（市、区）",
    Level.TOWNSHIP: "全乡镇",
    Level.VILLAGE: "全村",
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A headed paragraph of the document."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """The words of a bulletin; `notes` stand at its foot."""

    title: str
    day: str
    passages: tuple[Passage, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        lines = [self.title, f"（{self.day}）", ""]
        for numeral, passage in zip(NUMERALS, self.passages, strict=False):
            lines += [f"{numeral}、{passage.heading}", passage.text, ""]
        lines += [f"{NOTE_HEAD}{note}" for note in self.notes]
        return "\n".join(lines).rstrip() + "\n"

    @classmethod
    def read(cls, text: str) -> Document:
        """The document whose words these are: what `str` made, as a version keeps it."""
        title, day, *lines = [line for line in text.splitlines() if line]
        notes = [line.removeprefix(NOTE_HEAD) for line in lines if line.startswith(NOTE_HEAD)]
        body = [line for line in lines if not line.startswith(NOTE_HEAD)]
        passages = [
            Passage(heading.partition("、")[2], told)
            for heading, told in zip(body[::2], body[1::2], strict=True)
        ]
        return cls(title, day.strip("（）"), tuple(passages), tuple(notes))


def write(figures: Figures, *, rounding: Rounding) -> Document:
    """Put figures into words. Sections without figures are named at the end as not counted."""
    passages = (
        Passage("在岗务工情况", _stock(figures, rounding)),
        Passage("直通车开行情况", _through_coaches(figures)),
        Passage("集中出行组织情况", _pooling(figures.pooling)),
        Passage("跨省对接输送情况", _interprovincial(figures)),
        Passage("部门协同情况", _departments(figures.offices)),
        Passage("分类接送情况", _transport(figures, rounding)),
        Passage("未统计事项", _absent(figures)),
    )
    return Document(
        title=f"{places.full_name(figures.division)}农民工“点对点”返岗复工服务情况通报",
        day=f"{figures.about.year}年{_day(figures.about)}",
        passages=tuple(passage for passage in passages if passage.text),
        notes=tuple(_notes(figures, rounding)),
    )


def _stock(figures: Figures, rounding: Rounding) -> str:
    stock = figures.report
    whole = _WHOLE[places.get(figures.division).level]
    labels = {one.key: one.label for one in Category}
    categories = "，".join(
        f"{labels[key]}{_people(count, rounding)}" for key, count in stock.categories.items()
    )
    text = (
        f"截至{_day(figures.about)}，{whole}农民工在岗务工{_people(figures.workers, rounding)}，"
        f"其中省内{_people(stock.within_province, rounding)}，"
        f"省外{_people(stock.outside_province, rounding)}。按务工地分，{categories}。"
    )
    changes = "，".join(_changes(figures, rounding))
    coverage = f"应报送乡镇（街道）{stock.coverage.due}个，已报送{stock.coverage.reported}个。"
    return text + (changes and f"{changes}。") + coverage + _declared(figures, rounding)


def _declared(figures: Figures, rounding: Rounding) -> str:
    """What units signed for, with its difference to the registry; nothing until it is locked."""
    one = figures.declared
    if isinstance(one, Absent):
        return ""
    registered = _people(one.registered, rounding)
    apart = f"与同一批单位的登记数{registered}一致"
    if more := one.difference:
        word = "多" if more > 0 else "少"
        apart = f"比同一批单位的登记数{registered}{word}{_people(abs(more), rounding)}"
    return (
        f"当日日报已锁定，{one.reported}个单位（应报{one.due}个）填报在岗"
        f"{_people(one.total, rounding)}，{apart}。"
    )


def _changes(figures: Figures, rounding: Rounding) -> Iterator[str]:
    for earlier, label in (
        (figures.report.day_before, "较前一日"),
        (figures.report.year_before, "较上年同期"),
    ):
        if earlier is not None and earlier.comparable:
            yield f"{label}{_change(figures.workers, earlier, rounding)}"


def _change(now: int, earlier: Stock, rounding: Rounding) -> str:
    difference = now - earlier.total
    if difference == 0:
        return "持平"
    return f"{'增加' if difference > 0 else '减少'}{_people(abs(difference), rounding)}"


def _through_coaches(figures: Figures) -> str:
    lines = [_through_coach(one, figures.division) for one in figures.through_coaches]
    return "；".join(lines) + "。" if lines else ""


def _through_coach(one: ThroughCoaches, division: str) -> str:
    titles = "、".join(f"“{title}”" for title in one.titles)
    return (
        f"{_day(one.day)}，{_names(one.origins, division)}至{_names(one.destinations, division)}"
        f"开行{titles}{one.vehicles}辆（{_DIRECTIONS[one.direction]}），输送{one.people}人"
    )


def _interprovincial(figures: Figures) -> str:
    if not (figures.outbound.trips or figures.inbound.trips):
        return f"截至{_day(figures.about)}，未开行跨省包车。"
    province = places.get(figures.division[:2]).short
    return (
        f"截至{_day(figures.about)}，开行出省包车{figures.outbound.trips}车次，"
        f"输送{figures.outbound.people}人次赴外省返岗；开行入省包车{figures.inbound.trips}车次，"
        f"接回外省{figures.inbound.people}人次来{province}务工。"
    )


def _transport(figures: Figures, rounding: Rounding) -> str:
    total, door, point = figures.transported, figures.shuttles, figures.point_to_point
    return (
        f"截至{_day(figures.about)}，共接送{total.trips}车次、"
        f"{_people(total.people, rounding, unit='人次')}。"
        f"其中，县域内“门对门”当日开行班车{door.trips}班次，"
        f"接送{_people(door.people, rounding, unit='人次')}；"
        f"跨区域“点对点”累计开行包车{point.trips}车次，"
        f"输送{_people(point.people, rounding, unit='人次')}"
        f"（含跨省{figures.outbound.trips + figures.inbound.trips}车次、"
        f"{figures.outbound.people + figures.inbound.people}人次）。"
    )


def _pooling(pooling: Pooling | Absent) -> str:
    if isinstance(pooling, Absent):
        return ""
    return (
        f"{_day(pooling.first)}至{_day(pooling.last)}，登记包车出行意愿{pooling.wishes}人，"
        f"已编制{pooling.trips}车次，安排{pooling.parties}个同行组、{pooling.people}人；"
        f"其中与其他同行组合乘{pooling.together}人，占{pooling.share_together:.1%}。"
    )


def _departments(offices: dict[str, int] | Absent) -> str:
    if isinstance(offices, Absent):
        return ""
    names = [Department(key).label for key in offices if key != Department.HUMAN_RESOURCES]
    lead = "由人力资源和社会保障部门牵头" if Department.HUMAN_RESOURCES in offices else ""
    others = f"{'、'.join(names)}部门参与" if names else ""
    told = "，".join(filter(None, (lead, others)))
    return f"{told}，共{len(offices)}个部门、{sum(offices.values())}个机构。"


def _absent(figures: Figures) -> str:
    sections = (
        ("集中出行组织", figures.pooling),
        ("部门协同", figures.offices),
        ("“不见面”服务", figures.online_service),
        ("线上招聘", figures.online_recruitment),
    )
    missing = [
        f"{name}（{section.reason}）" for name, section in sections if isinstance(section, Absent)
    ]
    return f"本期未统计：{'；'.join(missing)}。" if missing else ""


def _notes(figures: Figures, rounding: Rounding) -> Iterator[str]:
    how = "舍去" if rounding is Rounding.CUT else "四舍五入"
    stock = figures.report
    shown = (figures.workers, *stock.categories.values(), figures.transported.people)
    if not all(is_exact(number) for number in shown):
        yield f"万以上数字保留两位小数，其余{how}，分项之和与合计可能略有出入，以报表数为准。"
    since = figures.since
    yield (
        f"车次自{since.year}年{_day(since)}起累计，“门对门”班车为当日数；"
        "人次按到达乘次统计，一人多次乘车分别计算。"
    )
    for one in (stock.day_before, stock.year_before):
        if one is not None:
            yield _compared(one)
    if not stock.coverage.complete:
        yield "在岗人数按已入库调查数据统计，未报送乡镇不作估计。"


def _compared(earlier: Stock) -> str:
    day = earlier.about.isoformat()
    if earlier.comparable:
        return f"对比日{day}的数字按现有就业登记推算（当日报送 {earlier.coverage}）。"
    return f"对比日{day}无上报，没有可比数据。"


def _people(number: int, rounding: Rounding, unit: str = "人") -> str:
    return f"{wan(number, rounding)}{unit}"


def _names(codes: Iterable[str], division: str) -> str:
    """Places as they are called from the division: 衡水市枣强县、饶阳县, 四川省成都市.

    What a name shares with the one before it, or with the division's province, is not said again.
    """
    names = []
    above = [division[:2]]
    for code in codes:
        line = [one.code for one in places.ancestors(code)]
        name = places.full_name(code)
        for known in reversed(line):
            if known in above:
                name = name.removeprefix(places.full_name(known))
                break
        names.append(name)
        above = [division[:2], *line]
    return "、".join(names)


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
