"""A default customer is shared: shoppers are assigned to it, and no rule, e-mail or person links one of them alone."""

import pytest
from django.contrib.auth.models import User

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from customers import deciding, review
from customers.models import BusinessCentralCustomer, Customer
from customers.shopper import with_details
from mapping.models import CustomerTemplate
from stores.models import Store
from tests.customers.test_add_customers import ready
from tests.fixtures import ADDRESS, RunJob, told

ADA = "ada@x.example"


@pytest.fixture
def till(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> Store:
    """Customer 99 takes what nobody knows; the shopper Ada has the same phone and e-mail."""
    ready(business, "99", phoneNumber="01223 460099", email=ADA)
    Store.objects.update(create_unknown=False, default_customer_number="99")
    name = {"first_name": "Ada", "last_name": "Till"}
    shop.add_customer(email=ADA, phone="+44 1223 460099", addresses=[ADDRESS], **name)
    run_job(store, "import_customers")
    return store


@pytest.mark.parametrize("of", ["store", "template"])
def test_no_rule_links_a_shopper_to_it(till: Store, run_job: RunJob, of: str) -> None:
    if of == "template":
        Store.objects.update(default_customer_number="")
        CustomerTemplate.objects.create(store=till, country="GB", default_customer_number="99")
    run = run_job(till, "try_mapping")
    assert told(run)[ADA][0] == "defaulted", told(run)
    assert till.links.count() == 0


def test_its_e_mail_keeps_nobody_from_being_created(till: Store, business: CompanySide, run_job: RunJob) -> None:
    Store.objects.update(create_unknown=True)
    run = run_job(till, "try_mapping")
    assert told(run)[ADA][0] == "created", told(run)
    assert len(business.customers()) == 2


def test_nobody_maps_a_shopper_to_it_by_hand(till: Store, run_job: RunJob) -> None:
    run_job(till, "try_mapping")
    olga = User.objects.create_user("olga")
    ada, till_customer = Customer.objects.get(email=ADA), BusinessCentralCustomer.objects.get(number="99")
    with pytest.raises(deciding.NotNow, match="99 is a default customer of this store"):
        deciding.map_to(ada, till_customer, olga)
    assert till.links.count() == 0
    assert review.cases_of(till, list(with_details(Customer.objects.filter(pk=ada.pk))))[0].candidates == []
