"""The columns of the survey form 摸底调查, in their order, and what may stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zhitong.places import Category
from zhitong.registry.headings import Column

SHEET = "摸底调查"
COVER = "报送情况"
NOTES = "填表说明"
EXPLANATION = "错误说明"

# The models' choices by what the form calls them; English keys serve csv and parquet.
STATUSES = {"在岗": 1, "在家待岗": 2, "求职": 3, "不再外出": 4} | {
    "at_work": 1, "home": 2, "seeking": 3, "not_returning": 4
}  # fmt: skip
MODES = {"包车": "coach", "火车": "rail", "自行返岗": "own", "均可": "any"} | {
    mode: mode for mode in ("coach", "rail", "own", "any")
}
CATEGORIES = {one.label: int(one) for one in Category} | {one.key: int(one) for one in Category}
CONSENTS = {
    "是": True, "同意": True, "y": True, "yes": True, "true": True, "1": True,
    "否": False, "不同意": False, "n": False, "no": False, "false": False, "0": False,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Question(Column):
    """A column of the form. `choices` become a dropdown; `longest` is the database's limit."""

    help: str
    choices: tuple[str, ...] = ()
    longest: int = 0
    width: int = 12
    text: bool = False
    """Formatted as text, so that long digits survive."""


def _chinese(values: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(word for word in values if not word.isascii())


QUESTIONS: dict[str, Question] = {
    "name": Question(heading="姓名", required=True, longest=60, help="与身份证一致"),
    "identity": Question(
        heading="身份证号", required=True, exact=True, text=True, width=22,
        help="18 位，末位可为 X",
    ),
    "phone": Question(heading="手机号", text=True, width=14, help="11 位手机号，没有可不填"),
    "other_phone": Question(
        heading="备用电话", text=True, width=14, help="家人手机或带区号的固定电话，可不填"
    ),
    "home": Question(
        heading="户籍地", required=True, text=True, width=26,
        help="写到乡镇：省市县乡全称，或 9 位区划代码",
    ),
    "address": Question(
        heading="详细地址", longest=120, prose=True, width=24, help="乡镇以下的村、组、门牌"
    ),
    "status": Question(
        heading="就业状态", required=True, choices=("在岗", "在家待岗", "求职", "不再外出"),
        help="填报当日的状态",
    ),
    "started": Question(
        heading="上岗日期", text=True, width=14, help="在岗的填，如 2020-02-20；不填按填报日"
    ),
    "work": Question(
        heading="务工地", text=True, width=26,
        help="在岗的必填：写到县（同县的写到乡镇），全称或区划代码",
    ),
    "employer": Question(heading="工作单位", longest=100, prose=True, width=24, help="单位全称"),
    "employer_code": Question(
        heading="统一社会信用代码", exact=True, text=True, width=22, help="18 位，可不填"
    ),
    "occupation": Question(
        heading="职业", text=True, width=18, help="职业分类大典（2022）的名称或代码，可不填"
    ),
    "category": Question(
        heading="务工类别", choices=_chinese(CATEGORIES),
        help="可不填；填了须与户籍地、务工地相符",
    ),
    "earliest": Question(
        heading="最早出行日", text=True, width=14, help="打算外出的填，如 2020-03-03"
    ),
    "latest": Question(heading="最晚出行日", text=True, width=14, help="与最早出行日一起填"),
    "mode": Question(heading="出行方式", choices=_chinese(MODES), help="不填按“均可”"),
    "destination": Question(
        heading="出行目的地", text=True, width=26, help="不填按务工地；全称或区划代码"
    ),
    "party": Question(
        heading="同行组", longest=40, help="同行的人填相同的组名，同一组的出发地、目的地须一致"
    ),
    "needs": Question(
        heading="特殊需求", longest=100, prose=True, width=18, help="如孕妇、轮椅、晕车"
    ),
    "entered_by": Question(heading="填报人", longest=60, help="填表的工作人员"),
    "consent": Question(
        heading="本人同意", required=True, choices=("是", "否"),
        help="本人是否同意登记和用于出行组织",
    ),
}  # fmt: skip
