"""The card of one customer: both sides, addresses, why matched, the timeline; constant queries; links that open it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import comparing, timeline
from customers.models import AddressLink, Customer, CustomerAddress, Decision, Link, Run, Trouble
from customers.planning import pairs
from customers.store_definitions import definitions
from stores import deep_links
from stores.models import Store
from tests.pages import data


@pytest.fixture
def store(db: None) -> Store:
    return data.store()


def card(shopper: Customer) -> str:
    return f"/customers/{shopper.pk}/"


def pair(store: Store, **values: Any) -> Link:
    """A linked pair: the shopper's names, e-mail and phone are what Business Central says, but for `values`."""
    other = data.business_central_customer(store, "10000", display_name="Adatum", email="ann@contoso.example")
    core = {"first_name": "Ann", "last_name": "Example", "company": "Adatum", "email": "ann@contoso.example",
            "phone": "+44 1632 960001", "customer_group_id": 0, **values}  # fmt: skip
    shopper = Customer.objects.create(
        store=store, remote_id=71, email=core["email"], email_key=core["email"], first_name=core["first_name"],
        last_name=core["last_name"], company=core["company"], phone=core["phone"], country_code="GB",
        status="linked", data=core, written_at=timezone.now(), date_created=timezone.now(),
    )  # fmt: skip
    return Link.objects.create(store=store, customer=shopper, business_central_customer=other, rule="phone",
                               value="+441632960001", why="Phone +441632960001 is that of 10000.")  # fmt: skip


def lines_of(store: Store, link: Link) -> dict[str, comparing.Line]:
    found = comparing.compare_pair(store, definitions(store), pairs(store).get(pk=link.pk))
    return {line.label: line for line in found.fields}


def test_the_card_shows_both_sides_field_by_field(store: Store, viewer: Client) -> None:
    link = pair(store, company="Adatum Limited")
    page = viewer.get(card(link.customer))
    text = page.content.decode()
    found = {line.label: line for line in page.context["compared"].fields}
    differing = [label for label, line in found.items() if line.compared == comparing.DIFFERS]
    assert differing == ["Company"]
    assert (found["Company"].theirs, found["Company"].ours, found["Company"].will) == (
        "Adatum Limited", "Adatum", "set Adatum",
    )  # fmt: skip
    assert [line.label for line in page.context["will"] if line.label == "Company"] == ["Company"]
    assert "Phone +441632960001 is that of 10000." in text


def test_what_update_will_do_is_what_the_plan_does(store: Store) -> None:
    """Every line that says it sends is a change of the plan, and no other."""
    link = pairs(store).get(pk=pair(store, company="Adatum Limited", first_name="Anna").pk)
    defined = definitions(store)
    said = comparing.compare_pair(store, defined, link)
    from_card = {line.label for line in (*said.fields, *said.details) if line.sends}
    planned = comparing.diff(
        comparing.evaluate(comparing.record_of(link.business_central_customer), defined.facts, defined.rows),
        comparing.current_of(link.customer, store, []),
        None,
        defined.rows,
    )
    assert from_card == {
        comparing.label_of("bigcommerce", "customer", change.field) for change in planned.core if change.sends
    } | {f"{change.namespace}.{change.field}" for change in planned.metafields if change.sends}


def test_a_conflict_shows_the_base_and_who_wins(store: Store) -> None:
    link = pair(store, company="Adatum Limited")
    link.base = {"core": {"company": "Club"}, "attributes": {}, "form_fields": {}, "metafields": {}}
    link.save()
    line = lines_of(store, link)["Company"]
    assert (line.compared, line.base, line.will) == (comparing.CONFLICT, "Club", "set Adatum, record a conflict")


def test_a_field_that_bigcommerce_owns_is_left(store: Store) -> None:
    definitions(store)
    row = store.field_mapping.get(target_table="customer", target_field="company")
    row.owner = "bigcommerce"
    row.save()
    line = lines_of(store, pair(store, company="Adatum Limited"))["Company"]
    assert (line.compared, line.will, line.sends) == (
        comparing.DIFFERS, "leave it: BigCommerce owns it; Business Central is not written to", False,
    )  # fmt: skip


def test_addresses_say_what_stands_behind_each(store: Store) -> None:
    link = pair(store)
    main = CustomerAddress.objects.create(
        store=store, customer=link.customer, remote_id=1, first_name="Ann", last_name="Example", company="Adatum",
        address1="1 High Street", city="London", postal_code="CB1 2FB", country_code="GB", phone="01632 960001",
    )  # fmt: skip
    CustomerAddress.objects.create(store=store, customer=link.customer, remote_id=2, address1="c/o Townes", city="Ely")
    AddressLink.objects.create(link=link, source="main", address=main)
    found = comparing.compare_pair(store, definitions(store), pairs(store).get(pk=link.pk)).addresses
    assert [(line.source, line.compared) for line in found][1:] == [("", "shopper's")]
    assert found[0].source == "Main address"
    assert found[1].rule == "never changed or deleted by us"


