"""A database of the first issues, upgraded: every row is there with what it said, counts are right, pages open."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bcsync.embedded.places import ROOT


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The URL of a database that nothing is in, of the kind that the tests use."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield f"sqlite:///{tmp_path / 'old.sqlite3'}"
        return
    name, server = f"upgrade_{os.getpid()}", given.rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name}")
        admin.execute(f"CREATE DATABASE {name}")
        yield f"{server}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_upgrade_keeps_links_setup_and_history(empty_database: str, tmp_path: Path, redis_url: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    own = {
        "DATABASE_URL": empty_database,
        "REDIS_URL": redis_url,
        "BCSYNC_VAR_DIR": str(tmp_path),
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "tests.delivery.upgrading"]
    done = subprocess.run(
        command, cwd=ROOT, env={**environment, **own, "BCSYNC_DEVELOPMENT": "1"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    for table, rows in told["before"].items():
        assert [kept(now, was) for now, was in zip(told["after"][table], rows, strict=True)] == rows, table
        assert rows, table
    facts = told["facts"]
    assert {url: status for url, status in facts["pages"].items() if status != 200} == {}
    assert (facts["counts"], facts["found"], facts["problems"]) == ([], 1, [])
    assert facts["secrets"] == ["token of first", "secret of ours"]


def kept(now: dict[str, Any], was: dict[str, Any]) -> dict[str, Any]:
    """A row after the upgrade, in the columns that it had before."""
    return {name: now.get(name) for name in was}
