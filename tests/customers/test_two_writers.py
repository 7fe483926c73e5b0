"""Rows whose values end in one field of Business Central: the first writes it, whatever it reads; the rest say so."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import conflicts
from customers.models import Conflict, Decision
from mapping.models import FieldMappingRow, FormFieldRow
from mapping.rows import Step, steps_as_json
from mapping.setup import setup_of
from mapping.write_back import PART
from stores.models import Store
from tests.customers.test_writing_back import EMAIL, added, again_nothing, contact, customer, main, named, own
from tests.fixtures import RunJob

__all__ = ["added"]


@pytest.fixture
def somebody(db: None) -> User:
    return User.objects.create_user("olga")


def form_field(store: Store, shop: StoreSide, name: str, table: str, field: str, *steps: Step, **values: Any) -> None:
    shop.add_form_field(name)
    FormFieldRow(
        store=store, kind="customer", name=name, source_table=table, source_field=field,
        steps=steps_as_json(steps), **values,
    ).save()  # fmt: skip


def typed(shop: StoreSide, name: str, value: str) -> None:
    shop.change_customer(EMAIL, form_fields=[{"name": name, "value": value}])


def shown(shop: StoreSide, name: str) -> str:
    return {each["name"]: each["value"] for each in shop.customer(EMAIL)["form_fields"]}.get(name, "")


def notes(store: Store, row: str) -> str:
    return " ".join(each.text for each in setup_of(store).problems if each.row == row)


@pytest.mark.parametrize("first", ["address.country_code", "form_field.Country"])
def test_a_country_is_written_by_the_first_row_whatever_it_reads(
    first: str, added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    """country.isoCode is kept as the customer's country/region code, which the other row reads by that name."""
    form_field(added, shop, "Country", "customer", "country")
    run_job(added, "update_customers")
    # Business Central takes the country of a post code that it knows, so the post code goes along.
    own("address.country_code", "address.postal_code")
    row = added.form_field_rows.get()
    row.owner = "bigcommerce"
    row.save()
    if first == "form_field.Country":
        FieldMappingRow.objects.get(target_table="address", target_field="country_code").delete()
    shop.change_address(main(shop)["id"], country_code="IE", postal_code="D02 X285")
    typed(shop, "Country", "FR")
    run = run_job(added, "update_customers")

    wins = {"address.country_code": "IE", "form_field.Country": "FR"}[first]
    shown_back = [part["changes"] for record in run.records.all() for part in record.parts if part["part"] == PART]
    assert (run.status, shown_back) == (
        "succeeded",
        [[["Country/Region Code", "GB", wins], ["Post Code", "CB1 2FB", "D02 X285"]]],
    )
    assert customer(business)["country"] == wins
    assert shown(shop, "Country") == "FR"
    again_nothing(added, world, run_job)
    assert customer(business)["country"] == wins
    if first == "address.country_code":
        assert "address.country_code writes Country/Region Code of Business Central" in notes(
            added, "form_field.Country"
        )


