"""`python -m bcsync.sandbox.cast`: list the cast; `--write FILE` makes a state judged right the expected one."""

import argparse
import json
from pathlib import Path

from bcsync.sandbox import cast
from bcsync.sandbox.cast import expectation


def main() -> None:
    """Without --write nothing is changed."""
    parser = argparse.ArgumentParser(prog="python -m bcsync.sandbox.cast", description=__doc__)
    parser.add_argument("--write", metavar="FILE", type=Path, help="a state as saved from GET /sandbox/state")
    options = parser.parse_args()
    if options.write:
        changed = expectation.write(cast.seed, json.loads(options.write.read_text(encoding="utf-8")))
        print(f"{expectation.FILE.name}: {changed} customers differ from the seed. Read the diff before you commit it.")
        return
    for one in cast.CAST:
        print(f"{one.key:28} {one.shows}")
    print(f"{len(cast.CAST)} members")


if __name__ == "__main__":
    main()
