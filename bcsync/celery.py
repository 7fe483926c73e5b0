"""The Celery application: workers and beat start from here (`celery -A bcsync worker`)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bcsync.settings")

app = Celery("bcsync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