@pytest.mark.parametrize("source", ["firstName", "middleName", "surname"])
def test_a_full_name_and_its_parts_have_one_writer(
    source: str, added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    form_field(added, shop, "Buyer", "contact", source, Step("full_name"))
    run_job(added, "update_customers")
    own("customer.first_name", "customer.last_name")
    row = added.form_field_rows.get()
    row.owner = "bigcommerce"
    row.save()
    shop.change_customer(EMAIL, first_name="Ann", last_name="Lee")
    typed(shop, "Buyer", "Bob Stone")
    run_job(added, "update_customers")

    assert named(contact(business)) == ("Ann", "", "Lee")
    assert (shop.customer(EMAIL)["first_name"], shown(shop, "Buyer")) == ("Ann", "Bob Stone")
    assert "of Business Central and comes first" in notes(added, "form_field.Buyer")
    again_nothing(added, world, run_job)
    assert named(contact(business)) == ("Ann", "", "Lee")


def clash(store: Store, shop: StoreSide, business: CompanySide, run_job: RunJob) -> Conflict:
    """The form field Town and the address's city both read the customer's city; Town's two sides change."""
    form_field(store, shop, "Town", "customer", "city")
    run_job(store, "update_customers")
    typed(shop, "Town", "Ely")
    business.change_customer("10", city="Hull")
    run_job(store, "update_customers")
    return Conflict.objects.get(settled_at=None, field="Town")


def test_a_side_is_refused_in_words_where_another_row_writes_that_field(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, somebody: User
) -> None:
    own("address.city")
    row = clash(added, shop, business, run_job)
    before = world.state()
    done, refused = conflicts.take([row], "bigcommerce", somebody)
    run_job(added, "update_customers")

    assert (done, Decision.objects.count()) == (0, 0)
    assert "address.city" in refused[0]
    assert "writes City of Business Central" in refused[0]
    assert world.state() == before
    assert conflicts.take([row], "business_central", somebody) == (1, [])


def test_a_side_is_taken_where_no_other_row_writes_that_field(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, somebody: User
) -> None:
    row = clash(added, shop, business, run_job)
    assert conflicts.take([row], "bigcommerce", somebody) == (1, [])
    run_job(added, "update_customers")
    assert (customer(business)["city"], shown(shop, "Town"), main(shop)["city"]) == ("Ely", "Ely", "Ely")
    again_nothing(added, world, run_job)


def test_of_two_sides_taken_for_one_field_the_second_is_refused(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, somebody: User
) -> None:
    form_field(added, shop, "Town", "customer", "city")
    run_job(added, "update_customers")
    typed(shop, "Town", "Ely")
    shop.change_address(main(shop)["id"], city="Wells")
    business.change_customer("10", city="Hull")
    run_job(added, "update_customers")
    rows = list(Conflict.objects.filter(settled_at=None).order_by("field"))
    done, refused = conflicts.take(rows, "bigcommerce", somebody)
    run_job(added, "update_customers")
    after = world.state()
    again_nothing(added, world, run_job)

    assert [row.field for row in rows] == ["Town", "city"]
    assert (done, len(refused)) == (1, 1)
    assert "form_field.Town" in refused[0]
    assert (customer(business)["city"], shown(shop, "Town"), main(shop)["city"]) == ("Ely", "Ely", "Ely")
    assert world.state() == after


def test_a_side_that_was_taken_before_another_row_became_the_writer_says_so(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob, somebody: User
) -> None:
    row = clash(added, shop, business, run_job)
    assert conflicts.take([row], "bigcommerce", somebody) == (1, [])
    own("address.city")
    run = run_job(added, "update_customers")
    told = " ".join(part["reason"] for record in run.records.all() for part in record.parts)
    assert customer(business)["city"] == "Hull"
    assert "address.city writes City of Business Central" in told


def test_a_persons_name_and_its_parts_have_one_writer(
    added: Store, shop: StoreSide, business: CompanySide, world: World, run_job: RunJob
) -> None:
    """Of a person, Business Central makes the Name of the contact's names: it is the same value by another name."""
    form_field(added, shop, "Known as", "customer", "displayName")
    run_job(added, "update_customers")
    own("customer.first_name", "customer.last_name")
    row = added.form_field_rows.get()
    row.owner = "bigcommerce"
    row.save()
    person = "c20@example.com"
    shop.change_customer(person, first_name="Eva", last_name="Lund",
                         form_fields=[{"name": "Known as", "value": "Zoe Other"}])  # fmt: skip
    shop.change_customer(EMAIL, form_fields=[{"name": "Known as", "value": "Firm Ten"}])
    run_job(added, "update_customers")

    assert named(contact(business, "20")) == ("Eva", "", "Lund")
    assert customer(business, "20")["name"] == "Eva Lund"
    assert customer(business)["name"] == "Firm Ten"
    again_nothing(added, world, run_job)
    assert named(contact(business, "20")) == ("Eva", "", "Lund")
    assert "for customers that are a person, customer.first_name writes" in notes(added, "form_field.Known as")
