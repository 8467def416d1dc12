"""Addresses of the registry's pages. None carries a name, a number or a telephone."""

from django.urls import path

from zhitong.web.registry import batches, departures, entering, groups, people, repeated, uploads

app_name = "registry"
urlpatterns = [
    path("", people.workers, name="workers"),
    path("export/", people.export, name="export"),
    path("workers/<int:pk>/", people.worker, name="worker"),
    path("workers/<int:pk>/reveal/", people.reveal, name="worker_reveal"),
    path("upload/", uploads.upload, name="upload"),
    path("jobs/<int:pk>/", uploads.job, name="job"),
    path("jobs/<int:pk>/progress/", uploads.progress, name="job_progress"),
    path("files/<int:pk>/", uploads.file, name="file"),
    path("template.xlsx", uploads.template, name="template"),
    path("repeated/", repeated.repeated, name="repeated"),
    path("repeated/keep-identical/", repeated.keep_identical, name="keep_identical"),
    path("repeated/<int:pk>/", repeated.duplicate, name="duplicate"),
    path("repeated/<int:pk>/decide/", repeated.decide, name="duplicate_decide"),
    path("departures/", departures.departures, name="departures"),
    path("departures/group/", groups.group, name="group"),
    path("departures/group/reveal/", groups.reveal, name="group_reveal"),
    path("departures/group/export/", groups.export, name="group_export"),
    path("entry/", entering.entering, name="entry"),
    path("entry/save/", entering.save, name="entry_save"),
    path("batches/", batches.batches, name="batches"),
    path("batches/<int:pk>/", batches.batch, name="batch"),
    path("batches/<int:pk>/withdraw/", batches.withdraw, name="batch_withdraw"),
    path("batches/<int:pk>/returned/", batches.returned, name="batch_returned"),
]
