"""What must be true once all is quiet, computed from what both systems say and what their people know, never by a job.

Everything here returns sentences, one per thing that is not so.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import Count

from customers.models import Conflict, Link, Run
from tests.chaos.town import STATES, Town
from tests.customers.reading import in_store, mirrored

Body = dict[str, Any]
OURS = "bcsync"


def troubles(town: Town) -> list[str]:
    """Everything that is wrong now."""
    shoppers = {body["id"]: body for body in town.shop.state()["customers"].values()}
    customers = {row["id"]: row for row in town.business.customers()}
    found = [*nobody_lost_or_doubled(town, shoppers, customers), *kept(town, shoppers)]
    for id, body in shoppers.items():
        row = customers.get(tracked(body))
        if row is not None:
            found += [f"shopper {id} and customer {row['no']}: {words}" for words in disagree(town, body, row)]
    if differing := mirror_differences(town):
        found.append(f"our copy is not what the store says: {differing}")
    return [*found, *books()]


def tracked(body: Body) -> str:
    """The Business Central customer that a shopper's metafields name."""
    return next((m["value"] for m in body["metafields"] if (m["namespace"], m["key"]) == (OURS, "customer_id")), "")


def nobody_lost_or_doubled(town: Town, shoppers: dict[int, Body], customers: dict[str, Body]) -> Iterator[str]:
    """Who is there, by id; who was made by us, once each; and our links say the same."""
    gone = sorted(town.at_first - town.deleted_shoppers - set(shoppers))
    yield from (f"shopper {id} is lost" for id in gone)
    yield from (f"customer {id} is lost" for id in sorted(town.typed - town.deleted_customers - set(customers)))
    links = Link.objects.filter(store=town.store).select_related("customer", "business_central_customer")
    of = {link.customer.remote_id: str(link.business_central_customer.remote_id) for link in links}
    names = Counter(filter(None, (tracked(body) for body in shoppers.values())))
    yield from (f"customer {id} stands behind {times} shoppers" for id, times in names.items() if times > 1)
    for id, body in shoppers.items():
        if id not in town.born and not tracked(body):
            yield f"shopper {id} ({body['email']}) was made by nobody"
        # The link to a customer who is deleted there rests: nothing more is written for it, not even the ids.
        rests = not tracked(body) and of.get(id) in town.deleted_customers
        if tracked(body) != of.get(id, "") and not rests:
            yield f"shopper {id} has {tracked(body) or 'no id'} in the store, and {of.get(id, 'no link')} here"
        if id in town.born and not of.get(id):
            yield f"shopper {id} ({body['email']}) registered and is nobody in Business Central: {standing(town, id)}"
    for id, row in customers.items():
        # Who is blocked is not ready to be added.
        if id not in of.values() and not row["blocked"]:
            yield f"customer {row['no']} ({row['name']}) is nobody in the store"


def standing(town: Town, id: int) -> str:
    row = town.store.customers.filter(remote_id=id).first()
    return f"{row.status}, {row.status_reason}" if row is not None else "not known here"


def kept(town: Town, shoppers: dict[int, Body]) -> Iterator[str]:
    """What only the shopper or another app may change is as they left it."""
    names = {body["id"]: body["name"] for body in town.shop.attributes.select()}
    for (id, kind, name), value in town.kept.items():
        body = shoppers[id]
        now = {
            "core": body.get(name),
            "attribute": {names[v["attribute_id"]]: v["attribute_value"] for v in body["attributes"]}.get(name),
            "form field": {v["name"]: v["value"] for v in body["form_fields"]}.get(name),
            "metafield": {m["key"]: m["value"] for m in body["metafields"] if m["namespace"] == "loyalty"}.get(name),
        }[kind]
        if now != value:
            yield f"shopper {id}: {kind} {name} is {now!r}, the shopper left it as {value!r}"
    for id, left in town.own.items():
        now = town.shop.addresses.get(id)
        if now != left:
            yield f"shopper {left['customer_id']}: own address {id} is {now}, was left as {left}"


