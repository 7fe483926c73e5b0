"""What goes back to Business Central and is refused, by us or there: said at the field, and nothing is lost."""

from typing import Any

import pytest
from django.utils import timezone

from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.errors import ConfigurationError
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import runs, writing_back
from mapping.models import AttributeDefinition
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


def test_what_business_central_could_not_take_while_it_was_away_goes_by_itself_once_it_is_back(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    own("customer.phone")
    run_job(added, "import_customers")
    run_job(added, "sync_changes")
    shop.change_customer(EMAIL, phone="01223 470011")
    world.faults.add("503", match="PATCH *customers*", vendor="business_central", rate=1.0)
    assert run_job(added, "sync_changes").counts["failed"] == 1
    world.faults.clear()
    assert added.links.exclude(to_compare=None).update(to_compare=timezone.now()) == 1, "noted for a while later"
    run_job(added, "sync_changes")
    assert customer(business)["phone_no"] == "01223 470011"
    again_nothing(added, world, run_job)


def test_a_code_that_business_central_keeps_in_capitals_is_written_once(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    shop.attribute_id("VAT number")
    run_job(added, "import_customers")
    row = AttributeDefinition.objects.get(name="VAT number")
    row.owner = "bigcommerce"
    row.save()
    shop.change_customer(EMAIL, attributes={"VAT number": "gb999999999"})
    run_job(added, "import_customers")
    run = run_job(added, "update_customers")
    assert (customer(business)["vat_registration_no"], run.counts["updated"]) == ("GB999999999", 1)
    again_nothing(added, world, run_job)
    assert [each["attribute_value"] for each in shop.customer(EMAIL)["attributes"]] == ["gb999999999"]
