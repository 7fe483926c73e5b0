"""A supervised process is started again when it is killed, given up when it cannot live, and never outlives us."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bcsync.embedded.keep import MOST_YOUNG_DEATHS, alive
from bcsync.embedded.places import ROOT
from tests.delivery.waiting import until

# Writes its process id, then waits for a byte that never comes.
BODY = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); os.read(os.pipe()[0], 1)"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def run(*command: str, supervisor: int = 0) -> subprocess.Popen[str]:
        environment = {**os.environ, "BCSYNC_SUPERVISED_BY": str(supervisor), "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "bcsync.embedded.keep", *command],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def pids(file: Path, count: int) -> list[int]:
    """The first `count` process ids in the file, as soon as they are there."""
    return [int(line) for line in until(lambda: lines(file) if len(lines(file)) >= count else [])]


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def test_a_killed_process_is_started_again(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    start(sys.executable, "-c", BODY, str(file))
    (first,) = pids(file, 1)
    os.kill(first, signal.SIGKILL)
    again = pids(file, 2)
    assert again[0] == first
    assert alive(again[1])


def test_it_ends_with_us(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    process = start(sys.executable, "-c", BODY, str(file))
    (child,) = pids(file, 1)
    process.terminate()
    assert process.wait(timeout=20) == 0
    until(lambda: not alive(child))


def test_it_ends_when_the_supervisor_was_killed(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    with subprocess.Popen(["sleep", "60"]) as supervisor:
        process = start(sys.executable, "-c", BODY, str(file), supervisor=supervisor.pid)
        (child,) = pids(file, 1)
        supervisor.kill()
    assert process.wait(timeout=20) == 0
    until(lambda: not alive(child))


def test_a_process_that_cannot_live_is_given_up_with_its_status(start: Start) -> None:
    process = start("sh", "-c", "echo tried; exit 7")
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 7
    assert said.count("tried") == MOST_YOUNG_DEATHS
    assert "not started again" in said