def disagree(town: Town, body: Body, row: Body) -> Iterator[str]:
    """One pair by the default mapping, where Business Central owns everything but, in some towns, the phone."""
    contact = town.business.books.tables.one("contact", no=row["primary_contact_no"]) or {}
    parts = (contact.get(name, "") for name in ("first_name", "middle_name", "surname"))
    values = {name: str(value) for name, value in body.items()}
    name = (" ".join(f"{body['first_name']} {body['last_name']}".split()), " ".join(filter(None, parts)))
    pairs = {"name": name, "email": (body["email"].lower(), row["email"].lower())}
    if row["contact_type"] == "Company":
        pairs["company"] = (values["company"], row["name"])
    names = {definition["id"]: definition["name"] for definition in town.shop.attributes.select()}
    attributes = {names[v["attribute_id"]]: v["attribute_value"] for v in body["attributes"]}
    for attribute, column in (("Salesperson", "salesperson"), ("VAT number", "vat_registration_no"),
                              ("Payment terms", "payment_terms")):  # fmt: skip
        pairs[attribute] = (attributes.get(attribute, ""), row[column])
    number = next(
        (m["value"] for m in body["metafields"] if (m["namespace"], m["key"]) == (OURS, "customer_number")), ""
    )
    pairs["number"] = (number, row["no"])
    for field, (store, business) in pairs.items():
        if business and store != business:
            yield f"{field} is {store!r} in the store and {business!r} in Business Central"
    yield from disagreeing_phone(town, dialled(body["phone"]), dialled(row["phone_no"]))
    yield from disagreeing_addresses(town, body, row)


def disagreeing_phone(town: Town, store: str, business: str) -> Iterator[str]:
    winner = {"business_central": business, "bigcommerce": store, "newest": store and business}[town.owners]
    if winner and store != business:
        yield f"phone is {store} in the store and {business} in Business Central; {town.owners} owns it"


def dialled(number: str) -> str:
    return "".join(mark for mark in number if mark in "+0123456789")


def disagreeing_addresses(town: Town, body: Body, row: Body) -> Iterator[str]:
    """The main address and each ship-to are there; of the others there are only those that shoppers made or changed."""
    wanted = {"main": place_of(row, "address")}
    for ship_to in town.business.books.tables.all("ship_to", customer_no=row["no"]):
        wanted[f"ship-to {ship_to['code']}"] = place_of(ship_to, "address")
    # Who registered with no address has none in Business Central.
    wanted = {source: place for source, place in wanted.items() if place[0]}
    there = {address["id"]: place_of(address, "address1") for address in body["addresses"]}
    for source, place in wanted.items():
        if place not in there.values():
            yield f"{source} is {place}, the store has {sorted(there.values())}"
    for id, place in there.items():
        if id not in town.own and id not in town.touched and place not in wanted.values():
            yield f"address {id} ({place}) stands for nothing"
    # One that the shopper made stays beside ours, which says more.
    for place, times in Counter(place for id, place in there.items() if id not in town.own).items():
        if times > 1:
            yield f"{place} is there {times} times"


def place_of(row: Body, street: str) -> tuple[str, ...]:
    """(street, city, post code, country, state) of an address in either system."""
    if street == "address1":
        return row[street], row["city"], row["postal_code"], row["country_code"], row["state_or_province"]
    return row[street], row["city"], row["post_code"], row["country"], STATES.get(row["county"], row["county"])


def mirror_differences(town: Town) -> str:
    """Where our copy is not the store, in words; how many parts a customer has is told by the parts themselves."""
    ours, theirs = mirrored(town.store), in_store(town.shop, town.store.client_id)
    for body in (*ours.values(), *theirs.values()):
        body["core"] = {name: value for name, value in body["core"].items() if not name.endswith("_count")}
    names = sorted({*ours, *theirs})
    found = [f"{name}: {ours.get(name)} / {theirs.get(name)}" for name in names if ours.get(name) != theirs.get(name)]
    return "; ".join(found)[:1500]


def books() -> Iterator[str]:
    """Conflicts are told once per field; every run's outcomes add up to whom it looked at."""
    fields = Conflict.objects.filter(settled_at=None).values("link", "part", "field").annotate(times=Count("pk"))
    yield from (
        f"{row['times']} open conflicts about {row['part']} {row['field']}" for row in fields if row["times"] > 1
    )
    for run in Run.objects.all():
        total = sum(run.counts.values())
        if run.is_active or total + (run.to_do if run.status == Run.Status.PLANNED else 0) != run.looked_at:
            yield f"run {run.pk} ({run.kind}, {run.status}): {run.counts} of {run.looked_at}, {run.to_do} to do"
        if run.status in (Run.Status.CRASHED, Run.Status.STOPPED):
            yield f"run {run.pk} ({run.kind}) {run.status}: {run.message}"
