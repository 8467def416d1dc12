"""Addresses of the registry's pages. None carries a name, a number or a telephone."""

from django.urls import path

from zhitong.web.registry import batches, uploads

app_name = "registry"
urlpatterns = [
    path("upload/", uploads.upload, name="upload"),
    path("jobs/<int:pk>/", uploads.job, name="job"),
    path("jobs/<int:pk>/progress/", uploads.progress, name="job_progress"),
    path("files/<int:pk>/", uploads.file, name="file"),
    path("template.xlsx", uploads.template, name="template"),
    path("batches/", batches.batches, name="batches"),
    path("batches/<int:pk>/", batches.batch, name="batch"),
    path("batches/<int:pk>/withdraw/", batches.withdraw, name="batch_withdraw"),
    path("batches/<int:pk>/returned/", batches.returned, name="batch_returned"),
]
