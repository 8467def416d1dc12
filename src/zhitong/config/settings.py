"""Django settings. Every value that differs between installations comes from the environment.

| variable | meaning | without it |
| --- | --- | --- |
| `DATABASE_URL` | a PostgreSQL 15+ server | the embedded server under `home.home()` |
| `ZHITONG_DEBUG` | 1: error pages with traces | off |
| `ZHITONG_HOSTS` | host names served, comma separated | loopback only |
| `ZHITONG_HTTPS` | 1: cookies and redirects for HTTPS only | off |
| `ZHITONG_MFA` | 0: a password is enough, for trials | password and authenticator |
| `ZHITONG_RETENTION` | days by kind of record, `workers=730,row-errors=never` | see `retention` |
| `ZHITONG_CIPHER` | sm4-gcm: personal data are sealed by SM4 | AES-256-GCM |
| `ZHITONG_SECRET_KEY`, `ZHITONG_FIELD_KEYS`, `ZHITONG_HASH_KEY` | see `secrets` | kept in home |
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from zhitong.config import secrets
from zhitong.config.home import StartupError, home

PACKAGE = Path(__file__).resolve().parent.parent


def _database() -> dict[str, object]:
    try:
        url = conninfo_to_dict(os.environ.get("DATABASE_URL", ""))
    except ProgrammingError as failure:
        raise StartupError(
            "DATABASE_URL is not a PostgreSQL address such as postgresql://user@host/name",
            code="database-url",
        ) from failure
    named = {
        "NAME": url.pop("dbname", "zhitong"),
        "USER": url.pop("user", ""),
        "PASSWORD": url.pop("password", ""),
        "HOST": url.pop("host", ""),
        "PORT": url.pop("port", ""),
    }
    return {
        "ENGINE": "zhitong.config.postgres",
        "EMBEDDED": not os.environ.get("DATABASE_URL"),
        **named,
        "OPTIONS": {**url, "pool": False},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


SECRET_KEY = secrets.load().secret_key
DEBUG = os.environ.get("ZHITONG_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("ZHITONG_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
HTTPS = os.environ.get("ZHITONG_HTTPS") == "1"
MFA = os.environ.get("ZHITONG_MFA") != "0"
RETENTION = os.environ.get("ZHITONG_RETENTION", "")
# Of townships, put there by `zhitong boundaries`.
BOUNDARIES = home() / "boundaries"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "zhitong.kernel",
    "zhitong.offices",
    "zhitong.policies",
    "zhitong.registry",
    "zhitong.flows",
    "zhitong.transport",
    "zhitong.bulletin",
    "zhitong.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "zhitong.web.language.chosen_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "zhitong.web.accounts.sessions.limits",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "zhitong.web.api.bearer.bearer",
    "zhitong.web.accounts.wall.wall",
    "zhitong.web.readonly.read_only",
]

ROOT_URLCONF = "zhitong.config.urls"
WSGI_APPLICATION = "zhitong.config.wsgi.application"
DATABASES = {"default": _database()}
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "desk:login"
LOGIN_REDIRECT_URL = "desk:dashboard"
LOGOUT_REDIRECT_URL = "desk:login"

# allauth leads through the steps of signing in and keeps authenticators. It has no address here,
# and without the app "allauth" no template. `web.lockout` counts refusals, of passwords and codes.
ACCOUNT_ADAPTER = "zhitong.web.accounts.half_in.Adapter"
ACCOUNT_LOGIN_TIMEOUT = 600
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "zhitong.offices.second_factor.Adapter"
MFA_TOTP_ISSUER = "直通"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be a step off, and typing takes a while
MFA_RECOVERY_CODE_DIGITS = 10

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# To standard error, which whoever runs the server keeps. Requests are named by path alone: query
# strings and forms may hold personal data.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "zhitong": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
