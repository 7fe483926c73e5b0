"""What people do in the two systems: one function per kind of edit. Each says what was done, "" for nothing."""

import random
from collections.abc import Callable
from typing import Any

from tests.chaos.town import PLACES, Town, dock, new_customer, new_shopper

Edit = Callable[[Town, random.Random], str]


def _customer(town: Town, dice: random.Random) -> dict[str, Any] | None:
    rows = town.business.customers()
    return dice.choice(rows) if rows else None


def _shopper(town: Town, dice: random.Random) -> int | None:
    ids = town.shoppers()
    return dice.choice(ids) if ids else None


def customer_phone(town: Town, dice: random.Random) -> str:
    row = _customer(town, dice)
    phone = "" if dice.random() < 0.15 else f"020 79{town.next()}{dice.randrange(10, 99)}"
    return _change(town, row, phoneNumber=phone)


def customer_name(town: Town, dice: random.Random) -> str:
    row = _customer(town, dice)
    if row and row["contact_type"] == "Person":
        return _change(town, row, displayName=f"Re{town.next()} Named{town.next()}")
    return _change(town, row, displayName=f"Renamed {town.next()} Ltd.")


def customer_email(town: Town, dice: random.Random) -> str:
    return _change(town, _customer(town, dice), email=f"new{town.next()}@example.com")


def customer_street(town: Town, dice: random.Random) -> str:
    return _change(town, _customer(town, dice), addressLine1=f"{town.next()} New Road")


def customer_moves(town: Town, dice: random.Random) -> str:
    """Another country, with all that belongs to it, typed in the client's order."""
    country, city, code, state, _ = dice.choice(PLACES)
    return _change(
        town, _customer(town, dice), country=country, city=city, postalCode=code, state=state, city_again=city
    )


def customer_code(town: Town, dice: random.Random) -> str:
    name, values = dice.choice(
        [("salespersonCode", ("JO", "EH", "")), ("payment_terms", ("14 DAYS", "COD")), ("taxRegistrationNumber", None)]
    )
    number = f"GB{100_000_000 + town.next()}"
    return _change(town, _customer(town, dice), **{name: dice.choice(values) if values else number})


def customer_blocked(town: Town, dice: random.Random) -> str:
    return _change(town, _customer(town, dice), blocked=dice.choice(("All", "Ship", "")))


def contact_name(town: Town, dice: random.Random) -> str:
    """The primary contact marries: the customer's own row says only the full name."""
    row = _customer(town, dice)
    if not row or not row["primary_contact_no"]:
        return ""
    surname = f"Married{town.next()}"
    contact = town.business.books.tables.one("contact", no=row["primary_contact_no"])
    first = contact["first_name"] if contact else "Some"
    town.business.change_contact(row["primary_contact_no"], first_name=first, surname=surname)
    return f"contact of {row['no']}: {first} {surname}"


def contact_phone(town: Town, dice: random.Random) -> str:
    row = _customer(town, dice)
    if not row or not row["primary_contact_no"]:
        return ""
    town.business.change_contact(row["primary_contact_no"], phone_no=f"01223 88{town.next()}")
    return f"contact of {row['no']}: another phone"


def ship_to_changed(town: Town, dice: random.Random) -> str:
    rows = town.business.books.tables.all("ship_to")
    if not rows:
        return ""
    row = dice.choice(rows)
    street = f"{town.next()} Dock Road"
    town.business.put_ship_to(row["customer_no"], row["code"], address=street)
    return f"ship-to {row['customer_no']} {row['code']}: {street}"


def ship_to_added(town: Town, dice: random.Random) -> str:
    row = _customer(town, dice)
    if not row:
        return ""
    code, street = f"D{town.next()}", f"{town.next()} Quay"
    place = dock(dice.choice(PLACES)[0])
    town.business.put_ship_to(row["no"], code, name="Quay", contact="Quentin Quay", address=street, **place)
    return f"ship-to {row['no']} {code}: new, {street}"


def ship_to_removed(town: Town, dice: random.Random) -> str:
    rows = town.business.books.tables.all("ship_to")
    if not rows:
        return ""
    row = dice.choice(rows)
    town.business.delete_ship_to(row["customer_no"], row["code"])
    return f"ship-to {row['customer_no']} {row['code']}: removed"


def customer_created(town: Town, dice: random.Random) -> str:
    return f"customer {new_customer(town, dice)['no']} typed in Business Central"


def customer_deleted(town: Town, dice: random.Random) -> str:
    row = _customer(town, dice)
    if not row or len(town.business.customers()) < 4:
        return ""
    town.business.delete_customer(row["no"])
    town.deleted_customers.add(row["id"])
    return f"customer {row['no']} deleted in Business Central"


def shopper_core(town: Town, dice: random.Random) -> str:
    """What Business Central owns, typed over by the shopper."""
    name = dice.choice(("phone", "company", "first_name", "last_name"))
    value = f"+44 1223 99{town.next()}" if name == "phone" else f"Shopper{town.next()}"
    return _retype(town, _shopper(town, dice), **{name: value})


