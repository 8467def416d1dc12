"""Sentences of the offices' refusals, and labels of posts, as the catalogue must know them."""

from __future__ import annotations

from django.utils.translation import gettext_noop

SENTENCES = frozenset(
    {
        gettext_noop("验证码不正确，请核对手机时间后输入验证器当前显示的 6 位数字。"),
        gettext_noop("邀请链接已失效：可能已经使用过、已过期或被新的链接替代，请联系管理员。"),
        gettext_noop("请至少选择一个岗位。"),
        gettext_noop("您不能设置该机构的这一岗位；管理员岗位由上一级机构设置。"),
    }
)
ROLES = frozenset(
    {
        gettext_noop("录入"),
        gettext_noop("审核"),
        gettext_noop("审批"),
        gettext_noop("编制计划"),
        gettext_noop("调度"),
        gettext_noop("随车"),
        gettext_noop("查阅"),
        gettext_noop("管理"),
    }
)
