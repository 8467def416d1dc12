"""Root of every address: each front door is one include."""

from django.urls import include, path

urlpatterns = [
    path("", include("zhitong.web.desk.urls")),
    path("", include("zhitong.web.accounts.urls")),
    path("api/", include("zhitong.web.api.urls")),
    path("registry/", include("zhitong.web.registry.urls")),
]
