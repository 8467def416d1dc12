"""Why a cell of a survey or a log was refused, in the reader's language.

In Chinese the sentence is the one the clerk has in the workbook, with what the cell says. Stored
with its row, it cannot follow the reader into another language: there the code speaks.
"""

from __future__ import annotations

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from zhitong.registry.survey import QUESTIONS
from zhitong.transport.logs import COLUMNS

FAULTS = {
    "ambiguous-place": gettext_noop("地名有几处，分不清是哪一处；请写明省、市、县。"),
    "bad-age": gettext_noop("身份证号对应的年龄不在范围内；请核对是否填错。"),
    "bad-birth-date": gettext_noop("身份证号中的出生日期不存在；请对照证件重新填写。"),
    "bad-check-digit": gettext_noop("身份证号校验位不符；请对照证件重新填写。"),
    "bad-choice": gettext_noop("不在可选项中；请从下拉框选择。"),
    "bad-credit-code": gettext_noop("统一社会信用代码不对；请对照营业执照填写，不清楚可留空。"),
    "bad-date": gettext_noop("日期看不懂；请按 2020-03-02 的样子填写。"),
    "bad-day": gettext_noop("日期看不懂；请按 2020-03-02 的样子填写。"),
    "bad-length": gettext_noop("身份证号不是 18 位；请对照证件重新填写。"),
    "bad-name": gettext_noop("姓名中有数字或符号；请只填姓名。"),
    "bad-number": gettext_noop("应为整数，且在允许的范围内。"),
    "bad-phone": gettext_noop("不是有效号码；请填 11 位手机号，固定电话须带区号。"),
    "bad-plate": gettext_noop("车牌号不像车牌；请对照行驶证填写。"),
    "bad-province": gettext_noop("身份证号前两位不是任何省份的代码；请对照证件重新填写。"),
    "bad-shape": gettext_noop("身份证号应为 17 位数字加 1 位数字或 X；请对照证件重新填写。"),
    "broken-character": gettext_noop("有显示不出的字符；请重新录入。"),
    "contradicts-codes": gettext_noop("务工类别与户籍地、务工地不符；请核对这三项。"),
    "decimal-number": gettext_noop("号码带小数点，后几位可能已丢失；请按文本重新录入。"),
    "end-before-start": gettext_noop("最晚出行日早于最早出行日；请检查是否填反。"),
    "error-value": gettext_noop("是公式错误值；请改为实际内容。"),
    "formula-without-value": gettext_noop("是没有算出结果的公式；请直接填写内容。"),
    "future-day": gettext_noop("日期晚于今天；这里只报已经开行的车次。"),
    "identity-in-text": gettext_noop("文字中有身份证号；请删去，只填在身份证号一栏。"),
    "in-the-future": gettext_noop("上岗日期晚于填报日；请改就业状态或更正日期。"),
    "in-the-past": gettext_noop("最晚出行日早于填报日；已经出行的请清空出行日期。"),
    "line-break": gettext_noop("中有换行；请检查引号，删去换行。"),
    "merged-cell": gettext_noop("单元格被合并；请取消合并并逐行填写。"),
    "missing": gettext_noop("没有填；请补上。"),
    "name-differs": gettext_noop("姓名与登记库中该身份证号的姓名不一致；请核对。"),
    "not-born-yet": gettext_noop("身份证号中的出生日期晚于填报日；请对照证件重新填写。"),
    "number-lost": gettext_noop("号码超过 15 位的部分已丢失；请按文本重新录入。"),
    "number-rounded": gettext_noop("号码末三位被截断；请按文本重新录入。"),
    "number-taken": gettext_noop("车次编号已登记过，内容与这次不同；请核对编号。"),
    "number-twice": gettext_noop("车次编号在文件中不连续地出现两次；请核对编号。"),
    "old-number": gettext_noop("身份证号是 15 位旧号；请填写 18 位号码。"),
    "outside-scope": gettext_noop("户籍地不在本辖区；请由户籍地的单位登记。"),
    "over-rated": gettext_noop("人数超过核载；请核对。"),
    "party-two-origins": gettext_noop("同行组的出发地或目的地不一致；请改为一致或分成两组。"),
    "party-without-window": gettext_noop("填了同行组但没有出行日期；请补上日期或清空同行组。"),
    "people-disagree": gettext_noop("人数与列出的姓名不符；请核对。"),
    "person-twice": gettext_noop("同一人在车次中出现两次；请核对。"),
    "phone-in-text": gettext_noop("文字中有电话号码；请删去，只填在电话一栏。"),
    "place-too-wide": gettext_noop("地名写得不够细；请写到县，同县的写到乡镇。"),
    "row-too-long": gettext_noop("这一行有多余的内容，各列可能错位；请检查分隔符。"),
    "same-place": gettext_noop("出发地和目的地相同；请核对。"),
    "scientific-notation": gettext_noop("成了科学计数法，后几位已丢失；请按文本重新录入。"),
    "swallowed-rows": gettext_noop("夹进了后面几行的内容；请检查引号，连同后面几行一起重报。"),
    "too-long": gettext_noop("文字过长；请缩短。"),
    "trip-disagrees": gettext_noop("同一车次各行的内容不一致；请核对。"),
    "trip-refused": gettext_noop("同一车次有别的行被退回，整个车次一并退回。"),
    "unknown-occupation": gettext_noop("没有这个职业；请从下拉框选择或留空。"),
    "unknown-place": gettext_noop("没有这个地名；请核对，写明省、市、县。"),
}


def sentence_of(code: str, sentence: str) -> str:
    """Why a cell was refused; a code that is not known is told as it was written."""
    if (get_language() or "").startswith("zh") or code not in FAULTS:
        return sentence
    return _(FAULTS[code])


def heading_of(key: str) -> str:
    """A column as the survey or the log calls it."""
    known = QUESTIONS.get(key) or COLUMNS.get(key)
    return _(known.heading) if known else key
