"""A real worker is killed in the middle of a real run: another one finishes it, nothing happens twice."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.conf import settings

from bcsync.sandbox.world import World
from tests.fixtures import APP, APP_SECRET, COMPANY, ENVIRONMENT, FIRST, READY, SECOND, TENANT, small_world

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = 60
PATIENCE = 60.0
LATENCY = "0.4"
# Seconds a write may take: a killed worker is replaced after six seconds instead of twenty-eight.
QUICK = {"CONNECT_TIMEOUT": "1", "READ_TIMEOUT_FOR_WRITES": "2"}


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[str]:
    """URL of an empty database for this test alone, on the server of the tests where they have one, else in a file."""
    given = settings.DATABASES["default"]
    if "postgresql" not in given["ENGINE"]:
        yield f"sqlite:///{tmp_path / 'bcsync.sqlite3'}"
        return
    server = os.environ["TEST_DATABASE_URL"].rpartition("/")[0]
    name = f"bcsync_kill_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{server}/{name}"
        connection.execute(drop)


@pytest.fixture
def place(tmp_path: Path, own_database: str, redis_url: str, request: pytest.FixtureRequest) -> Iterator["Place"]:
    """Sandbox and database of this test alone; all its processes are gone afterwards. Parameter: the store."""
    state = tmp_path / "sandbox.sqlite3"
    fill(small_world(path=state), request.param)
    made = Place(tmp_path, own_database, redis_url)
    try:
        made.begin(state, request.param)
        yield made
    finally:
        for process in made.processes:
            kill(process)


def fill(world: World, store: str) -> None:
    """The first store: customers of Business Central to be added. The second: shoppers whose phones match customers."""
    company = world.companies[COMPANY]
    for number in range(CUSTOMERS):
        if store == FIRST:
            names = {"displayName": f"Kestrel {number} Ltd", "email": f"kestrel{number}@post.example"}
            company.add_customer(number=f"K{number:04}", **names, **READY)
            continue
        phone = f"+44 1223 55{number:04}"
        company.add_customer(number=f"M{number:04}", displayName=f"Merlin {number} Ltd", phoneNumber=phone, **READY)
        world.stores[store].add_customer(
            email=f"merlin{number}@post.example", first_name="Rob", last_name="Townes", phone=phone, company="Old Ltd"
        )
    world.close()


class Place:
    def __init__(self, path: Path, database_url: str, redis_url: str) -> None:
        self.processes: list[subprocess.Popen[str]] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TEST_")},
            "DJANGO_SETTINGS_MODULE": "bcsync.settings",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "BCSYNC_VAR_DIR": str(path),
            "BUSINESS_CENTRAL_CLIENT_SECRET": APP_SECRET,
        }

    def begin(self, state: Path, store: str) -> None:
        self.environment["BIGCOMMERCE_ACCESS_TOKEN"] = f"token-{store}"
        sandbox = self.spawn("-m", "bcsync.sandbox", "--port", "0", "--state", str(state), "--latency", LATENCY)
        assert sandbox.stdout is not None
        self.url = sandbox.stdout.readline().split(" at ")[1].split(":stores")[0].split(": ")[0].strip()
        for name in ("BIGCOMMERCE_API_URL", "BIGCOMMERCE_LOGIN_URL", "BUSINESS_CENTRAL_API_URL", "ENTRA_LOGIN_URL"):
            self.environment[name] = self.url
        self.manage("migrate", "-v0")
        self.manage(
            "connect_store", "--hash", store, "--tenant", TENANT, "--environment", ENVIRONMENT, "--company", COMPANY,
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

    def worker(self) -> None:
        self.working = self.celery("worker", "-c", "1", "--loglevel", "ERROR")

    def killed_in(self, job: str, begun: Callable[[], bool]) -> dict[str, Any]:
        """Start the job, kill its worker once `begun`, give it another; the run as it ended."""
        words = ["--store", SECOND, "--approve", "--background", "--json"]
        self.audit_reset()
        started = json.loads(self.manage(job, *words))["run"]
        assert until(begun, 40)
        kill(self.working)
        assert self.status(started) == "running"
        self.worker()
        assert until(lambda: self.status(started) not in ("waiting", "running"), PATIENCE)
        return self.run(started)

    def audit_reset(self) -> None:
        requests.post(f"{self.url}/sandbox/audit/reset", timeout=30).raise_for_status()

    def calls(self, family: str) -> int:
        audit = requests.get(f"{self.url}/sandbox/audit", timeout=30).json()
        return sum(row["calls"] for rows in audit["families"].values() for name, row in rows.items() if name == family)

    def companies(self) -> set[str]:
        customers = self.state()["stores"][SECOND]["customers"].values()
        return {customer["company"] for customer in customers}

    def manage(self, *arguments: str) -> str:
        return self.python("manage.py", *arguments)

    def python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode in (0, 1), done.stderr + done.stdout
        return done.stdout

    def status(self, number: int) -> str:
        """As the database has it: asked often, so without starting a command."""
        url = self.environment["DATABASE_URL"]
        connect = (
            psycopg.connect(url) if url.startswith("postgres") else sqlite3.connect(url.removeprefix("sqlite:///"))
        )
        with closing(connect) as connection:
            return connection.execute(f"SELECT status FROM customers_run WHERE id = {number}").fetchone()[0]

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


@pytest.mark.parametrize("place", [FIRST], indirect=True)
def test_a_killed_worker_is_replaced_within_a_minute_and_nobody_is_created_twice(place: Place) -> None:
    worker = place.celery("worker", "-c", "1", "--loglevel", "ERROR")
    beat = place.celery("beat", "--loglevel", "ERROR")
    started = json.loads(place.manage("add_customers", "--store", FIRST, "--approve", "--background", "--json"))
    assert until(lambda: len(place.state()["stores"][FIRST]["customers"]) >= 10, 40)

    kill(worker)
    killed = time.monotonic()
    place.celery("worker", "-c", "1", "--loglevel", "ERROR")
    ended = until(lambda: place.status(started["run"]) not in ("waiting", "running"), PATIENCE)

    run = place.run(started["run"])
    assert (ended, run["status"], run["message"]) == (True, "succeeded", "")
    assert time.monotonic() - killed < PATIENCE + 5
    assert run["counts"] == {"created": CUSTOMERS}
    assert run["looked_at"] == CUSTOMERS
    customers = place.state()["stores"][FIRST]["customers"]
    assert sorted(customers) == sorted(f"kestrel{number}@post.example" for number in range(CUSTOMERS))
    assert beat.poll() is None


@pytest.mark.parametrize("place", [SECOND], indirect=True)
def test_a_worker_killed_in_import_try_mapping_or_update_is_replaced_too(place: Place) -> None:
    place.environment |= QUICK
    place.celery("beat", "--loglevel", "ERROR")
    place.worker()

    run = place.killed_in("import_customers", lambda: place.calls("GET /v3/customers") > 0)
    assert (run["status"], run["counts"]) == ("succeeded", {"created": CUSTOMERS})

    run = place.killed_in("try_mapping", lambda: place.calls("GET /ODataV4/Customer_Card") > 0)
    assert (run["status"], run["counts"]) == ("succeeded", {"linked": CUSTOMERS})

    run = place.killed_in("update_customers", lambda: len(place.companies() - {"Old Ltd"}) >= 10)
    assert (run["status"], run["counts"]) == ("succeeded", {"updated": CUSTOMERS})
    assert place.companies() == {f"Merlin {number} Ltd" for number in range(CUSTOMERS)}
    assert len(place.state()["stores"][SECOND]["customers"]) == CUSTOMERS
