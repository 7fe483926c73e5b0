"""Where an embedded bcsync keeps its things and what its processes must know: directory, ports, environment."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bcsync.embedded import broker

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"


class CannotServe(Exception):
    """str() is one line for the person at the terminal: what is in the way, and what to do."""


@dataclass(frozen=True)
class Place:
    """One embedded bcsync: its directory, the ports of its web pages and its sandbox, and what it brings itself."""

    directory: Path
    web_port: int
    sandbox_port: int
    own_broker: bool = True
    own_database: bool = True

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.web_port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://{HOST}:{self.sandbox_port}"

    @property
    def sandbox_state(self) -> Path:
        return self.directory / "sandbox.sqlite3"

    def environment(self) -> dict[str, str]:
        """What each process gets on top of, and instead of, the environment we were started in."""
        values = {
            "DJANGO_SETTINGS_MODULE": "bcsync.settings",
            "BCSYNC_DEVELOPMENT": "1",
            "BCSYNC_VAR_DIR": str(self.directory),
            "BCSYNC_SUPERVISED_BY": str(os.getpid()),
            "PYTHONUNBUFFERED": "1",
            # The simulated vendors reach the pages here, so that webhooks can be turned on and tried.
            "PUBLIC_URL": self.web_url,
            **dict.fromkeys(("BIGCOMMERCE_API_URL", "BIGCOMMERCE_LOGIN_URL"), self.sandbox_url),
            **dict.fromkeys(("BUSINESS_CENTRAL_API_URL", "ENTRA_LOGIN_URL"), self.sandbox_url),
        }
        if self.own_broker:
            values["REDIS_URL"] = broker.broker_url(self.directory / "broker")
        if self.own_database:
            values["DATABASE_URL"] = f"sqlite:///{self.directory / 'bcsync.sqlite3'}"
        return values


def place_as_given(directory: Path, web_port: int, sandbox_port: int) -> Place:
    """A place on the DATABASE_URL and REDIS_URL of the environment, where they are given."""
    return Place(directory, web_port, sandbox_port, "REDIS_URL" not in os.environ, "DATABASE_URL" not in os.environ)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def check_free(port: int) -> None:
    """Raise CannotServe when somebody listens on this port."""
    with socket.socket() as probe:
        # As the server itself does, so that a port closed a moment ago counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            sentence = f"Port {port} is in use: stop what listens there, or choose another: make run PORT={port + 1}"
            raise CannotServe(f"{sentence} ({error.strerror}).") from None


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Hold this directory while the block runs. Raises CannotServe when another process holds it."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    with directory.with_suffix(".lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotServe(f"Another make run or make demo works in {directory}: stop it first.") from None
        yield
