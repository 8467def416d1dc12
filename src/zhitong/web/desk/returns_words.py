"""Words of the report chain as pages say them; translated where shown."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from zhitong.flows.chain.anomalies import Kind
from zhitong.flows.chain.deadlines import Mark
from zhitong.flows.chain.rules import State
from zhitong.places import Level

STATES = {
    State.DRAFT: gettext_noop("未提交"),
    State.SUBMITTED: gettext_noop("已提交"),
    State.RETURNED: gettext_noop("已退回"),
    State.COUNTY: gettext_noop("县级已通过"),
    State.CITY: gettext_noop("市级已通过"),
    State.PROVINCE: gettext_noop("省级已通过"),
    State.LOCKED: gettext_noop("已锁定"),
    State.PUBLISHED: gettext_noop("已发布"),
}
MARKS = {
    Mark.MISSING: gettext_noop("逾期未报"),
    Mark.LATE: gettext_noop("迟报"),
    Mark.RETURNED: gettext_noop("退回待改"),
    Mark.CORRECTED: gettext_noop("锁定后更正"),
    Mark.DIFFERS: gettext_noop("与登记库不同"),
}
LEVELS = {
    Level.TOWNSHIP: gettext_noop("乡镇"),
    Level.COUNTY: gettext_noop("县级"),
    Level.CITY: gettext_noop("市级"),
    Level.PROVINCE: gettext_noop("省级"),
}
SOURCES = {
    "registry": gettext_noop("登记库统计"),
    "asked": gettext_noop("基层填报"),
}
OWED = {
    "report": gettext_noop("还没有提交日报"),
    "mending": gettext_noop("日报已退回，尚未改正"),
    "review": gettext_noop("有日报等待审核"),
}
STEPS = {
    "submitted": gettext_noop("提交"),
    "withdrawn": gettext_noop("撤回提交"),
    "accepted": gettext_noop("通过"),
    "taken-back": gettext_noop("撤销通过"),
    "returned": gettext_noop("退回"),
    "corrected": gettext_noop("更正"),
    "exempted": gettext_noop("批准补报"),
    "locked": gettext_noop("锁定"),
    "published": gettext_noop("发布"),
}
ANOMALIES = {
    Kind.JUMP: gettext_noop("突增突减"),
    Kind.STUCK: gettext_noop("多日不变"),
    Kind.SAME: gettext_noop("与昨日相同"),
}
