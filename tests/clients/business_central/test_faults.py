"""Under faults that pass, reading gives the same; under those that stay, the right one of the five errors."""

import pytest

from bcsync.clients.business_central import BusinessCentral
from bcsync.clients.errors import Changed, RetryLater, VendorError
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.switches import ALTERNATIVES
from bcsync.sandbox.world import World
from tests.clients.business_central.conftest import people
from tests.clients.business_central.test_reading import PAGES, TABLE, read

PASSING = ("429", "429-no-headers", "500", "502", "503", "504", "cut-before", "cut-after")


@pytest.mark.parametrize("kind", PASSING)
def test_a_passing_fault_changes_nothing(
    client: BusinessCentral, company: CompanySide, world: World, kind: str
) -> None:
    people(company)
    expected = read(client, page_size=2)
    world.faults.add(kind, vendor="business_central", match="GET /customers", times=2, skip=1)
    world.faults.add(kind, vendor="business_central", match="GET /ODataV4/*", times=2)
    world.faults.add(kind, vendor="business_central", match="POST /$batch", times=1)
    assert read(client, page_size=2) == expected


def test_random_faults_change_nothing(client: BusinessCentral, company: CompanySide, world: World) -> None:
    people(company)
    for page in PAGES:
        company.unpublish(page)
    expected = read(client, page_size=1)
    world.faults.add(PASSING, vendor="business_central", rate=0.2, seed=7)
    for _ in range(5):
        assert read(client, page_size=1) == expected
        pages = client.read_by_id(client.capabilities(), TABLE, [record.id for record in expected.values()])
        assert {record.number: record for page in pages for record in page} == expected


def test_429_waits_what_the_vendor_says(
    client: BusinessCentral, company: CompanySide, world: World, waits: list[float]
) -> None:
    client.company()
    world.faults.add("429", vendor="business_central", match="POST /customers", seconds=7)
    assert client.create_customer({"displayName": "A"}).number == company.customers()[0]["no"]
    assert 7 <= waits[0] < 9


@pytest.mark.parametrize("kind", ["503", "cut-before", "429-no-headers"])
def test_a_fault_that_stays_is_for_later(client: BusinessCentral, world: World, kind: str) -> None:
    client.company()
    world.faults.add(kind, vendor="business_central", rate=1.0)
    with pytest.raises(RetryLater):
        client.capabilities()


def test_an_update_whose_answer_was_lost_was_done(client: BusinessCentral, company: CompanySide, world: World) -> None:
    people(company)
    row = company.customer("10")
    assert row is not None
    before = client.customer(row["id"])
    assert before is not None
    world.faults.add("cut-after", vendor="business_central", match="PATCH /customers*")
    with pytest.raises(Changed):
        client.update_customer(before.id, before.etag, {"city": "Ely"})
    after = client.customer(before.id)
    assert after is not None
    assert after.city == "Ely"


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in list(ALTERNATIVES)[-5:] for value in ALTERNATIVES[name]],
)
def test_what_the_vendor_leaves_open_does_not_matter(
    client: BusinessCentral, company: CompanySide, world: World, name: str, value: object
) -> None:
    people(company)
    world.switches.change({name: value})
    whole = read(client)
    pages = client.read_by_id(client.capabilities(), TABLE, [record.id for record in whole.values()])
    assert {record.number: record for page in pages for record in page} == whole
    created = client.create_customer({"displayName": "New", "country": "GB", "city": "Bath"})
    after = client.update_customer(created.id, created.etag, {"country": "DE"})
    assert (after.country, after.city) == ("DE", "Bath")
    assert world.audit.broken_rules == []


def test_a_batch_that_stops_at_a_failure_goes_on(
    client: BusinessCentral, company: CompanySide, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not know continue-on-error answers up to the first failure: the rest goes again."""
    people(company)
    for page in PAGES:
        company.unpublish(page)
    for first_name in ("Ana", "Cy"):
        person = company.books.tables.one("contact", first_name=first_name)
        assert person is not None
        company.books.tables.update("contact", person["id"], {"business_relation": "Multiple"})
    whole = read(client)
    reader = client._session.reader
    send = reader.request

    def without_preference(method: str, path: str, **options: object) -> object:
        headers = options.get("headers")
        if isinstance(headers, dict) and method == "POST":
            headers.pop("Prefer")
        return send(method, path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "request", without_preference)
    pages = client.read_by_id(client.capabilities(), TABLE, [record.id for record in whole.values()])
    assert {record.number: record for page in pages for record in page} == whole
    assert len(world.audit.calls(family="POST /$batch")) > 1


def test_every_error_is_one_sentence_without_a_line_break(client: BusinessCentral, world: World) -> None:
    world.faults.add("html", vendor="business_central", times=99, status=403)
    with pytest.raises(VendorError) as caught:
        client.companies()
    assert "\n" not in str(caught.value)
