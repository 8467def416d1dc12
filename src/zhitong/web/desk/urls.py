"""Addresses of the desk."""

from django.urls import path

from zhitong.web.desk import dashboard, sign_in

app_name = "desk"
urlpatterns = [
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("logout/", sign_in.SignOut.as_view(), name="logout"),
    path("language/", sign_in.set_language, name="language"),
    path("", dashboard.dashboard, name="dashboard"),
]
