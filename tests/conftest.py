"""Fixtures that everybody shares: a Redis (given, or an own one), in the settings and empty for each test."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from django.test import override_settings

from bcsync.celery import app
from tests.sandbox import vendor_spec
from tests.valkey import own_valkey

pytest_plugins = ["tests.databases", "tests.fixtures"]

# Playwright runs its own event loop in the thread that uses Django's database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

# Production's hasher takes a fifth of a second on purpose, for each of the hundreds of users here;
# tests/pages/test_sign_in.py signs in with it.
QUICK_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=[QUICK_HASHER]):
        yield


# Modules and tests stay until the end: the collector, which would walk them again and again, lets them be.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """TEST_REDIS_URL, else a Redis of our own on a unix socket; the settings name it too."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        given = of_this_worker(given)
        name_in_settings(given)
        yield given
        return
    with own_valkey(Path(tmp_path_factory.mktemp("valkey"))) as url:
        name_in_settings(url)
        yield url


def of_this_worker(url: str) -> str:
    """With several test processes each empties a Redis database of its own: 15, 14 ..."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    place, _, number = url.rpartition("/")
    return f"{place}/{int(number) - worker}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the vendor's own specification was not there to check against."""
    terminalreporter.write_line(vendor_spec.summary())


def name_in_settings(url: str) -> None:
    """Gates and the queue of this session use the tests' Redis, never the one of the machine's settings."""
    django_settings.REDIS_URL = url
    app.conf.broker_url = url.replace("unix://", "redis+socket://", 1)


@pytest.fixture(scope="session")
def redis_connection(redis_url: str) -> Iterator[redis.Redis]:
    """One connection to the tests' Redis."""
    with redis.Redis.from_url(redis_url) as connection:
        yield connection


@pytest.fixture(autouse=True)
def _empty_redis(redis_connection: redis.Redis) -> None:
    """No test waits for the rate limit that another one used up."""
    redis_connection.flushdb()
