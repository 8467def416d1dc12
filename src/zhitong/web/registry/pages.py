"""What every page of the registry starts from: who may do what, what is told afterwards."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy

from zhitong.registry import access
from zhitong.registry.rules import Act
from zhitong.web.desk.pages import DeskRequest, page

HERE = "registry:workers"
TABS = (
    ("registry:workers", gettext_lazy("人员"), None),
    ("registry:upload", gettext_lazy("上传"), Act.ENTER),
    ("registry:entry", gettext_lazy("录入"), Act.ENTER),
    ("registry:batches", gettext_lazy("批次"), None),
    ("registry:repeated", gettext_lazy("重复"), None),
    ("registry:departures", gettext_lazy("出行意愿"), None),
)
_REFUSALS = {
    Act.ENTER: gettext_lazy("登记由录入或审核岗位办理。"),
    Act.WITHDRAW: gettext_lazy("撤回批次由审核岗位或报送人办理。"),
    Act.DECIDE: gettext_lazy("重复记录由审核岗位处理。"),
    Act.REVEAL: gettext_lazy("查看完整信息由录入、审核或审批岗位办理。"),
    Act.EXPORT: gettext_lazy("您的岗位不能导出名单。"),
    Act.EXPORT_IN_CLEAR: gettext_lazy("导出完整信息由审批岗位办理。"),
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def require(request: DeskRequest, act: Act) -> None:
    """Refuse (403) a post that does not carry the act."""
    if not access.may(request.user, act):
        refuse(act)


def refuse(act: Act) -> None:
    raise PermissionDenied(str(_REFUSALS[act]))


def registry_page(
    request: DeskRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page with the registry's tabs, never kept by a browser."""
    tabs = [
        (name, label) for name, label, act in TABS if act is None or access.may(request.user, act)
    ]
    name = request.resolver_match.view_name if request.resolver_match else ""
    frame = {"here": HERE, "tabs": tabs, "tab": name}
    response = page(request, template, frame | context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def attached(content: bytes, name: str) -> HttpResponse:
    """A workbook to keep."""
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    response.headers["Cache-Control"] = "no-store"
    return response
