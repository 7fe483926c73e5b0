"""Settings, all from the environment. With none set: a development machine with SQLite and a local broker.

DATABASE_URL and REDIS_URL set: the same code on PostgreSQL and Redis.
"""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from bcsync.clients.transport import WRITE_TIMEOUT

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.prefix = ""
environ.Env.read_env(BASE_DIR / ".env")

# Development is asked for by name; anything else is production and must bring its own secrets.
DEBUG = env.bool("DEBUG", default=False)
DEVELOPMENT = env.bool("BCSYNC_DEVELOPMENT", default="SECRET_KEY" not in env.ENVIRON)
VAR_DIR = Path(env.str("BCSYNC_VAR_DIR", default=str(BASE_DIR / "var")))

DEVELOPMENT_KEY = "development-only-key-never-used-in-production-0123456789"
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_KEY if DEVELOPMENT else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY (50 random characters or more) in the environment.")
# Keys that encrypt the vendors' secrets in the database, newest first; `manage.py rotate_keys` re-encrypts with it.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
if not ENCRYPTION_KEYS and not DEVELOPMENT:
    raise ImproperlyConfigured("Set ENCRYPTION_KEYS: Fernet keys with commas, newest first (see docs/operating.md).")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Where the vendors' webhooks reach us: https://bcsync.example.com, on port 443. Without it everything works by polling.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
if urlsplit(PUBLIC_URL).hostname:
    # A vendor that gets an error for the host's name stops sending for good.
    ALLOWED_HOSTS.append(urlsplit(PUBLIC_URL).hostname)
# So long a web process remembers who may send webhooks; a new secret, or a new store, is seen at once all the same.
WEBHOOK_SENDER_SECONDS = 0.0 if "pytest" in sys.modules else 5.0

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_htmx",
    "axes",
    "stores",
    "mapping",
    "customers",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # A development machine has nothing collected for it: bcsync/urls.py serves the files where they are.
    *([] if DEVELOPMENT else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "stores.reader.Reading",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "stores.parameters.ReadableParameters",
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "stores.backends.WithReaderSetting",
]
ROOT_URLCONF = "bcsync.urls"
WSGI_APPLICATION = "bcsync.wsgi.application"
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
                "stores.context.chrome",
            ],
        },
    },
]


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for an URL; SQLite gets WAL and immediate transactions, PostgreSQL a pool."""
    entry: dict[str, Any] = dict(env.db_url_config(url))
    if entry["ENGINE"].endswith("sqlite3"):
        entry["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
        }
    else:
        # A connection that a restart of the server broke is replaced when it is taken from the pool.
        entry["CONN_HEALTH_CHECKS"] = True
        # A webhook is answered within seconds also when the server is gone without a word: Business Central waits five.
        pool = {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=8), "timeout": 3}
        gone = {"connect_timeout": 3, "tcp_user_timeout": 4000, "keepalives_idle": 30, "keepalives_interval": 5}
        entry["OPTIONS"] = {"pool": pool, **gone}
    return entry


DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'bcsync.sqlite3'}")
if "pytest" in sys.modules:
    # Never the machine's own database, whatever the environment of a developer says.
    DATABASE_URL = env.str("TEST_DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'tests.sqlite3'}")
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The tie of two customer templates is refused by their form everywhere, and by the database too from PostgreSQL 15 on.
SILENCED_SYSTEM_CHECKS = ["models.W047"]

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)  # the queue writes a socket in other words
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Tasks are short (they continue themselves), so an hour is far above the longest one. The lease on the run is the first
# net; the broker's redelivery the second.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "unacked_restore_limit": 1000,
    # Who queues a run is told within five seconds that Redis is frozen or gone. A worker asks for one second at a time.
    "socket_connect_timeout": 2,
    "socket_timeout": 4,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
    "connect_retries_timeout": 3,
}
# A worker waits for its broker as long as it takes.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", default="bcsync")
CELERY_TIMEZONE = "UTC"
CELERY_IMPORTS = ["customers.answering", "customers.connection_care", "customers.schedules", "customers.watching"]
CELERY_BEAT_SCHEDULE = {
    # Those that nobody took in time are dropped: after an outage one is enough.
    "rescue": {"task": "customers.tasks.rescue", "schedule": 3.0, "options": {"expire_seconds": 12}},
    "answer_events": {"task": "customers.answering.answer_events", "schedule": 5.0, "options": {"expire_seconds": 20}},
    # The tasks that administrators made; when each is due is theirs, see customers/schedules.py.
    "start_due": {"task": "customers.schedules.start_due", "schedule": 5.0, "options": {"expire_seconds": 20}},
    "care_for_webhooks": {"task": "stores.tasks.care_for_webhooks", "schedule": crontab(minute=7)},
    "mend_webhooks": {"task": "stores.tasks.mend_webhooks", "schedule": crontab(minute="2-59/10")},
    "care_for_connections": {"task": "customers.connection_care.care_for_connections", "schedule": crontab(minute=37)},
    "watchdog": {"task": "customers.watching.watch", "schedule": 60.0, "options": {"expire_seconds": 60}},
    "check_readiness": {"task": "customers.tasks.check_readiness", "schedule": 60.0, "options": {"expire_seconds": 60}},
    "purge": {"task": "customers.tasks.purge", "schedule": crontab(hour=3, minute=17)},
}

# A run's lease outlasts a write's whole time-out (25 s); a worker that was killed is replaced after this.
RUN_LEASE_SECONDS = WRITE_TIMEOUT + 3.0
RUN_HEARTBEAT = True
# A task works on a run for so long, then queues the next slice.
RUN_SLICE_SECONDS = 60.0

# The outside world. Sovereign clouds, proxies and tests need these; a store never carries a URL of its own.
BIGCOMMERCE_API_URL = env.str("BIGCOMMERCE_API_URL", default="https://api.bigcommerce.com")
BIGCOMMERCE_LOGIN_URL = env.str("BIGCOMMERCE_LOGIN_URL", default="https://login.bigcommerce.com")
BUSINESS_CENTRAL_API_URL = env.str("BUSINESS_CENTRAL_API_URL", default="https://api.businesscentral.dynamics.com")
# Where people open Business Central; only links lead there. Empty: no link is shown.
BUSINESS_CENTRAL_CLIENT_URL = env.str("BUSINESS_CENTRAL_CLIENT_URL", default="https://businesscentral.dynamics.com")
ENTRA_LOGIN_URL = env.str("ENTRA_LOGIN_URL", default="https://login.microsoftonline.com")

# The watchdog's mails: smtp://, smtp+tls:// or smtp+ssl://user:password@host:port. Without it they go to the log.
EMAIL = env.email_url_config(env.str("EMAIL_URL", default="") or "consolemail://")
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_HOST"] or "localhost", EMAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_USER"] or "", EMAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_TLS", False), EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = EMAIL["EMAIL_FILE_PATH"]
# A mail server that does not answer holds the watchdog up no longer than this.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="bcsync@localhost")
# Where people open the pages, for the links in mails.
PAGES_URL = next((origin for origin in CSRF_TRUSTED_ORIGINS if "*" not in origin), PUBLIC_URL).rstrip("/")

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "bcsync" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "stores"
LOGOUT_REDIRECT_URL = "sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "locked_out.html"
AXES_VERBOSE = False

SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if not DEVELOPMENT:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    # A redirect is a wrong answer to a webhook: the vendor would stop sending.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^webhooks/"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        AXES_IPWARE_PROXY_COUNT = 1

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {"bcsync": {"level": env.str("LOG_LEVEL", default="INFO")}},
}
