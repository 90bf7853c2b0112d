"""Django settings. What may differ between machines comes from ``backoffice.environment``."""

from typing import Any

import pghistory
import pgtrigger
from django.urls import reverse_lazy

from backoffice.environment import BASE_DIR, Environment
from backoffice.unfold_settings import UNFOLD  # noqa: F401  (a setting)
from tenants.current_job import name_job

ENVIRONMENT = Environment.read()

DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.csrf_trusted_origins)
DATA_DIR = ENVIRONMENT.data_dir
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # its default one would put its own admin site in place of ours
    "unfold.contrib.filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "backoffice.apps.BackofficeConfig",
    "backoffice.apps.BackofficeAdminConfig",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "tenants",
    "recyclebin",
    "records",
    "addresses",
    "pricing",
    "users",
    "contacts",
    "customers",
    "api",
]

MIDDLEWARE = [
    # These two see every answer: redirects to HTTPS and static files as well.
    "api.request_id.RequestIdMiddleware",
    "api.access_log.AccessLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
# The contracts make a trailing slash optional and never redirect (lookup API section 1).
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
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

_pool: dict[str, Any] = {}
if ENVIRONMENT.database_pool_max:
    _pool = {"pool": {"min_size": 1, "max_size": ENVIRONMENT.database_pool_max}}
DATABASES = {
    "default": {
        **ENVIRONMENT.database,
        # Persistent connections: opening one for each request costs three to ten times the request itself.
        "CONN_MAX_AGE": 0 if _pool else None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**ENVIRONMENT.database.get("OPTIONS", {}), **_pool},
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "tenants.StaffAccount"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
# In development assets are looked up in the apps when asked for; production serves what collectstatic gathered.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not ENVIRONMENT.production
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ENVIRONMENT.production
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Seconds that one statement of a list or a search may take.
SEARCH_TIMEOUT = ENVIRONMENT.search_timeout
# Seconds that an export may take, its reader's slowness included, and how many a process runs at once.
EXPORT_TIMEOUT = ENVIRONMENT.export_timeout
EXPORTS_PER_PROCESS = ENVIRONMENT.exports_per_process

# What the keys of purged records are hashed with, the secret in use first (recyclebin.tombstones).
TOMBSTONE_KEYS = ENVIRONMENT.tombstone_keys

# The largest request the contracts allow is 32 MiB; api.body counts the decompressed bytes itself.
DATA_UPLOAD_MAX_MEMORY_SIZE = 33 * 1024 * 1024

# Change history: statement-level triggers cost a third of row-level ones and see COPY and psql alike.
PGHISTORY_LEVEL = pgtrigger.Statement
# Which indexes events have is said in records/history.py; one for each link would only slow the bulk path.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(db_index=False, related_name="+")
PGHISTORY_CONTEXT_FIELD = pghistory.ContextForeignKey(db_index=False, related_name="+")
PGHISTORY_BASE_MODEL = "records.history.Event"
PGHISTORY_ADMIN_ALL_EVENTS = False

# Background work of an app stands in its jobs.py.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_WORKER_DEFAULTS = {"task_middleware": [name_job]}

OAUTH2_PROVIDER_APPLICATION_MODEL = "tenants.ApiClient"
OAUTH2_PROVIDER = {
    "SCOPES_BACKEND_CLASS": "tenants.scopes.ClientScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 1800,
    # Knows the client-credentials grant and no other.
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    # Only the client-credentials grant is served; these close what the other grants would leave open.
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Lookup API",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "DEFAULT_GENERATOR_CLASS": "api.openapi.generator.DocumentGenerator",
    "POSTPROCESSING_HOOKS": ["api.openapi.generator.share_parameters"],
    # Endpoints and their parameters are told in the order of the contract.
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    # The reference page takes everything from our own host.
    "REDOC_DIST": "SIDECAR",
}

if ENVIRONMENT.production and ENVIRONMENT.secure_ssl:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Probes come from inside, over plain HTTP.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.production and ENVIRONMENT.secure_ssl
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"keep_out": {"()": "api.log_lines.KeepOut"}},
    "formatters": {"text": {"()": "api.log_lines.TextLines"}, "json": {"()": "api.log_lines.JsonLines"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": ENVIRONMENT.log_format,
            "filters": ["keep_out"],
        }
    },
    "root": {"handlers": ["stderr"], "level": ENVIRONMENT.log_level},
    "loggers": {
        # It announces its tasks at every start of every command.
        "procrastinate": {"level": "WARNING"},
        # Below these levels they write client secrets and the paths of refused requests, also when LOG_LEVEL is DEBUG.
        "oauth2_provider": {"level": "WARNING"},
        "oauthlib": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
