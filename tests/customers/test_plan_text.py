"""What a plan's filters look through: kept while a record waits, gone when it is done, there after an upgrade."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from customers import plan_facts, runs, tasks, text_indexes
from customers.models import Run, RunRecord
from stores.models import Store
from tests.fixtures import ADDRESS, READY, RunJob
from tests.pages import data

VALUES = [["Company", None, "Grüner Baum  GmbH"], ["accepts marketing", True, False], ["tags", ["a", "b"], {"x": 1}]]


def waiting(store: Store, state: str = "planned", label: str = "Zoë Müller") -> RunRecord:
    of = data.run(store, "update_customers", "planned", to_do=1, counts={}, finished_at=timezone.now())
    parts = [{"part": "core", "outcome": "updated", "reason": "Owner says so", "changes": VALUES}]
    return data.record(of, "customer:1", "updated", state=state, label=label, parts=parts)


@pytest.mark.parametrize("state", ["planned", "changed", "held"])
@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({"search": "zoe muller"}, 1), ({"search": "GRUNER baum gmbh"}, 1), ({"search": "owner SAYS"}, 1),
        ({"search": "company"}, 1), ({"search": '["a", "b"]'}, 1), ({"search": "core"}, 0), ({"search": "100%"}, 0),
        ({"field": "Company"}, 1), ({"field": "company"}, 1), ({"field": "ompany"}, 0), ({"field": "Zoë Müller"}, 0),
        ({"field": "Company", "search": "nobody"}, 0), ({"search": "  "}, 1),
    ],
)  # fmt: skip
def test_names_reasons_fields_and_values_are_found_however_they_are_written(
    db: None, state: str, wanted: dict[str, str], number: int
) -> None:
    assert plan_facts.filtered(waiting(data.store(), state).run, **wanted).count() == number


def test_a_run_keeps_it_from_the_plan_until_the_record_is_done(
    store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    business.add_customer(number="10", displayName="Müller", email="anna@a.example", **READY)
    shop.add_customer(email="bob@b.example", first_name="Bob", last_name="B", addresses=[ADDRESS])
    assert set(run_job(store, "import_customers").records.values_list("said", flat=True)) == {""}
    plan = run_job(store, "add_customers", mode=Run.Mode.PLAN)
    assert plan_facts.filtered(plan, search="muller").count() == 1
    assert plan_facts.filtered(plan, field="email").count() == 1
    runs.approve(plan, None, queue=False)
    tasks.execute(plan.pk)
    plan.refresh_from_db()
    assert (plan.status, list(plan.records.values_list("state", "said"))) == ("succeeded", [("done", "")])


def test_what_is_given_up_is_looked_through_no_more(db: None) -> None:
    record = waiting(data.store())
    assert record.said
    runs.discard(record.run, None)
    record.refresh_from_db()
    assert record.said == ""


def test_an_upgrade_fills_it_for_those_that_wait_and_for_no_others(db: None) -> None:
    store = data.store()
    records = [waiting(store, state) for state in ("planned", "held", "in flight", "done")]
    expected = [bool(record.said) for record in records]
    RunRecord.objects.update(said="")
    import_module("customers.migrations.0027_fill_plan_text").fill(apps, SimpleNamespace(connection=connection))
    assert [bool(said) for said in RunRecord.objects.order_by("pk").values_list("said", flat=True)] == expected
    assert expected == [True, True, False, False]


def test_postgresql_has_every_index_of_texts(db: None) -> None:
    if connection.vendor == "postgresql":
        names = {name for name, _ in text_indexes.INDEXES}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class JOIN pg_index ON oid = indexrelid WHERE indisvalid AND relname = ANY(%s)",
                [list(names)],
            )
            assert {name for (name,) in cursor.fetchall()} == names