def test_who_is_not_linked_is_told_why_rule_by_rule(store: Store, viewer: Client) -> None:
    shopper = data.customers(store, 3)[0]
    other = data.business_central_customer(store, "20000")
    other.phones.create(e164="+442079460102")
    Customer.objects.filter(pk=shopper.pk).update(phone="020 7946 0102", country_code="GB", status="unmapped")
    page = viewer.get(card(shopper))
    said = {word: rule.text for word, rule in page.context["rules"]}
    assert said["Phone"] == '"+442079460102" is that of Business Central customer 20000.'
    assert "Why not matched" in page.content.decode()


def test_the_timeline_has_every_record_and_decision_newest_first(store: Store, viewer: Client) -> None:
    shopper = pair(store).customer
    first = data.run(store, "import_customers", "succeeded")
    data.record(first, "customer:71", "created", customer=shopper)
    second = data.run(store, "update_customers", "succeeded")
    parts = [{"part": "core", "outcome": "updated", "reason": "", "changes": [["company", "Club", "Adatum"]]}]
    record = data.record(second, "customer:71", "updated", customer=shopper, parts=parts, plan={"core": {"x": 1}})
    Decision.objects.create(store=store, customer=shopper, kind="skip", reason="on holiday", user=data.user("operator"))
    entries = viewer.get(card(shopper)).context["page"].object_list
    assert [entry.word for entry in entries] == ["Skipped", "Updated", "Imported"]
    assert entries[1].changes == [("", "company", "Club", "Adatum")]
    assert (entries[0].who, entries[0].detail, entries[1].undo, entries[2].undo) == (
        "operator", "on holiday", record.pk, None,
    )  # fmt: skip


def test_records_from_before_the_link_are_part_of_the_timeline(store: Store) -> None:
    link = pair(store)
    skipped = data.run(store, "add_customers", "succeeded")
    data.record(skipped, "business-central:1", "skipped", business_central_customer=link.business_central_customer,
                reason="E-mail is empty.")  # fmt: skip
    events = timeline.Timeline(link.customer, link.business_central_customer)
    assert [entry.detail for entry in events[0:10]] == ["E-mail is empty."]


@pytest.mark.parametrize(
    ("show", "words"),
    [
        ("changes", ["Updated"]),
        ("decisions", ["Skipped"]),
        ("trouble", ["Rejected"]),
        ("nonsense", ["Skipped", "Rejected", "Updated"]),
    ],
)
def test_the_timeline_is_filtered(show: str, words: list[str], store: Store, viewer: Client) -> None:
    shopper = pair(store).customer
    for outcome in ("updated", "rejected"):
        data.record(data.run(store, "update_customers"), "customer:71", outcome, customer=shopper)
    Decision.objects.create(store=store, customer=shopper, kind="skip", reason="x")
    page = viewer.get(f"{card(shopper)}?show={show}").context["page"]
    assert [entry.word for entry in page.object_list] == words
    assert page.paginator.count == len(words)


def test_pages_of_the_timeline_hold_every_entry_once(store: Store, viewer: Client) -> None:
    shopper = pair(store).customer
    runs = [data.run(store, "update_customers") for _ in range(45)]
    for each in runs:
        data.record(each, "customer:71", "updated", customer=shopper)
    seen = [
        entry.run.pk
        for number in (1, 2, 3)
        for entry in viewer.get(f"{card(shopper)}?page={number}").context["page"].object_list
    ]
    assert seen == [each.pk for each in reversed(runs)]


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_the_queries_do_not_grow_with_what_a_customer_has(store: Store, viewer: Client) -> None:
    shopper = pair(store).customer
    data.record(data.run(store, "update_customers"), "customer:71", "updated", customer=shopper)
    data.details(shopper)
    viewer.get(card(shopper))
    few = queries_of(viewer, card(shopper))
    for number in range(30):
        CustomerAddress.objects.create(store=store, customer=shopper, remote_id=100 + number, address1=f"{number} Lane")
        data.record(data.run(store, "update_customers"), "customer:71", "rejected", customer=shopper)
        Decision.objects.create(store=store, customer=shopper, kind="skip", reason="x")
    many = queries_of(viewer, card(shopper))
    assert many == few
    assert many <= 60


def test_a_deleted_customer_still_has_a_card_without_actions(store: Store, operator: Client) -> None:
    shopper = pair(store).customer
    Customer.objects.filter(pk=shopper.pk).update(gone_at=timezone.now())
    text = operator.get(card(shopper)).content.decode()
    assert "Deleted in BigCommerce" in text
    assert "Preview Update" not in text


