"""The main job by its buttons, on both vendors: Import, Add Customers, Update, as an operator does it."""

import re
from typing import Any

import pytest
from django.test import Client

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from customers import tasks
from customers.models import Run
from stores.models import Store
from tests.fixtures import READY, RunJob


@pytest.fixture
def press(operator: Client, run_job: RunJob, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Press a button; the run it starts is worked on to its rest, and its page comes back."""
    monkeypatch.setattr(tasks, "queue", lambda *args, **options: None)

    def do(address: str, form: dict[str, Any]) -> tuple[Run, str]:
        answer = operator.post(address, form)
        assert answer.status_code == 302, answer.content.decode()
        run = run_job.go_on(Run.objects.latest("pk"))
        run.refresh_from_db()
        page = operator.get(answer["Location"])
        assert page.context["run"] == run
        assert sum(each["n"] for each in page.context["totals"]) == run.looked_at
        return run, page.content.decode()

    return do


def test_from_an_empty_mirror_to_nothing_left_to_do(
    press: Any, operator: Client, store: Store, shop: StoreSide, business: CompanySide
) -> None:
    business.add_customer(number="10000", email="ann@new.example", displayName="Adatum", **READY)
    form = {"store": store.hash}
    run, _ = press("/customers/import/", form)
    assert run.status == "succeeded"
    plan, text = press("/customers/add/", {**form, "do": "plan"})
    assert (plan.status, plan.to_do, shop.count()) == ("planned", 1, 0)
    assert "Approve all 1" in text
    added, text = press(f"/runs/{plan.pk}/approve/", {})
    assert (added.pk, added.status, added.counts) == (plan.pk, "succeeded", {"created": 1})
    assert list(shop.state()["customers"]) == ["ann@new.example"]
    page = operator.get(f"/stores/{store.hash}/customers/").content.decode()
    assert "ann@new.example" in page
    assert "Update 1 linked" in page
    run, text = press("/customers/update/", {**form, "reach": "all"})
    assert (run.status, run.counts) == ("succeeded", {"unchanged": 1})
    assert "1 customer was looked at and left as they are" in re.sub(r"\s+", " ", text)
