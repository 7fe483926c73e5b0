"""make run and make demo from outside: served, signed in, ended by Ctrl-C or by force, nothing left behind."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bcsync.embedded import broker
from bcsync.embedded.places import HOST, ROOT, CannotServe, Place, alone_in, check_free, free_port, place_as_given
from tests.delivery.waiting import processes_with, until

SECRETS = {"BIGCOMMERCE_ACCESS_TOKEN": "token-of-the-tests", "BUSINESS_CENTRAL_CLIENT_SECRET": "secret-of-the-tests"}


def environment(directory: Path) -> dict[str, str]:
    """Ours, without what names other databases and brokers."""
    foreign = ("DATABASE_URL", "REDIS_URL", "TEST_DATABASE_URL", "TEST_REDIS_URL", "SECRET_KEY", "BCSYNC_VAR_DIR")
    return {name: value for name, value in os.environ.items() if name not in foreign}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a database that has a store, so that make run has no demo to make first; switched off for long."""
    made: Path = tmp_path_factory.mktemp("embedded") / "place"
    made.mkdir()
    own = {**environment(made), "BCSYNC_VAR_DIR": str(made), **SECRETS}
    own["DATABASE_URL"] = f"sqlite:///{made / 'bcsync.sqlite3'}"
    connect = "connect_store --hash abc123 --tenant t --environment Production --company CRONUS --client-id app-1"
    for command in ("migrate -v 0", connect):
        subprocess.run([sys.executable, "manage.py", *command.split()], cwd=ROOT, env=own, check=True)
    with sqlite3.connect(made / "bcsync.sqlite3") as database:
        database.execute("INSERT INTO customers_look (id, looked_at, memory) VALUES (1, '2026-01-02 03:04:05', '{}')")
    return made


class Running:
    """make run as a process in a session of its own, as a terminal would start it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.output = directory.parent / f"output-{self.port}"
        command = [sys.executable, "-m", "bcsync.embedded", "run"]
        command += ["--port", str(self.port), "--directory", str(directory)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(directory), stdout=self.output.open("wb"), stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    def said(self) -> str:
        return self.output.read_text()

    def password(self) -> str:
        found = until(lambda: re.search(r"sign in as admin, password (\S+)", self.said()), 90)
        return found[1]

    def left_behind(self) -> list[str]:
        return processes_with(f"BCSYNC_VAR_DIR={self.directory}")


@pytest.fixture
def running(directory: Path) -> Iterator[Running]:
    made = Running(directory)
    yield made
    if made.process.poll() is None:
        os.killpg(made.process.pid, signal.SIGKILL)
        made.process.wait()
    until(lambda: not made.left_behind())


def test_run_serves_signs_in_and_ends_without_a_trace(running: Running) -> None:
    password = running.password()
    url = f"http://{HOST}:{running.port}"
    assert f"bcsync serves at {url}" in running.said()
    with requests.Session() as browser:
        page = browser.get(f"{url}/sign-in/", timeout=20)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        form = {"username": "admin", "password": password, "csrfmiddlewaretoken": token[1]}
        stores = browser.post(f"{url}/sign-in/", data=form, headers={"Referer": url}, timeout=20)
        assert stores.status_code == 200
        assert "abc123" in stores.text
        assert "The watchdog does not look" not in stores.text
    assert "No directory at" not in running.said()
    assert len(running.left_behind()) > 5

    os.kill(running.process.pid, signal.SIGINT)

    assert running.process.wait(timeout=30) == 0
    until(lambda: not running.left_behind(), 10)
    assert running.said().rstrip().endswith("Stopped.")
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, running.port)) != 0
    assert not broker.socket_path(running.directory / "broker").exists()


def test_run_that_is_killed_takes_its_processes_along_and_a_killed_worker_comes_back(running: Running) -> None:
    first = running.password()
    worker = until(lambda: pids_of(running, "celery -A bcsync worker"))
    for id in worker:
        os.kill(id, signal.SIGKILL)
    until(lambda: set(pids_of(running, "celery -A bcsync worker")) - set(worker))

    os.kill(running.process.pid, signal.SIGKILL)

    running.process.wait(timeout=10)
    until(lambda: not running.left_behind(), 30)
    assert first not in (running.directory / "bcsync.sqlite3").read_bytes().decode("latin-1")


def pids_of(running: Running, words: str) -> list[int]:
    """Process ids of this place whose command has these words, the keepers left out."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            own = f"BCSYNC_VAR_DIR={running.directory}".encode() in (process / "environ").read_bytes()
        except OSError:
            continue
        if own and words in command and "bcsync.embedded.keep" not in command:
            found.append(int(process.name))
    return found


def test_a_port_in_use_is_one_clear_line(directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "bcsync.embedded", "run", "--port", str(port), "--directory", str(directory)]
        ended = subprocess.run(command, cwd=ROOT, env=environment(directory), capture_output=True, text=True)
        with pytest.raises(CannotServe, match=f"Port {port} is in use"):
            check_free(port)
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        f"Port {port} is in use: stop what listens there, or choose another: make run PORT={port + 1} "
        "(Address already in use)."
    ]


def test_a_port_that_was_closed_a_moment_ago_is_free() -> None:
    check_free(free_port())


def test_two_cannot_work_in_one_place(directory: Path) -> None:
    with alone_in(directory):
        command = [sys.executable, "-m", "bcsync.embedded", "demo", "--directory", str(directory)]
        ended = subprocess.run(command, cwd=ROOT, env=environment(directory), capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [f"Another make run or make demo works in {directory}: stop it first."]
    assert (directory / "bcsync.sqlite3").exists()


def test_given_database_and_broker_go_before_the_embedded_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://given/db")
    monkeypatch.setenv("REDIS_URL", "redis://given/0")
    assert not {"DATABASE_URL", "REDIS_URL"} & place_as_given(tmp_path, 1, 2).environment().keys()
    own = Place(tmp_path, 1, 2).environment()
    assert own["DATABASE_URL"] == f"sqlite:///{tmp_path / 'bcsync.sqlite3'}"
    assert own["REDIS_URL"] == broker.broker_url(tmp_path / "broker")
