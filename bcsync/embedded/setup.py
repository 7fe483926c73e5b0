"""Prepares an embedded bcsync in this process: environment, Django, database, sign-in; and waits until it serves."""

import os
import secrets
import time
from collections.abc import Callable

import django
import redis
import requests
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from bcsync.embedded.places import CannotServe, Place

USER = "admin"
UP_SECONDS = 60.0
POLL_SECONDS = 0.1


def prepare(place: Place) -> None:
    """Make this process one of this place, and its database up to date."""
    place.directory.mkdir(parents=True, exist_ok=True)
    os.environ.update(place.environment())
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def has_data() -> bool:
    """Whether any store is connected."""
    return bool(apps.get_model("stores.Store").objects.exists())


def note_start() -> None:
    """Beat is about to start: the pages, which are there before it, do not call its watchdog silent for old data."""
    apps.get_model("customers.Look").beat_starts(timezone.now())


def sign_in() -> tuple[str, str]:
    """(user, password): an administrator with a fresh random password."""
    password = secrets.token_urlsafe(12)
    user, _ = get_user_model().objects.get_or_create(
        username=USER, defaults={"is_staff": True, "is_superuser": True, "email": f"{USER}@example.com"}
    )
    user.set_password(password)
    user.save()
    connections.close_all()
    return USER, password


def wait_until_up(place: Place, still_running: Callable[[], bool]) -> None:
    """Return when broker, sandbox and web answer. Raises CannotServe when one does not, or the supervisor ended."""
    deadline = time.monotonic() + UP_SECONDS
    for name, answers in (
        ("broker", lambda: broker_answers(os.environ["REDIS_URL"])),
        ("sandbox", lambda: page_answers(f"{place.sandbox_url}/sandbox/health")),
        ("web", lambda: page_answers(f"{place.web_url}/healthz")),
    ):
        while not answers():
            if not still_running():
                raise CannotServe(
                    f"The processes ended before the {name} answered; {place.directory / 'log'} says why."
                )
            if time.monotonic() > deadline:
                raise CannotServe(
                    f"The {name} did not answer in {UP_SECONDS:.0f} s; {place.directory / 'log'} says why."
                )
            time.sleep(POLL_SECONDS)


def broker_answers(url: str) -> bool:
    """Whether the broker answers a ping."""
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def page_answers(url: str) -> bool:
    """Whether this address answers 200."""
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False
