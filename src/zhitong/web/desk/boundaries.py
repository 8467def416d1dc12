"""An operator's boundaries of a county's townships, for whoever is signed in to see figures."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhitong.web.boundaries.installed import installed
from zhitong.web.desk.doors import open_to


@require_safe
def boundaries(request: HttpRequest, county: str) -> HttpResponseBase:
    """GeoJSON of one county; pages ask with its edition, so that a browser may keep it.

    Where boundaries run says nothing about anybody: readers of any division may have them.
    """
    if not open_to(request.user, "desk:boundaries"):
        raise PermissionDenied(_("您所在的部门不办理这项业务。"))
    found = installed().get(county)
    if found is None:
        raise Http404(_("这个县没有导入乡镇边界。"))
    try:
        content = found.path.read_bytes()
    except FileNotFoundError as replaced:  # between the index and the file
        raise Http404(_("这个县没有导入乡镇边界。")) from replaced
    etag = f'"{found.edition}"'
    response = HttpResponse(content, content_type="application/geo+json")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, max-age=3600"
    return get_conditional_response(request, etag=etag, response=response) or response
