"""A few people with whom the main job does everything once; what stays equal however the vendors behave."""

from typing import Any

from bcsync.sandbox import cast
from bcsync.sandbox.world import World
from customers.models import Run
from mapping.models import CustomerTemplate
from stores.models import Store
from tests.fixtures import ADDRESS, COMPANY, FIRST, READY, RunJob, outcomes

ROUND = ("import_customers", "try_mapping", "add_customers", "update_customers")


def ship_to(code: str) -> dict[str, Any]:
    """A ship-to address at a number of its own."""
    place = {"city": "Hull", "post_code": "HU1 1AA", "country": "GB"}
    return {"code": code, "name": "Dock", "contact": "Dora Dock", "address": f"{code} Road", **place}


def settle(world: World) -> None:
    """Shoppers and customers: to be linked, created, added, reviewed, skipped; ten to twelve addresses."""
    shop, business = world.stores[FIRST], world.companies[COMPANY]
    for name in ("Salesperson", "VAT number", "Customer number"):
        shop.attribute_id(name)
    shop.add_customer(email="linked@town.example", first_name="Lin", last_name="Ked", phone="+442079460001")
    business.add_customer(number="10", displayName="Linked Ltd.", phoneNumber="020 7946 0001",
                          **{**READY, "contact": ("Lin", "Ked")})  # fmt: skip
    shop.add_customer(email="new@town.example", first_name="New", last_name="Comer", addresses=[ADDRESS])
    shop.add_customer(email="firm@town.example", first_name="Fir", last_name="Mer", company="Firm & Co.",
                      phone="020 7946 0009", addresses=[{**ADDRESS, "address1": "3 Firm Road"}])  # fmt: skip
    shop.add_customer(
        email="bad@town.example", first_name="Bad", last_name="Phone", phone="0800 FLOWERS", addresses=[ADDRESS]
    )
    for number in ("20", "30"):
        business.add_customer(number=number, displayName=f"Shared {number}", country="GB", phoneNumber="020 7946 0002")
    shop.add_customer(email="shared@town.example", first_name="Sha", last_name="Red", phone="+442079460002")
    shop.add_customer(email="known@town.example", first_name="Kno", last_name="Wn")
    business.add_customer(number="40", displayName="Known Ltd.", email="known@town.example", **READY)
    business.add_customer(number="50", displayName="Not Ready Ltd.", email="not@town.example")
    for index in range(11):
        docks = [ship_to(f"D{dock:02d}") for dock in range({0: 2, 1: 11}.get(index, 0))]
        who = {"displayName": f"Added {index} Ltd.", "email": f"added{index}@town.example", "salespersonCode": "JO"}
        business.add_customer(number=f"6{index:02d}", ship_to=docks, **who, **READY)


def set_up(store: Store) -> None:
    """A template, so that creating also writes to the Customer Card."""
    CustomerTemplate.objects.create(store=store, values={"salespersonCode": "JO", "customerPriceGroup": "RETAIL"})


def change(world: World) -> None:
    """A day later: every kind of change that Update sends."""
    shop, business = world.stores[FIRST], world.companies[COMPANY]
    business.change_customer(
        "600", displayName="Renamed Ltd.", addressLine1="1 New Road", taxRegistrationNumber="GB123456789"
    )
    business.delete_ship_to("600", "D00")
    business.put_ship_to("600", **ship_to("NEW"))
    business.change_customer("602", phoneNumber="01223 460009", salespersonCode="LT")
    shop.change_customer("added3@town.example", company="Theirs")
    shop.add_customer(email="late@town.example", first_name="La", last_name="Te", phone="+442079460001")


def live(world: World, store: Store, run_job: RunJob) -> list[Run]:
    """The four jobs, the day after, Import and Update again: everything that the main job does."""
    runs = [run_job(store, job) for job in ROUND]
    change(world)
    return [
        *runs,
        run_job(store, "import_customers"),
        run_job(store, "try_mapping"),
        run_job(store, "update_customers"),
    ]


def end(world: World, runs: list[Run]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Both systems in a form that does not depend on ids, and what each run said of whom."""
    return cast.normal(world.state()), [outcomes(run) for run in runs]
