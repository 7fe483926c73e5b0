"""Runs the commands of docker-compose.yml as plain processes, on a real PostgreSQL and Redis with production settings.

Usage: production.py DATABASE_URL REDIS_URL. Does one small job through the queue and asks each health check.
"""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from bcsync.embedded.places import free_port
from bcsync.sandbox import cast

ROOT = Path(__file__).resolve().parents[1]

SECONDS = 60.0
BIN = Path(sys.executable).parent
# Set by the environment of the compose file; here they come from .ci/production.env.
MANDATORY = re.compile(r"\$\{(\w+)(?::[?-]([^}]*))?\}")


def main(database_url: str, redis_url: str) -> int:
    """Exit status 0 when migrate, web, worker and beat run as the compose file says, and do a job."""
    web, sandbox = free_port(), f"http://127.0.0.1:{free_port()}"
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    environment = {**os.environ, **values(services["web"]["environment"])}
    environment |= {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "WEB_PORT": str(web), "LOG_LEVEL": "WARNING"}
    for name in ("BIGCOMMERCE_API_URL", "BIGCOMMERCE_LOGIN_URL", "BUSINESS_CENTRAL_API_URL", "ENTRA_LOGIN_URL"):
        environment[name] = sandbox
    run(["python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], environment)
    run(services["migrate"]["command"], environment)
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        port = sandbox.rpartition(":")[2]
        started["sandbox"] = start(["python", "-m", "bcsync.sandbox", "--port", port, "--cast"], environment)
        for name in ("web", "worker", "beat"):
            command = [word.replace("0.0.0.0:8000", f"127.0.0.1:{web}") for word in services[name]["command"]]
            started[name] = start(command, environment)
        until("the sandbox answers", lambda: answers(f"{sandbox}/sandbox/health"), started)
        for name in ("web", "worker"):
            check = services[name]["healthcheck"]["test"][1:]
            until(f"{name} is healthy", lambda check=check: run(check, environment, quiet=True) == 0, started)
            print(f"{name}: {' '.join(services[name]['command'])}: healthy", flush=True)
        small_job(environment, started)
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait(timeout=30)
    return 0


def values(environment: dict[str, str]) -> dict[str, str]:
    """The environment of the compose file, its ${...} filled in as compose does."""

    def fill(match: re.Match[str]) -> str:
        name, rest = match[1], match[2] or ""
        if name in os.environ:
            return os.environ[name]
        if ":-" in match[0]:
            return rest
        return "unused" if name == "POSTGRES_PASSWORD" else sys.exit(f"{name}: {rest}")

    return {name: MANDATORY.sub(fill, str(value)) for name, value in environment.items()}


def small_job(environment: dict[str, str], started: dict[str, subprocess.Popen[bytes]]) -> None:
    """Import the first store through the queue, and ask beat whether it queued its own."""
    words, secrets = cast.connections()[0]
    run(["python", "manage.py", "connect_store", *words], {**environment, **secrets})
    hash_ = words[words.index("--hash") + 1]
    asked = ["python", "manage.py", "import_customers", "--store", hash_, "--background", "--json"]
    id = json.loads(output(asked, environment))["run"]
    shown: dict[str, Any] = {}

    def done() -> bool:
        shown.update(json.loads(output(["python", "manage.py", "show_run", "--run", str(id), "--json"], environment)))
        return shown["status"] not in ("waiting", "running")

    until("the import ends", done, started)
    if shown["status"] != "succeeded" or not shown["looked_at"]:
        sys.exit(f"The import ended as {shown['status']}: {shown['message']}")
    print(f"worker: imported {shown['looked_at']} customers from the queue", flush=True)
    asked = ["python", "manage.py", "shell", "-v", "0", "-c", BEAT_ASKED]
    until("beat queues its tasks", lambda: output(asked, environment).strip() == "True", started)
    print("beat: queues its tasks", flush=True)


BEAT_ASKED = (
    "from django_celery_beat.models import PeriodicTask; "
    "print(PeriodicTask.objects.filter(task='customers.tasks.rescue', enabled=True).exists())"
)


def full(command: list[str]) -> list[str]:
    """The command with its program from our virtual environment."""
    return [str(BIN / command[0]), *command[1:]]


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(full(command), cwd=ROOT, env=environment)


def run(command: list[str], environment: dict[str, str], *, quiet: bool = False) -> int:
    """Exit status; one that is not 0 ends everything unless quiet."""
    status = subprocess.run(full(command), cwd=ROOT, env=environment, capture_output=quiet).returncode
    if status and not quiet:
        sys.exit(f"{' '.join(command)} ended with {status}")
    return status


def output(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(full(command), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True).stdout


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def until(what: str, true: Callable[[], bool], started: dict[str, subprocess.Popen[bytes]]) -> None:
    """Wait for it; end when it takes too long or a process has ended."""
    deadline = time.monotonic() + SECONDS
    while not true():
        ended = [name for name, process in started.items() if process.poll() is not None]
        if ended or time.monotonic() > deadline:
            sys.exit(f"Waited for: {what}. " + (f"Ended: {', '.join(ended)}." if ended else f"{SECONDS:.0f} s passed."))
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
