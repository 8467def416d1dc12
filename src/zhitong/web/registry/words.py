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
SENTENCES = frozenset(
    {
        gettext_noop("请先选择查看或导出的目的。"),
        gettext_noop("选择“其他”时请写明目的，至少四个字。"),
        gettext_noop("您的岗位不能这样导出；导出完整信息由审批岗位办理。"),
        gettext_noop("请选择本辖区和导出格式（xlsx 或 csv）。"),
        gettext_noop("填报日期不能晚于今天。"),
        gettext_noop("请先选择要上传的调查表文件。"),
        gettext_noop("一次最多上传 {most} 个文件，请分几次上传。"),
        gettext_noop("“{name}”不是调查表；请上传 Excel（xlsx、xls）或 csv 文件。"),
        gettext_noop("“{name}”超过 {most} MB；请按乡镇拆成几个文件。"),
        gettext_noop("这条重复记录已处理为“{decision}”，不能再改；请刷新页面。"),
        gettext_noop("填报日期应写成 2020-03-02 的形式。"),
        gettext_noop("后台多次中断，已停止；请联系管理员查看服务日志。"),
        gettext_noop("系统故障，未完成；请稍后重试，仍不行请联系管理员。"),
        gettext_noop("车次批次不能在这里撤回；请在“出行”中取消有关车次。"),
        gettext_noop("本批有人已编入车次，不能整批撤回；请先取消有关车次，或逐人更正。"),
        gettext_noop(
            "本批更新过的人员之后又有变动，不能整批撤回；请逐人更正，或先撤回之后的批次。"
        ),
    }
)
