"""PostgreSQL for tests: nothing has to outlive the machine, and emptied tables keep their files."""

import os
from collections.abc import Sequence
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

# For every process of the tests, the workers that some of them start too.
os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
# A trigger counts customers into another table, so that one is emptied after it.
FIRST = "customers_customer"


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> Any:
    """TRUNCATE makes new files for some sixty tables, after each test that commits; most of them are empty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", emptying)
        yield


def emptying(operations: DatabaseOperations, style: Any, tables: Sequence[str], **options: bool) -> list[str]:
    """The statements that empty these tables; foreign keys are looked at when all of them ran."""
    ordered = sorted(tables, key=lambda name: name != FIRST)
    return [f"DELETE FROM {operations.quote_name(name)}" for name in ordered]
