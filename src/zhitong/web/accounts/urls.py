"""Addresses of signing in, of one's own account, and of posts that an administrator gives."""

from django.urls import path

from zhitong.web.accounts import invitation, offices, staff, steps, tokens

app_name = "accounts"
urlpatterns = [
    path("login/code/", steps.code, name="code"),
    path("login/enrol/", steps.enrol, name="enrol"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("account/", staff.own_account, name="own"),
    path("account/backup-codes/", staff.renew_backup_codes, name="renew_backup_codes"),
    path("staff/", staff.posts, name="staff"),
    path("staff/new/", staff.new, name="new"),
    path("staff/roster.xlsx", staff.roster_form, name="roster_form"),
    path("staff/roster/", staff.roster, name="roster"),
    path("offices/", offices.offices, name="offices"),
    path("offices/new/", offices.new, name="office_new"),
    path("offices/<int:pk>/", offices.office, name="office"),
    path("tokens/", tokens.listing, name="tokens"),
    path("tokens/new/", tokens.new, name="token_new"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="token_revoke"),
    path("staff/<int:pk>/", staff.post, name="post"),
    path("staff/<int:pk>/roles/", staff.roles, name="roles"),
    path("staff/<int:pk>/disable/", staff.disable, name="disable"),
    path("staff/<int:pk>/restore/", staff.restore, name="restore"),
    path("staff/<int:pk>/reinvite/", staff.reinvite, name="reinvite"),
]
