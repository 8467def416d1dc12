"""Addresses of the desk."""

from django.urls import path

from zhitong.web.desk import (
    dashboard,
    items,
    plans,
    returns,
    returns_acts,
    returns_declared,
    returns_flows,
    returns_items,
    sign_in,
    trips,
)

app_name = "desk"
urlpatterns = [
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("logout/", sign_in.SignOut.as_view(), name="logout"),
    path("language/", sign_in.set_language, name="language"),
    path("", dashboard.dashboard, name="dashboard"),
    path("report.xlsx", dashboard.report_xlsx, name="report_xlsx"),
    path("returns/", returns.returns, name="returns"),
    path("returns/declare/", returns_acts.declare, name="returns_declare"),
    path("returns/decide/", returns_acts.decide, name="returns_decide"),
    path("returns/close/", returns_acts.close, name="returns_close"),
    path("returns/correct/", returns_acts.correct, name="returns_correct"),
    path("returns/declared/", returns_declared.declared_day, name="returns_declared"),
    path("returns/declared.xlsx", returns_declared.xlsx, name="returns_xlsx"),
    path("returns/declared.<str:form>", returns_declared.table, name="returns_table"),
    path("returns/fill/", returns_acts.fill, name="returns_fill"),
    path("returns/items/", returns_items.item_sums, name="returns_items"),
    path("returns/exempt/", returns_acts.exempt, name="returns_exempt"),
    path("returns/flows/", returns_flows.flows, name="returns_flows"),
    path("returns/chase/", returns_flows.chase, name="returns_chase"),
    path("returns/anomalies/", returns_flows.anomalies, name="returns_anomalies"),
    path("returns/catalogue/", items.items, name="items"),
    path("returns/catalogue/add/", items.add, name="item_add"),
    path("returns/catalogue/<slug:code>/end/", items.end, name="item_end"),
    path("returns/catalogue/<slug:code>/remove/", items.remove, name="item_remove"),
    path("plans/", plans.plans, name="plans"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("trips/", trips.trips, name="trips"),
    path("trips/<int:pk>/", trips.trip, name="trip"),
    path("trips/<int:pk>/manifest.pdf", trips.manifest_pdf, name="trip_manifest_pdf"),
    path("trips/<int:pk>/manifest.xlsx", trips.manifest_xlsx, name="trip_manifest_xlsx"),
    path("trips/<int:pk>/placard.pdf", trips.placard_pdf, name="trip_placard_pdf"),
]
