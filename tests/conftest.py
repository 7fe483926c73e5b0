"""Fixtures that everybody shares: a Redis (given, or an own Valkey), and the sandbox of both vendors."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Playwright runs its own event loop in the thread that uses Django's database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """TEST_REDIS_URL, else a Valkey of our own on a unix socket."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    from tests.valkey import own_valkey

    with own_valkey(Path(tmp_path_factory.mktemp("valkey"))) as url:
        yield url
