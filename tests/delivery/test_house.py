"""The house rules that a machine can hold: one-way imports, sizes, names, reasons for dependencies, no one machine."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES_OF_A_FILE = 320
MOST_LINES_OF_A_FUNCTION = 60
P95_LINES_OF_A_FUNCTION = 40

# Who may import whom. What is not named here may be imported by everybody (settings, celery, crypto).
LAYERS = {
    "bcsync.clients": set(),
    "bcsync.sandbox": set(),
    "stores": {"bcsync.clients"},
    "mapping": {"bcsync.clients", "stores"},
    "customers": {"bcsync.clients", "stores", "mapping"},
    "bcsync.embedded": {"bcsync.sandbox"},
}
NO_DJANGO = ("bcsync/clients", "bcsync/sandbox")


def tracked(*patterns: str) -> list[Path]:
    """Files of the project as git knows them, and new ones it would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file() and "vendor/" not in name]


def sources() -> list[Path]:
    return [path for path in tracked("*.py") if "migrations" not in path.parts]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def layer_of(module: str) -> str:
    return next((layer for layer in LAYERS if module == layer or module.startswith(layer + ".")), "")


def imported(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """(statement, dotted name) of every import; for `from a import b` both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def parsed() -> dict[Path, ast.Module]:
    """Every source, its tests too: read when the first rule asks, not by each test process."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sources()}


def code() -> dict[Path, ast.Module]:
    return {path: tree for path, tree in parsed().items() if "tests" not in path.relative_to(ROOT).parts}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_imports_point_one_way() -> None:
    wrong = []
    for path, tree in code().items():
        layer = layer_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for node, module in imported(tree):
            other = layer_of(module)
            if layer and other and other != layer and other not in LAYERS[layer]:
                wrong.append(f"{name_of(path)}:{node.lineno} imports {module}")
    assert wrong == []


def test_clients_and_sandbox_know_no_django() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno} imports {module}"
        for path, tree in code().items()
        if name_of(path).startswith(NO_DJANGO)
        for node, module in imported(tree)
        if module.split(".")[0] in ("django", "celery", "bcsync.settings")
    ]
    assert wrong == []


def test_no_import_hides_in_a_function() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno} imports {module} inside {function.name}"
        for path, tree in parsed().items()
        # A benchmark learns where its sandbox listens before it can set up Django.
        if "benchmarks" not in path.parts
        for function in functions(tree)
        for node, module in imported(function)
    ]
    assert wrong == []


def test_files_and_functions_are_short() -> None:
    long_files = {name_of(path): len(path.read_text().splitlines()) for path in parsed()}
    assert {name: lines for name, lines in long_files.items() if lines > MOST_LINES_OF_A_FILE} == {}
    lengths = {
        f"{name_of(path)}:{node.name}": length(node) for path, tree in parsed().items() for node in functions(tree)
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FUNCTION} == {}
    in_code = sorted(length(node) for tree in code().values() for node in functions(tree))
    assert in_code[int(len(in_code) * 0.95)] <= P95_LINES_OF_A_FUNCTION


def test_every_module_says_what_lives_there_in_four_lines_at_most() -> None:
    wrong = []
    for path, tree in parsed().items():
        said = ast.get_docstring(tree, clean=False)
        # A benchmark's is also its manual.
        most = 10 if "benchmarks" in path.parts else 4
        if tree.body and (said is None or len(said.strip().splitlines()) > most):
            wrong.append(name_of(path))
    assert wrong == []


def test_neither_system_goes_by_the_initials_both_share() -> None:
    words = re.compile(
        r"(?<![a-zA-Z0-9])[bB][cC](?![a-zA-Z0-9])|(?<![a-zA-Z0-9_])BC(?=[A-Z][a-z])|(?<=[a-z])Bc(?=[A-Z]|$)"
    )
    wrong = set()
    for path, tree in parsed().items():
        for node in ast.walk(tree):
            names = [getattr(node, name, None) for name in ("id", "name", "attr", "arg", "asname")]
            for name in names:
                parts = name.split("_") if isinstance(name, str) else []
                if any(words.search(part) for part in parts):
                    wrong.add(f"{name_of(path)}: {name}")
    assert wrong == set()


def test_nothing_is_left_to_do_and_nothing_is_swallowed() -> None:
    unfinished = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    wrong = [
        f"{name_of(path)}:{number}"
        for path in parsed()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if unfinished.search(line)
    ]
    for path, tree in parsed().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and all(isinstance(inner, ast.Pass) for inner in node.body):
                wrong.append(f"{name_of(path)}:{node.lineno} swallows an error")
    assert wrong == []


def test_no_test_is_skipped_or_sleeps() -> None:
    forbidden = re.compile(r"\bpytest\.(skip|xfail|importorskip)\b|mark\.(skip|skipif|xfail)\b|\btime\.sleep\(")
    own = Path(__file__)
    wrong = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in parsed()
        if "tests" in path.parts and path != own
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if forbidden.search(line)
    ]
    assert wrong == []


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_dependency_is_pinned_and_has_its_reason(file: str) -> None:
    reasons = (ROOT / "docs" / "architecture.md").read_text()
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith(("#", "-r"))]
    assert lines
    for line in lines:
        pinned = re.fullmatch(r"([A-Za-z0-9_.-]+)(\[[a-z,]+\])?==[0-9A-Za-z.]+", line)
        assert pinned, f"{line} is not pinned to one version"
        assert re.search(rf"(?m)^\| .*\b{re.escape(pinned[1])}\b", reasons), f"{pinned[1]} has no reason"


# Import name of a dependency where it is not the dependency's own.
IMPORTED_AS = {
    "django-environ": "environ",
    "PyYAML": "yaml",
    "psycopg": "psycopg",
    "odata-query": "odata_query",
}
# Parts of celery and of jsonschema, which bring them.
COME_ALONG = {"kombu", "referencing"}


def test_every_package_that_is_imported_is_pinned() -> None:
    lines = [
        line for name in ("requirements.txt", "requirements-dev.txt") for line in (ROOT / name).read_text().splitlines()
    ]
    pinned = {re.split(r"[\[=]", line)[0] for line in lines if line and not line.startswith(("#", "-r"))}
    known = (
        {IMPORTED_AS.get(name, name.replace("-", "_").lower()) for name in pinned}
        | COME_ALONG
        | sys.stdlib_module_names
    )
    ours = {path.name.removesuffix(".py") for path in ROOT.iterdir()}
    wrong = {
        f"{name_of(path)}:{node.lineno} imports {module}"
        for path, tree in parsed().items()
        for node, module in imported(tree)
        if module.split(".")[0] not in known | ours
    }
    assert wrong == set()


def test_query_strings_inside_a_parameter_are_read_by_what_refuses_a_nul() -> None:
    """The middleware sees what was escaped once; stores.parameters.query_inside reads the rest."""
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path, tree in code().items()
        if name_of(path) != "stores/parameters.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (node.args or node.keywords)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("QueryDict", "parse_qs", "parse_qsl")
        and not name_of(path).startswith("bcsync/")
    ]
    assert wrong == []


def test_no_file_knows_one_machine() -> None:
    machine = re.compile(r"(?<![\w.])/(work|home/[a-z]+|Users/\w+)/|\.\./shared(?!/specs)")
    wrong = [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if path.suffix not in (".png", ".ico", ".woff2", ".sqlite3", ".json", ".css", ".map")
        and path != Path(__file__)
        and "static" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if machine.search(line)
    ]
    assert wrong == []
