"""Addresses of the API: the document, the guide, and the questions of version 1."""

from django.urls import include, path

from zhitong.web.api import document
from zhitong.web.api.questions import patterns

app_name = "api"
urlpatterns = [
    path("", document.guide, name="guide"),
    path("openapi.json", document.document, name="document"),
    path("v1/", include(patterns())),
]