def test_actions_come_back_to_the_card(store: Store, operator: Client, queued: list[int]) -> None:
    shopper = pair(store).customer
    form = {"page": "card", "only": shopper.pk, "store": store.hash, "reason": "on holiday"}
    assert operator.post("/customers/skip/", form)["Location"] == card(shopper)
    shopper.refresh_from_db()
    assert shopper.status == "skipped"
    assert operator.post("/customers/unskip/", form)["Location"] == card(shopper)
    assert operator.post("/customers/unmap/", {**form, "reason": ""})["Location"] == card(shopper)
    assert Link.objects.count() == 1
    assert operator.post("/customers/unmap/", form)["Location"] == card(shopper)
    assert Link.objects.count() == 0


def test_preview_plans_only(
    store: Store, operator: Client, queued: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    shopper = pair(store).customer
    form = {"page": "card", "only": shopper.pk, "store": store.hash, "mode": "plan"}
    with django_capture_on_commit_callbacks(execute=True):
        operator.post("/customers/update/", form)
    run = Run.objects.get()
    assert (run.mode, run.scope, queued) == ("plan", {"only": [shopper.pk]}, [run.pk])


def test_unpark_from_the_card(store: Store, operator: Client) -> None:
    shopper = pair(store).customer
    parked = Trouble.objects.create(store=store, kind="update_customers", target="customer:71", customer=shopper,
                                    fingerprint="a|b|c", times=3, parked=True, reason=data.HOSTILE)  # fmt: skip
    assert "Unpark" in operator.get(card(shopper)).content.decode()
    answer = operator.post(f"/stores/{store.hash}/parked/unpark/", {"only": parked.pk, "page": "card",
                                                                   "customer": shopper.pk})  # fmt: skip
    assert answer["Location"] == card(shopper)
    assert not Trouble.objects.exists()


def test_hostile_values_are_text(store: Store, viewer: Client) -> None:
    for shopper in data.customers(store, 8):
        data.details(shopper)
        text = viewer.get(card(shopper)).content.decode()
        assert "<img src=x" not in text
        assert "<script>window" not in text


def test_deep_links_open_both_systems(store: Store) -> None:
    assert deep_links.bigcommerce_customer(store, 71) == (
        "https://store-k3v9x1q7p2.mybigcommerce.com/manage/customers/71/edit"
    )
    store.information = {"control_panel_base_url": "javascript:alert(1)"}
    assert deep_links.bigcommerce_customer(store, 71).startswith("https://store-k3v9x1q7p2.mybigcommerce.com/")
    assert deep_links.business_central_customer(store.company, "D'1") == (
        "https://businesscentral.dynamics.com/contoso.example/Production/?company=CRONUS%20UK%20Ltd.&page=21"
        "&filter=%27No.%27%20IS%20%27D%27%271%27"
    )


def test_rows_records_review_and_parked_lead_to_the_card(store: Store, viewer: Client) -> None:
    shoppers = data.customers(store, 4)
    planned = data.planned_run(store, shoppers)
    ended = data.run(store, "update_customers")
    data.record(ended, "customer:1", "updated", customer=shoppers[0])
    Trouble.objects.create(store=store, kind="update_customers", target="customer:1", customer=shoppers[0],
                           fingerprint="a|b|c", times=3, parked=True)  # fmt: skip
    pages = [f"/stores/{store.hash}/customers/", planned.get_absolute_url(), ended.get_absolute_url(),
             f"/stores/{store.hash}/parked/"]  # fmt: skip
    for page in pages:
        assert f'href="{card(shoppers[0])}"' in viewer.get(page).content.decode(), page
    text = viewer.get(f"/stores/{store.hash}/review/").content.decode()
    assert f'href="{card(shoppers[2])}"' in text


def test_what_the_store_has_no_attribute_for_is_not_called_equal(store: Store, viewer: Client) -> None:
    """The row gives nothing to send, so nothing was compared: values that differ are shown as differing."""
    definitions(store)
    store.field_mapping.create(
        source_table="customer", source_field="displayName", target_table="attribute", target_field="Trading name"
    )
    store.field_mapping.create(
        source_table="customer", source_field="addressLine2", target_table="attribute", target_field="Flat"
    )
    link = pair(store)
    found = comparing.compare_pair(store, definitions(store), pairs(store).get(pk=link.pk))
    said = {line.label: (line.ours, line.theirs, line.compared, line.will, line.sends) for line in found.details}
    absent = "The store has no attribute of this name."
    assert said["Trading name"] == ("Adatum", None, comparing.DIFFERS, absent, False)
    assert said["Flat"] == ("", None, comparing.EQUAL, absent, False)
    page = viewer.get(card(link.customer))
    assert page.context["compared"].differ == found.differ
    assert absent in page.content.decode()
