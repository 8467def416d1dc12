"""Addresses of the desk."""

from django.urls import path

from zhitong.web.desk import dashboard, plans, sign_in, trips

app_name = "desk"
urlpatterns = [
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("logout/", sign_in.SignOut.as_view(), name="logout"),
    path("language/", sign_in.set_language, name="language"),
    path("", dashboard.dashboard, name="dashboard"),
    path("report.xlsx", dashboard.report_xlsx, name="report_xlsx"),
    path("plans/", plans.plans, name="plans"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("trips/", trips.trips, name="trips"),
    path("trips/<int:pk>/", trips.trip, name="trip"),
    path("trips/<int:pk>/manifest.pdf", trips.manifest_pdf, name="trip_manifest_pdf"),
    path("trips/<int:pk>/manifest.xlsx", trips.manifest_xlsx, name="trip_manifest_xlsx"),
    path("trips/<int:pk>/placard.pdf", trips.placard_pdf, name="trip_placard_pdf"),
]
