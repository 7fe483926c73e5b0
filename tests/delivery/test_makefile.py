"""The Makefile on a machine that lacks something: one clear line, and the next make tries again."""

import shutil
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest

from bcsync.embedded import demo
from bcsync.embedded.places import ROOT, Place

OLD = '#!/bin/sh\ncase "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac\n'
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *version_info*) exit 0;; *) exit 1;; esac\n'


@pytest.mark.parametrize(
    ("python", "words"),
    [
        (OLD, "bcsync needs Python 3.11 or newer; ./python is Python 3.9.2."),
        (
            WITHOUT_VENV,
            "This Python cannot make virtual environments: install them first (sudo apt install python3-venv).",
        ),
    ],
)
def test_an_unfit_python_is_one_clear_line(tmp_path: Path, python: str, words: str) -> None:
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "python").write_text(python)
    (tmp_path / "python").chmod(0o755)

    ended = subprocess.run(["make", "demo", "PYTHON=./python"], cwd=tmp_path, capture_output=True, text=True)

    assert ended.returncode != 0
    assert words in ended.stderr
    assert not (tmp_path / ".venv" / ".installed").exists()


@pytest.mark.parametrize(("problems", "status"), [([], 0), (["k3v9x1q7p2 › customers: 'x@y.example' is missing."], 1)])
def test_the_demo_ends_well_only_when_nothing_differs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    problems: list[str],
    status: int,
) -> None:
    monkeypatch.setattr(demo, "running", lambda place: nullcontext())
    monkeypatch.setattr(demo.setup, "prepare", lambda place: None)
    monkeypatch.setattr(demo, "make_data", lambda place: [])
    monkeypatch.setattr(demo.ending, "both_ways", lambda place: problems)
    assert demo.demo(Place(tmp_path, 1, 2)) == status
    printed = capsys.readouterr().out
    assert all(problem in printed for problem in problems)
    assert ("exactly as expected" in printed) is (not problems)
