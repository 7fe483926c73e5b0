"""Reading only what changed, or only some: equal to the same customers of a full reading, in few calls."""

from datetime import datetime, timedelta

import pytest

from bcsync.clients import business_central, business_central_session
from bcsync.clients.business_central import BusinessCentral
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from tests.clients.business_central.conftest import people
from tests.clients.business_central.test_reading import PAGES, TABLE, read


def moment_of(company: CompanySide, number: str) -> datetime:
    row = company.customer(number)
    assert row is not None
    return datetime.fromisoformat(row["modified_at"].replace("Z", "+00:00"))


@pytest.fixture(params=["all pages", "no pages", "no customerContacts", "only the card"])
def variant(request: pytest.FixtureRequest, company: CompanySide) -> str:
    people(company)
    keep = {"all pages": PAGES, "only the card": PAGES[:1]}.get(request.param, ())
    for page in set(PAGES) - set(keep):
        company.unpublish(page)
    company.settings.customer_contacts = request.param != "no customerContacts"
    return str(request.param)


@pytest.mark.usefixtures("variant")
def test_ids_read_the_same_as_everything(client: BusinessCentral, world: World) -> None:
    whole = read(client)
    ids = [record.id for record in whole.values()]
    gone = "00000000-0000-0000-0000-00000000dead"
    pages = client.read_by_id(client.capabilities(), TABLE, [*ids, gone])
    assert {record.number: record for page in pages for record in page} == whole
    assert world.audit.broken_rules == []


@pytest.mark.usefixtures("variant")
def test_only_the_changed_are_read(client: BusinessCentral, company: CompanySide, world: World) -> None:
    world.clock.advance(3600)
    company.change_customer("20", city="Bonn")
    changed = client.read_changed(client.capabilities(), TABLE, moment_of(company, "20") - timedelta(seconds=1))
    expected = read(client)["20"]
    assert [record for page in changed for record in page] == [expected]
    assert expected.city == "Bonn"
    assert world.audit.broken_rules == []


def test_nothing_changed_is_one_call(client: BusinessCentral, company: CompanySide, world: World) -> None:
    people(company)
    capabilities = client.capabilities()
    world.audit.reset()
    world.clock.advance(600)
    assert list(client.read_changed(capabilities, TABLE, moment_of(company, "40") + timedelta(minutes=1))) == []
    assert [call.family for call in world.audit.calls()] == ["GET /customers"]


def test_many_changed_read_the_sets_whole(
    client: BusinessCentral, company: CompanySide, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(company)
    monkeypatch.setattr(business_central, "MANY_ROWS", 3)
    capabilities, whole = client.capabilities(), read(client)
    world.audit.reset()
    pages = client.read_changed(capabilities, TABLE, moment_of(company, "10") - timedelta(days=1))
    assert {record.number: record for page in pages for record in page} == whole
    # Countries/Regions was read a moment ago by this very client.
    assert len(world.audit.calls()) == 5


@pytest.mark.parametrize("limit", [1, 100])
def test_contacts_are_read_in_batches(
    client: BusinessCentral, company: CompanySide, world: World, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    people(company)
    for page in PAGES:
        company.unpublish(page)
    monkeypatch.setattr(business_central_session, "MAX_BATCH", limit)
    whole, capabilities = read(client), client.capabilities()
    world.audit.reset()
    pages = client.read_by_id(capabilities, TABLE, [record.id for record in whole.values()])
    assert {record.number: record for page in pages for record in page} == whole
    assert len(world.audit.calls(family="POST /$batch")) == (4 if limit == 1 else 1)
    assert world.audit.writes("business_central") == []


def test_a_person_that_customer_contacts_hides_is_split(client: BusinessCentral, company: CompanySide) -> None:
    """A contact that is also a vendor's (Multiple) answers 404 inside the batch; the others still come."""
    people(company)
    for page in PAGES:
        company.unpublish(page)
    ana = company.books.tables.one("contact", first_name="Ana")
    assert ana is not None
    company.books.tables.update("contact", ana["id"], {"business_relation": "Multiple"})
    whole = read(client)
    pages = client.read_by_id(client.capabilities(), TABLE, [record.id for record in whole.values()])
    assert {record.number: record for page in pages for record in page} == whole
    assert (whole["10"].first_name, whole["10"].names_source) == ("Ana", "name split")
