"""A search finds by name, e-mail, company, phone in any format and Business Central number; every word counts."""

import pytest

from customers import search
from customers.models import Customer
from customers.selection import shoppers
from stores.models import Store
from tests.pages import data


@pytest.fixture
def store(db: None) -> Store:
    return data.store()


def shopper(store: Store, remote_id: int, **values: str) -> Customer:
    found = {"first_name": "Ann", "last_name": "Example", "email": f"s{remote_id}@mail.example", **values}
    return Customer.objects.create(
        store=store, remote_id=remote_id, email_key=found["email"].lower(), written_at="2026-01-01T00:00Z", **found
    )


def found(store: Store | None, text: str) -> set[int]:
    return set(shoppers(store, {"search": text}).values_list("remote_id", flat=True))


FORMS = ["+44 1632 960001", "+441632960001", "441632960001", "0044 1632 960001", "01632 960001", "01632960001",
         "(01632) 960-001", "+44 (0)1632 960001", "1632 960 001",
         "(+44) 1632 960001", "01632\u2013960001"]  # fmt: skip


@pytest.mark.parametrize("kept", FORMS[:-1])
def test_a_phone_is_found_in_whatever_form_either_side_writes_it(store: Store, kept: str) -> None:
    shopper(store, 1, phone=kept)
    shopper(store, 2, phone="+44 1632 960002")
    for asked in FORMS:
        assert found(store, asked) == {1}, (kept, asked)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("townes", {1}), ("ROBERT townes", {1}), ("townes robert", {1}), ("robert lefevre", set()),
        ("adatum", {1}), ("r.townes@", {1}), ("townes@adatum.example", {1}), ("Lefèvre", {2}), ("lefevre", {2}),
        ("LEFÈVRE", {2}), ("muller", {3}), ("MÜLLER", {3}), ("strasse", {3}), ("ليلى", {4}), ("li", {5}),
        ("ann", set()), ("li na", {5}), ("100%", {6}), ("%", set()), ("_", set()), ("o'bri", {6}), ("\\", set()),
    ],
)  # fmt: skip
def test_words(store: Store, text: str, expected: set[int]) -> None:
    shopper(store, 1, first_name="Robert", last_name="Townes", company="Adatum", email="r.townes@adatum.example")
    shopper(store, 2, first_name="François", last_name="Lefèvre")
    shopper(store, 3, first_name="Zoë", last_name="Müller", company="Straße GmbH")
    shopper(store, 4, first_name="ليلى", last_name="حداد")
    shopper(store, 5, first_name="Li", last_name="Na")
    shopper(store, 6, first_name="Pat", last_name="O'Brien", company="100% Wool")
    assert found(store, text) == expected


def test_a_business_central_number_finds_whom_it_is_linked_or_assigned_to(store: Store) -> None:
    made = data.customers(store, 8)
    number = made[1].link.business_central_customer.number
    default = data.business_central_customer(store, "WEB-FR")
    Customer.objects.filter(pk=made[4].pk).update(default_customer=default)
    assert found(store, number.lower()) == {2}
    assert found(None, number) == {2}
    assert found(store, "web-fr") == {5}
    assert found(store, f"{number} dubai") == set()
    other = data.store("w8n4d2z6r5", "Trade")
    assert found(other, number) == set()


def test_a_row_that_is_written_is_found_by_what_it_says_then(store: Store) -> None:
    row = shopper(store, 1, last_name="Before")
    row.search = search.text_of(row, ["020 7946 0102"])
    row.save()
    row.last_name = "After"
    Customer.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"],
                                 update_fields=["last_name", "search"])  # fmt: skip
    assert (found(store, "before"), found(store, "after"), found(store, "+44 20 7946 0102")) == (set(), {1}, {1})


def test_what_is_no_phone_is_not_searched_as_one() -> None:
    assert search.phone_digits("1632") == []
    assert search.phone_digits("10000 robert") == []
    assert search.phone_digits("+999999999999999") != []
