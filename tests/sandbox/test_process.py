"""The sandbox as a process of its own: it serves, ends cleanly, explains a port in use; many callers at once."""

import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from bcsync.sandbox.__main__ import main
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.world import World
from tests.sandbox.conftest import Api, address, person

ROOT = Path(__file__).resolve().parents[2]


def test_it_serves_keeps_its_state_and_ends_on_sigterm(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.sqlite3"
    command = [sys.executable, "-m", "bcsync.sandbox", "--port", "0", "--state", str(file), "--generate", "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        line = process.stdout.readline()
        found = re.match(r"sandbox at (http://\S+): stores generated$", line)
        assert found, line
        assert requests.get(f"{found[1]}/sandbox/health", timeout=10).json()["stores"] == ["generated"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    world = World(file)
    assert world.stores["generated"].count() == 30
    world.close()


def test_a_port_in_use_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        try:
            assert main(["--port", str(port)]) == 2
        finally:
            signal.signal(signal.SIGINT, before[0])
            signal.signal(signal.SIGTERM, before[1])
    assert capsys.readouterr().err == f"The sandbox cannot listen on 127.0.0.1:{port}: Address already in use.\n"


def test_many_callers_at_once_lose_nothing(api: Api, store: StoreSide, world: World) -> None:
    def create(batch: int) -> int:
        people = [person(f"p{batch}-{number}@example.com", addresses=[address()]) for number in range(10)]
        clash = [*people[:9], person("same@example.com")]
        headers = {name: str(value) for name, value in api.session.headers.items()}
        return requests.post(f"{api.root}/v3/customers", json=clash, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(create, range(24)))
    assert sorted(statuses) == [200, *[422] * 23]
    assert (store.count(), store.addresses.count()) == (10, 9)
    assert world.audit.broken_rules == []
    assert [call.items for call in world.audit.writes("bigcommerce")] == [10]
