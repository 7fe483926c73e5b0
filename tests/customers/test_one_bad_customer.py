"""One bad customer never stops a run: of a hundred ninety-six go, four explain."""

import pytest

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from stores.models import Store
from tests.fixtures import ADDRESS, FIRST, READY, RunJob, told

GOOD = 96


def test_add_customers(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> None:
    shop.add_customer(email="taken@example.com", phone="+442079460001")
    business.add_customer(number="900", displayName="Taker", country="GB", phoneNumber="020 7946 0001")
    run_job(store, "import_customers")
    run_job(store, "try_mapping")
    for index in range(GOOD + 1):
        contact = ("Good", f"Number{index}")
        bad = {"country": "DK", "postalCode": "5800"} if index == 50 else {}
        fields = {**READY, "contact": contact, **bad}
        business.add_customer(number=f"1{index:03d}", displayName=f"G{index}", email=f"g{index}@example.com", **fields)
    business.add_customer(
        number="1047A", displayName="\x00", email="h@example.com", **{**READY, "contact": ("\x00", "\x01")}
    )
    business.add_customer(
        number="1048A", displayName="State", email="s@example.com", **{**READY, "country": "US", "state": "Xy"}
    )
    business.add_customer(number="1049A", displayName="Twin", email="taken@example.com", **READY)
    forget_country(world, "DK")
    run = run_job(store, "add_customers", number_from="1000", number_to="1999")
    said = told(run)
    explained = {number: line for number, line in said.items() if line[0] != "created"}
    assert {number: outcome for number, (outcome, _) in explained.items()} == {
        "1050": "rejected",  # the store took Denmark off its list a moment ago: only the vendor knew
        "1047A": "skipped",
        "1048A": "skipped",
        "1049A": "review",
    }
    for number, gist in (("1050", "country"), ("1047A", "First Name"), ("1048A", "Xy"), ("1049A", "linked to another")):
        assert gist in explained[number][1], number
    assert run.counts == {"created": GOOD, "skipped": 2, "review": 1, "rejected": 1}
    assert (run.looked_at, run.status, shop.count()) == (100, "completed with errors", GOOD + 1)


def forget_country(world: World, code: str) -> None:
    """The store's people take a country off its list; bcsync reads the list again only tomorrow."""
    shop = world.stores[FIRST]
    shop.country_codes = shop.country_codes - {code}


def test_try_mapping(store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob) -> None:
    bad = {
        12: {"first_name": "\x00", "last_name": "\x01"},
        37: {"addresses": [{**ADDRESS, "city": "Llanfairpwllgwyngyllgogerychwyrn"}]},
        61: {"attributes": {"VAT number": "not a VAT number"}, "addresses": [ADDRESS]},
        99: {"phone": "0800 FLOWERS"},
    }
    for index in range(100):
        fields = {"first_name": "Good", "last_name": f"Number{index}", **bad.get(index, {})}
        shop.add_customer(email=f"g{index}@example.com", **fields)
    run_job(store, "import_customers")
    run = run_job(store, "try_mapping")
    explained = {email: reason for email, (outcome, reason) in told(run).items() if outcome != "created"}
    assert set(explained) == {"g12@example.com", "g37@example.com", "g61@example.com", "g99@example.com"}
    assert run.counts == {"created": GOOD, "rejected": 4}
    for index, gist in ((12, "Name is empty"), (37, "City has 32"), (61, "VAT"), (99, "letters")):
        assert gist in explained[f"g{index}@example.com"]
    assert (len(business.customers()), store.links.count()) == (GOOD, GOOD)


@pytest.mark.parametrize("refused", [1, 5])
def test_update(
    store: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, refused: int
) -> None:
    for index in range(30):
        fields = {**READY, "contact": ("Good", f"Number{index}")}
        business.add_customer(number=f"1{index:03d}", displayName=f"G{index}", email=f"g{index}@example.com", **fields)
    run_job(store, "add_customers")
    forget_country(world, "DK")
    bad = [f"1{index:03d}" for index in range(3, 3 + refused * 5, 5)]
    for row in business.customers():
        moved = {"country": "DK", "postalCode": "5800", "city": "Nyborg"} if row["no"] in bad else {}
        business.change_customer(row["no"], addressLine1="1 New Road", **moved)
    run = run_job(store, "update_customers")
    rejected = {who for who, (outcome, _) in told(run).items() if outcome == "rejected"}
    assert rejected == {f"g{int(number) - 1000}@example.com" for number in bad}
    assert run.counts == {"updated": 30 - refused, "rejected": refused}
    lines = [shop.customer(f"g{index}@example.com")["addresses"][0]["address1"] for index in range(30)]
    assert (lines.count("1 New Road"), lines.count("21 Station Road")) == (30 - refused, refused)