def shopper_email(town: Town, dice: random.Random) -> str:
    return _retype(town, _shopper(town, dice), email=f"own{town.next()}@example.com")


def shopper_notes(town: Town, dice: random.Random) -> str:
    id, words = _shopper(town, dice), f"note {town.next()}"
    if id is not None:
        town.kept[id, "core", "notes"] = words
    return _retype(town, id, notes=words)


def shopper_attribute(town: Town, dice: random.Random) -> str:
    """Through the API nobody hears of it: only the value's own stamp tells."""
    id, name, value = _shopper(town, dice), dice.choice(("Tier", "Tier", "Salesperson")), f"value {town.next()}"
    if id is None:
        return ""
    if name == "Tier":
        town.kept[id, "attribute", name] = value
    town.shop.change_customer(id, attributes={name: value})
    return f"shopper {id}: attribute {name} = {value}"


def shopper_form_field(town: Town, dice: random.Random) -> str:
    id, size = _shopper(town, dice), f"size {town.next()}"
    if id is None:
        return ""
    town.kept[id, "form field", "Shoe size"] = size
    town.shop.change_customer(id, form_fields={"Shoe size": size})
    return f"shopper {id}: form field Shoe size = {size}"


def shopper_metafield(town: Town, dice: random.Random) -> str:
    id, key = _shopper(town, dice), f"key{town.next()}"
    if id is None:
        return ""
    town.kept[id, "metafield", key] = "theirs"
    town.shop.add_metafield(id, "loyalty", key, "theirs", "read", "another-app")
    return f"shopper {id}: metafield loyalty.{key}"


def address_added(town: Town, dice: random.Random) -> str:
    id = _shopper(town, dice)
    if id is None:
        return ""
    place = {"city": "Ely", "postal_code": "CB6 1AA", "country_code": "GB"}
    made = town.shop.add_address(id, address1=f"{town.next()} Own Street", **place)
    town.own[made] = town.shop.addresses.get(made)
    return f"shopper {id}: address {made} added"


def address_changed(town: Town, dice: random.Random) -> str:
    """Any address of the store: one of ours is put right again, the shopper's own stays as it is now."""
    rows = town.shop.addresses.select()
    if not rows:
        return ""
    row = dice.choice(rows)
    town.shop.change_address(row["id"], address1=f"{town.next()} Changed Street")
    if row["id"] in town.own:
        town.own[row["id"]] = town.shop.addresses.get(row["id"])
    else:
        town.touched.add(row["id"])
    return f"shopper {row['customer_id']}: address {row['id']} changed"


def address_removed(town: Town, dice: random.Random) -> str:
    rows = town.shop.addresses.select()
    if not rows:
        return ""
    row = dice.choice(rows)
    town.shop.delete_address(row["id"])
    town.own.pop(row["id"], None)
    return f"shopper {row['customer_id']}: address {row['id']} removed"


def shopper_registers(town: Town, dice: random.Random) -> str:
    return f"shopper {new_shopper(town, dice)['id']} registers"


def shopper_deleted(town: Town, dice: random.Random) -> str:
    id = _shopper(town, dice)
    if id is None or len(town.shoppers()) < 4:
        return ""
    town.own = {key: body for key, body in town.own.items() if body["customer_id"] != id}
    town.kept = {key: value for key, value in town.kept.items() if key[0] != id}
    town.shop.delete_customer(id)
    town.deleted_shoppers.add(id)
    return f"shopper {id} deleted in the store"


def _change(town: Town, row: dict[str, Any] | None, **fields: Any) -> str:
    if row is None:
        return ""
    again = fields.pop("city_again", None)
    town.business.change_customer(row["no"], **fields)
    if again:
        # The post code table has its own idea of the city.
        town.business.change_customer(row["no"], city=again, state=fields["state"])
    return f"customer {row['no']}: {fields}"


def _retype(town: Town, id: int | None, **fields: Any) -> str:
    if id is None:
        return ""
    town.shop.change_customer(id, **fields)
    return f"shopper {id}: {fields}"


# How often one is done beside the others.
WEIGHTS: dict[Edit, int] = {
    customer_phone: 3, customer_name: 2, customer_email: 2, customer_street: 2, customer_moves: 2, customer_code: 2,
    customer_blocked: 1, contact_name: 2, contact_phone: 1, ship_to_changed: 2, ship_to_added: 1, ship_to_removed: 1,
    customer_created: 1, customer_deleted: 1, shopper_core: 3, shopper_email: 1, shopper_notes: 1,
    shopper_attribute: 2, shopper_form_field: 1, shopper_metafield: 1, address_added: 1, address_changed: 2,
    address_removed: 1, shopper_registers: 1, shopper_deleted: 1,
}  # fmt: skip
BY_NAME: dict[str, Edit] = {edit.__name__: edit for edit in WEIGHTS}
# Those of which no vendor tells by an event.
SILENT = {"contact_phone", "ship_to_changed", "ship_to_added", "ship_to_removed", "shopper_form_field"}
