"""A real worker is killed in the middle of a real run: another one finishes it, nothing happens twice."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from bcsync.sandbox.world import World
from tests.fixtures import APP, APP_SECRET, COMPANY, ENVIRONMENT, FIRST, READY, TENANT, small_world
from tests.valkey import own_valkey

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = 60
PATIENCE = 60.0


@pytest.fixture
def place(tmp_path: Path) -> Iterator["Place"]:
    """Sandbox, broker and database of this test alone; every process it starts is gone afterwards."""
    state = tmp_path / "sandbox.sqlite3"
    fill(small_world(path=state))
    with own_valkey(tmp_path) as redis_url:
        made = Place(tmp_path, redis_url)
        try:
            made.begin(state)
            yield made
        finally:
            for process in made.processes:
                kill(process)


def fill(world: World) -> None:
    company = world.companies[COMPANY]
    for number in range(CUSTOMERS):
        company.add_customer(
            number=f"K{number:04}", displayName=f"Kestrel {number} Ltd", email=f"kestrel{number}@post.example", **READY
        )
    world.close()


class Place:
    def __init__(self, path: Path, redis_url: str) -> None:
        self.processes: list[subprocess.Popen[str]] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TEST_")},
            "DJANGO_SETTINGS_MODULE": "bcsync.settings",
            "DATABASE_URL": f"sqlite:///{path / 'bcsync.sqlite3'}",
            "REDIS_URL": redis_url,
            "BCSYNC_VAR_DIR": str(path),
            "BIGCOMMERCE_ACCESS_TOKEN": f"token-{FIRST}",
            "BUSINESS_CENTRAL_CLIENT_SECRET": APP_SECRET,
        }

    def begin(self, state: Path) -> None:
        sandbox = self.spawn("-m", "bcsync.sandbox", "--port", "0", "--state", str(state), "--latency", "0.4")
        assert sandbox.stdout is not None
        self.url = sandbox.stdout.readline().split(" at ")[1].split(":stores")[0].split(": ")[0].strip()
        for name in ("BIGCOMMERCE_API_URL", "BIGCOMMERCE_LOGIN_URL", "BUSINESS_CENTRAL_API_URL", "ENTRA_LOGIN_URL"):
            self.environment[name] = self.url
        self.manage("migrate", "-v0")
        self.manage(
            "connect_store", "--hash", FIRST, "--tenant", TENANT, "--environment", ENVIRONMENT, "--company", COMPANY,
            "--client-id", APP, "--writes", "on",
        )  # fmt: skip

    def spawn(self, *arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def celery(self, *arguments: str) -> "subprocess.Popen[str]":
        return self.spawn("-m", "celery", "-A", "bcsync", *arguments)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode in (0, 1), done.stderr + done.stdout
        return done.stdout

    def run(self, number: int) -> dict[str, Any]:
        return json.loads(self.manage("show_run", "--run", str(number), "--json"))

    def state(self) -> dict[str, Any]:
        return requests.get(f"{self.url}/sandbox/state?ids=0", timeout=30).json()


def kill(process: "subprocess.Popen[str]") -> None:
    """The whole group, as when the machine's memory runs out: no handler runs."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(done: Callable[[], Any], patience: float) -> Any:
    """What `done` returns once it is true; None after `patience` seconds."""
    gives_up = time.monotonic() + patience
    pause = threading.Event()
    while not (found := done()):
        if time.monotonic() > gives_up:
            return None
        pause.wait(0.2)
    return found


def test_a_killed_worker_is_replaced_within_a_minute_and_nobody_is_created_twice(place: Place) -> None:
    worker = place.celery("worker", "-c", "1", "--loglevel", "ERROR")
    beat = place.celery("beat", "--loglevel", "ERROR")
    started = json.loads(place.manage("add_customers", "--store", FIRST, "--approve", "--background", "--json"))
    assert until(lambda: len(place.state()["stores"][FIRST]["customers"]) >= 10, 40)

    kill(worker)
    killed = time.monotonic()
    place.celery("worker", "-c", "1", "--loglevel", "ERROR")
    ended = until(lambda: place.run(started["run"])["status"] not in ("waiting", "running"), PATIENCE)

    run = place.run(started["run"])
    assert (ended, run["status"], run["message"]) == (True, "succeeded", "")
    assert time.monotonic() - killed < PATIENCE + 5
    assert run["counts"] == {"created": CUSTOMERS}
    assert run["looked_at"] == CUSTOMERS
    customers = place.state()["stores"][FIRST]["customers"]
    assert sorted(customers) == sorted(f"kestrel{number}@post.example" for number in range(CUSTOMERS))
    assert beat.poll() is None
