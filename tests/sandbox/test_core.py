"""The sandbox's core: transactions, families, switches, clock, and that it knows nothing of the clients."""

import ast
from pathlib import Path

import pytest

from bcsync.sandbox import switches
from bcsync.sandbox.clock import Clock
from bcsync.sandbox.families import identify
from bcsync.sandbox.storage import Storage, Table
from bcsync.sandbox.switches import ALTERNATIVES, Switches

GUID = "5ca1ab1e-0000-4000-8000-000000000000"


def _insert_and_fail(storage: Storage, table: Table) -> None:
    with storage.transaction():
        table.insert({"a": 2}, name="undone")
        raise RuntimeError


def test_a_transaction_rolls_back_and_a_nested_one_alone() -> None:
    storage = Storage()
    table = storage.table("things", {"name": "TEXT"})
    with storage.transaction():
        table.insert({"a": 1}, name="kept")
        with pytest.raises(RuntimeError):
            _insert_and_fail(storage, table)
    with pytest.raises(RuntimeError):
        _insert_and_fail(storage, table)
    assert (table.select(), table.count("name = ?", ("undone",))) == ([{"a": 1}], 0)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/stores/abc/v3/customers/5/metafields/7", ("bigcommerce", "abc", "GET /v3/customers/{id}/metafields/{id}")),
        ("/stores/abc/v2/store", ("bigcommerce", "abc", "GET /v2/store")),
        ("/tenant/oauth2/v2.0/token", ("business_central", "tenant", "GET /token")),
        ("/v2.0/t/prod/api/v2.0/companies", ("business_central", "t/prod", "GET /companies")),
        (f"/v2.0/t/prod/api/v2.0/companies({GUID})", ("business_central", "t/prod", "GET /companies({id})")),
        (
            f"/v2.0/t/prod/api/v2.0/companies({GUID})/customers({GUID})",
            ("business_central", "t/prod", "GET /customers({id})"),
        ),
        ("/v2.0/t/prod/api/v2.0/$batch", ("business_central", "t/prod", "GET /$batch")),
        (
            "/v2.0/t/prod/ODataV4/Company('O''Neil (UK)')/Customer_Card('10''0')",
            ("business_central", "t/prod", "GET /ODataV4/Customer_Card({id})"),
        ),
        ("/v2.0/t/prod/ODataV4/$metadata", ("business_central", "t/prod", "GET /ODataV4/$metadata")),
        ("/BC250/api/v2.0/companies", ("business_central", "BC250", "GET /companies")),
        ("/sandbox/state", ("sandbox", "", "GET /sandbox/state")),
        ("/favicon.ico", ("", "", "GET /favicon.ico")),
    ],
)
def test_families(path: str, expected: tuple[str, str, str]) -> None:
    assert identify("GET", path) == expected


def test_every_switch_has_other_answers_and_only_known_ones_are_taken() -> None:
    defaults = Switches().as_dict()
    assert ALTERNATIVES.keys() == defaults.keys()
    assert [name for name, values in ALTERNATIVES.items() if not values or defaults[name] in values] == []
    for name, values in ALTERNATIVES.items():
        for value in values:
            changed = Switches()
            changed.change({name: value})
            assert changed.as_dict() == {**defaults, name: value}
    with pytest.raises(KeyError):
        Switches().change({"nonsense": 1})
    with pytest.raises(ValueError, match="unknown_state must be one of"):
        Switches().change({"unknown_state": "maybe"})


def test_the_clock_moves_only_when_told_once_frozen() -> None:
    clock = Clock()
    clock.freeze()
    before = clock.now()
    clock.advance(90)
    assert (clock.now() - before).total_seconds() == 90
    assert (clock.now() - clock.now()).total_seconds() == 0


def test_the_sandbox_imports_nothing_of_the_project_but_itself() -> None:
    strangers = []
    for path in Path(switches.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            strangers += [
                name for name in names if name.startswith(("django", "bcsync.")) and "bcsync.sandbox" not in name
            ]
    assert strangers == []
