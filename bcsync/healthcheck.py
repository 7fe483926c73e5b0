"""python -m bcsync.healthcheck web | worker | beat | watchdog: exit status 0 when that one does its work."""

import os
import socket
import sys
import urllib.error
import urllib.request
from datetime import timedelta

import django
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from bcsync.celery import app

# Beat writes its times to the database every three minutes.
BEAT_SILENCE = timedelta(minutes=10)


def web() -> bool:
    """The pages answer, and database and queue behind them do."""
    port = os.environ.get("WEB_PORT", "8000")
    # The pages answer only to the names they are served under.
    host = next((name for name in settings.ALLOWED_HOSTS if name != "*"), "localhost").lstrip(".")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def worker() -> bool:
    """The worker of this machine answers through the queue."""
    return bool(app.control.ping(destination=[f"celery@{socket.gethostname()}"], timeout=5))


def beat() -> bool:
    """Beat queued something lately."""
    tasks = apps.get_model("django_celery_beat.PeriodicTask").objects
    return bool(tasks.filter(last_run_at__gt=timezone.now() - BEAT_SILENCE).exists())


def watchdog() -> bool:
    """A look of the watchdog went from beat through the queue and a worker into the database lately."""
    looks = apps.get_model("customers.Look")
    looked_at = looks.last()
    return looked_at is not None and timezone.now() - looked_at <= looks.SILENCE


CHECKS = {"web": web, "worker": worker, "beat": beat, "watchdog": watchdog}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in CHECKS:
        sys.exit(f"usage: python -m bcsync.healthcheck {' | '.join(CHECKS)}")
    django.setup()
    sys.exit(0 if CHECKS[sys.argv[1]]() else 1)
