"""What goes back to Business Central and is refused, by us or there: said at the field, and nothing is lost."""

from typing import Any

import pytest

from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.errors import ConfigurationError
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs, writing_back
from stores.models import Store
from tests.customers.test_add_customers import ready
from tests.customers.test_writing_back import EMAIL, Row, added, again_nothing, customer, own
from tests.fixtures import RunJob

__all__ = ["added"]


@pytest.mark.parametrize(
    ("change", "target", "field", "words"),
    [
        ({"phone": "0800 FLOWERS FOR EVERYBODY IN TOWN"}, "customer.phone", "phoneNumber", "letters"),
        ({"email": f"{'long' * 20}@example.com"}, "customer.email", "email", "Business Central takes 80"),
    ],
)
def test_what_is_shortened_is_checked_all_the_same_and_an_email_never_is(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob,
    change: Row, target: str, field: str, words: str,
) -> None:  # fmt: skip
    own(target, too_long="shorten")
    shop.change_customer(EMAIL, **change)
    before = customer(business)
    run = run_job(added, "update_customers")
    record = run.records.get(outcome="rejected")
    assert (record.field, words in record.reason) == (field, True)
    assert customer(business) == before


def test_a_permission_that_is_missing_ends_the_run_at_once_and_loses_nothing(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [str(number) for number in range(30, 42)]
    for number in numbers:
        ready(business, number)
    run_job(added, "add_customers")
    own("customer.phone")
    for number in numbers:
        shop.change_customer(f"c{number}@example.com", phone=f"01223 4700{number}")
    asked = []

    def refused(client: Any, *arguments: Any) -> None:
        asked.append(arguments)
        raise ConfigurationError("business_central", "The application may not modify customers.")

    with monkeypatch.context() as patched:
        patched.setattr(BusinessCentral, "update_customer", refused)
        run = run_job(added, "update_customers")
    assert (run.status, "may not modify customers" in run.message) == ("stopped", True)
    assert len(asked) <= writing_back.AT_ONCE
    assert set(run.records.values_list("state", flat=True)) == {"planned"}

    runs.resume(run)
    run = run_job.go_on(run)
    assert (run.status, run.counts) == ("succeeded", {"updated": len(numbers), "unchanged": 2})
    assert {customer(business, number)["phone_no"] for number in numbers} == {f"01223 4700{n}" for n in numbers}
    again_nothing(added, world, run_job)
