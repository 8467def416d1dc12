"""What the chain refuses: a stable code for programs, a sentence that says what to do.

The English of the sentences is in `flows/locale`.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as _

from zhitong.kernel.errors import UserError

SENTENCES: Final = {
    "future-day": _("{about} 还没有到，只能填报当天或以前的日报。"),
    "not-a-reporting-unit": _("{unit}不是报送单位：日报由乡镇（街道）填报，请选择下辖的乡镇。"),
    "not-your-unit": _("{unit}不在您的管辖范围内，请由其所属单位办理。"),
    "not-your-role": _("您的岗位没有“{role}”权限，请联系本单位管理员。"),
    "not-your-level": _("{unit}的日报现在{state}，应由{level}级办理，您所在单位不是这一级。"),
    "own-work": _("这份日报由您本人提交，请由同级其他人员审核。"),
    "day-locked": _("{about} 的日报已锁定。确需补报，请先由省级批准该单位的补报时限。"),
    "return-locked": _("{unit} {about} 的日报已锁定，数字只能由省级更正并说明原因。"),
    "not-locked": _("{unit} {about} 的日报尚未锁定，请退回后由填报单位修改，不必更正。"),
    "negative-count": _("{category}填了 {count}，人数不能为负。"),
    "not-a-count": _("{category}填写的“{count}”不是整数，请只填人数。"),
    "count-too-large": _("{category}填了 {count}，超过一个乡镇可能的人数，请核对。"),
    "category-missing": _("缺少{category}的人数；没有人请填 0。"),
    "sum-differs": _("五类合计为 {sum}，与填写的总数 {total} 不符，请核对。"),
    "reason-missing": _("{category}填报 {declared}，登记库为 {derived}，请写明差异原因。"),
    "return-reason-missing": _("退回日报须说明原因，填报单位才知道改什么。"),
    "correction-reason-missing": _("更正已锁定的日报须说明原因。"),
    "exemption-reason-missing": _("批准补报须说明原因。"),
    "exemption-over": _("补报截止时间 {until} 已过，请填一个以后的时间。"),
    "nothing-corrected": _("更正后的数字与原来相同，没有需要更正的内容。"),
    "registry-moved": _("登记库的数字刚刚有更新，已换成最新的，请核对后再提交。"),
    "already-decided": _("{unit}的日报已由{who}于{when}办理（现{state}），请看过最新情况再办理。"),
    "not-submitted": _("{unit}的日报{state}，还没有提交，不能审核。"),
    "already-submitted": _("{unit}的日报{state}，不能再修改；确需修改请先撤回或由上级退回。"),
    "nothing-to-take-back": _("{unit}的日报现在{state}，没有可以由您撤销的操作。"),
    "not-all-accepted": _("还有 {count} 个单位已提交但未通过全部审核，请先通过或退回，再锁定。"),
    "nothing-accepted": _("{about} 还没有任何单位通过省级审核，不能锁定。"),
    "already-locked": _("{about} 的日报已由{who}于{when}锁定。"),
    "not-yet-locked": _("{about} 的日报尚未锁定，请先锁定再发布。"),
    "nothing-new": _("自第 {number} 次发布以来数字没有变化，不必再次发布。"),
    "export-too-long": _("请选择起止日期，一次最多导出 {most} 天。"),
    "deadlines-too-early": _("新的截止时间最早从明天起执行（今天是 {today}）。"),
    "deadline-missing": _("请填写每一级的截止时间，例如 15:00。"),
    "deadlines-out-of-order": _("上级的截止时间不能早于下级。"),
    "reminders-out-of-range": _(
        "提醒时间请填分钟数，用逗号分开，最多 {most} 个，"
        "前后不超过 {farthest} 分钟。"
    ),
    "quiet-out-of-range": _("重复提醒的间隔为 {least} 至 {most} 分钟。"),
    "reminders-from-above": _("催报由县级及以上单位办理。"),
    "province-only": _("这项设置由省级管理，您所在单位不是省级。"),
    # the form catalogue
    "catalogue-of-the-province": _("指标由省级管理员增加和停用，您所在单位不是省级。"),
    "item-bad-code": _(
        "指标代码“{given}”不能用：须以小写字母开头，只含小写字母、数字和下划线，2 至 40 位，"
        "不与日报五类重复。"
    ),
    "item-code-taken": _("指标代码 {given} 已经用过，请换一个；用过的代码不再重用。"),
    "item-without-name": _("请填写指标的中文名称和英文名称。"),
    "item-bad-level": _("请选择由乡镇还是县级填报。"),
    "item-bad-day": _("请填写日期，例如 2020-03-02。"),
    "item-bad-number": _("上限“{count}”不是整数。"),
    "item-bad-derivation": _("登记库没有这样的统计口径，请重新选择。"),
    "item-unknown-term": _("校验所引用的“{term}”不是日报中的指标。"),
    "item-is-in-the-report": _("“{what}”日报五类或合计中已有，不必另设指标。"),
    "item-without-derivation": _("由登记库统计的指标须选择统计口径。"),
    "item-held-by-registry": _(
        "登记库已能统计“{what}”，基层不必再填。请改由登记库统计；确需基层填报的，"
        "请写明理由。"
    ),
    "item-asked-already": _("已有指标“{item}”，统计的是同样的内容。"),
    "item-too-early": _("已有单位报送 {last} 的日报，新指标最早从下一天起填报，请改填起用日期。"),
    "item-no-such": _("没有这个指标，可能已被删除，请刷新页面。"),
    "item-answered-later": _("{last} 的日报中已有该指标的数字，停用日期不能早于这一天。"),
    "item-ends-before-it-begins": _("停用日期不能早于起用日期 {first}。"),
    "item-in-use": _("“{item}”已有填报数字，不能删除，只能停用。"),
    "item-missing": _("缺少“{item}”；没有请填 0。"),
    "item-missing-county": _("{unit}的“{item}”由县级填报，请先填写再通过。"),
    "item-not-yours": _("{unit}的日报现在{state}，由县级填报的指标只能在县级审核时填写。"),
    "item-not-a-number": _("“{item}”填写的“{count}”不是整数。"),
    "item-negative": _("“{item}”填了 {count}，不能为负数。"),
    "item-too-large": _("“{item}”填了 {count}，超过上限 {most}，请核对。"),
    "item-exceeds": _("“{item}”为 {count}，大于“{whole}”{most}，请核对。"),
    "item-sum-differs": _("“{item}”为 {count}，与应相加的各项之和 {sum} 不符，请核对。"),
}  # fmt: skip


class Refusal(UserError):
    """The chain says no; `code` is one of `SENTENCES`."""


def refusal(code: str, /, **values: object) -> Refusal:
    """The refusal of a code with its sentence filled in; raise it or keep it beside its unit."""
    return Refusal(SENTENCES[code], code=code, **values)
