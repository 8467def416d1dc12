"""Labels of departments, posts and tokens, as the catalogue must know them."""

from __future__ import annotations

from django.utils.translation import gettext_noop

DEPARTMENTS = {
    "human_resources": gettext_noop("人力资源和社会保障"),
    "public_security": gettext_noop("公安"),
    "transport": gettext_noop("交通运输"),
    "health": gettext_noop("卫生健康"),
    "railway": gettext_noop("铁路"),
    "enterprise": gettext_noop("企业"),
    "carrier": gettext_noop("承运单位"),
    "counterpart": gettext_noop("对口省份"),
}
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
PERMISSIONS = {
    "figures": gettext_noop("日报数字"),
    "completeness": gettext_noop("报送情况"),
    "flows": gettext_noop("流向"),
    "bulletin": gettext_noop("公报数字"),
}
