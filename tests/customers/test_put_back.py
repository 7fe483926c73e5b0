"""Business Central takes a value and puts another one back: the run says so."""

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from stores.models import Store
from tests.customers.test_writing_back import EMAIL, added, customer, main, own
from tests.fixtures import RunJob

__all__ = ["added"]


def test_a_country_that_its_post_code_puts_back_is_told_and_not_taken_for_done(
    added: Store, shop: StoreSide, business: CompanySide, run_job: RunJob
) -> None:
    own("address.country_code", "customer.phone")
    shop.change_customer(EMAIL, phone="01223 460009")
    shop.change_address(main(shop)["id"], country="Ireland", country_code="IE", state_or_province="Dublin")
    before = customer(business)
    run = run_job(added, "update_customers")
    record = run.records.get()
    [told_part] = [each for each in record.parts if each["part"] == "Business Central"]
    assert (run.status, record.outcome, told_part["outcome"]) == ("completed with errors", "rejected", "rejected")
    assert (told_part["field"], "country is GB again" in told_part["reason"]) == ("country", True)
    after = customer(business)
    assert {name: after[name] for name in ("country", "post_code", "city")} == {
        name: before[name] for name in ("country", "post_code", "city")
    }
    assert "460009" in after["phone_no"]
