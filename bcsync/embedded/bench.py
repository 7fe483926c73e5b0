"""make bench: each benchmark on a scratch database and a broker of its own; BENCH_DATABASE_URL names another one."""

import os
import subprocess
import sys
from pathlib import Path

from bcsync.embedded import broker
from bcsync.embedded.places import ROOT, Place, free_port


def names() -> list[str]:
    """The benchmarks: modules of the package that run by themselves."""
    modules = sorted((ROOT / "benchmarks").glob("*.py"))
    return [path.stem for path in modules if '__name__ == "__main__"' in path.read_text(encoding="utf-8")]


def bench(directory: Path) -> int:
    """Run them one after the other. Returns 1 when one failed."""
    directory.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **Place(directory, free_port(), free_port()).environment()}
    # Benchmarks empty their tables, so the database of everyday use is never the one they get by accident.
    environment["DATABASE_URL"] = os.environ.get("BENCH_DATABASE_URL", environment["DATABASE_URL"])
    with broker.own_broker(directory / "broker", durable=False) as url:
        environment["REDIS_URL"] = url
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
        failed = 0
        for name in names():
            print(f"\n== {name}", flush=True)
            failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, env=environment).returncode
    return int(bool(failed))
