"""Words that come from the registry's records and refusals, as the catalogue must know them."""

from __future__ import annotations

from django.utils.translation import gettext_noop

# Labels of choices; a test compares them with the models.
LABELS = frozenset(
    {
        gettext_noop("排队中"),
        gettext_noop("处理中"),
        gettext_noop("已完成"),
        gettext_noop("未完成"),
        gettext_noop("已入库"),
        gettext_noop("已撤回"),
        gettext_noop("在岗"),
        gettext_noop("在家待岗"),
        gettext_noop("求职"),
        gettext_noop("不再外出"),
        gettext_noop("男"),
        gettext_noop("女"),
        gettext_noop("火车"),
        gettext_noop("自行返岗"),
        gettext_noop("均可"),
        gettext_noop("待处理"),
        gettext_noop("保留原记录"),
        gettext_noop("以新记录更新"),
        gettext_noop("核实登记信息"),
        gettext_noop("联系本人"),
        gettext_noop("组织出行"),
        gettext_noop("答复本人或来信来访"),
        gettext_noop("其他（请写明）"),
    }
)
# What the form asks, as the preview of a repeated row and the list of refused cells name it.
QUESTIONS = frozenset(
    {
        gettext_noop("姓名"),
        gettext_noop("身份证号"),
        gettext_noop("手机号"),
        gettext_noop("备用电话"),
        gettext_noop("户籍地"),
        gettext_noop("详细地址"),
        gettext_noop("就业状态"),
        gettext_noop("上岗日期"),
        gettext_noop("务工地"),
        gettext_noop("工作单位"),
        gettext_noop("职业"),
        gettext_noop("务工类别"),
        gettext_noop("最早出行日"),
        gettext_noop("最晚出行日"),
        gettext_noop("出行方式"),
        gettext_noop("出行目的地"),
        gettext_noop("特殊需求"),
        gettext_noop("本人同意"),
        gettext_noop("统一社会信用代码"),
        gettext_noop("同行组"),
        gettext_noop("填报人"),
    }
)
# What a log of trips asks beyond that.
LOG_COLUMNS = frozenset({gettext_noop("车牌号"), gettext_noop("核定载客")})
STEPS = frozenset({gettext_noop("读取和登记"), gettext_noop("写出名单")})
# How a job ends that nobody's mistake ended.
ENDINGS = frozenset(
    {
        gettext_noop("后台多次中断，已停止；请联系管理员查看服务日志。"),
        gettext_noop("系统故障，未完成；请稍后重试，仍不行请联系管理员。"),
    }
)
