"""Two business states compared in words: ids, stamps and what a number series drew are replaced by stable names."""

from collections.abc import Iterator, Mapping
from typing import Any

STAMPS = ("date_created", "date_modified", "modified_at", "last_date_modified", "version")
IDS = (
    "id", "customer_id", "address_id", "attribute_id", "resource_id", "customer_group_id", "address_count",
    "attribute_count", "tax_area_id", "currency_id", "payment_terms_id", "shipment_method_id", "payment_method_id",
)  # fmt: skip
TRACKING = ("bcsync", "customer_id"), ("bcsync", "customer_number")
BLANK: tuple[Any, ...] = ("", None, [], {}, 0)
SHOWN = 240
State = dict[str, Any]


def normal(state: Mapping[str, Any]) -> State:
    """A state as World.state() and GET /sandbox/state give it, in a form in which two equal worlds are equal.

    {"stores": {hash: {"customers": {e-mail: {...}}, ...}}, "companies": {key: {"customers": {number: ...}, ...}}}
    """
    aliases: dict[str, str] = {}
    for company in state["companies"].values():
        aliases |= _aliases(company)
    return {
        "stores": {hash: _store(store, aliases) for hash, store in state["stores"].items()},
        "companies": {key: _company(company, aliases) for key, company in state["companies"].items()},
    }


def _aliases(company: Mapping[str, Any]) -> dict[str, str]:
    """Number from a series, and id -> a name that does not depend on the order of creation."""
    found: dict[str, str] = {}
    for table, prefix in (("customers", "C"), ("contacts", "CT3")):
        seen: dict[str, int] = {}
        for number, row in sorted(company[table].items(), key=lambda item: _who(item[1])):
            name = number
            if number.startswith(prefix) and number[len(prefix) :].isdigit():
                name = f"new {_who(row)}"
                seen[name] = seen.get(name, 0) + 1
                name += f" {seen[name]}" if seen[name] > 1 else ""
                found[number] = name
            if table == "customers":
                found[row["id"]] = f"id of {name}"
    return found


def _who(row: Mapping[str, Any]) -> str:
    return f"{row.get('name', '')} <{row.get('email', '')}> {row.get('contact_type', '')}"


def _store(store: Mapping[str, Any], aliases: Mapping[str, str]) -> State:
    groups = {group["id"]: group["name"] for group in store["customer_groups"]}
    attributes = {attribute["id"]: attribute["name"] for attribute in store["attributes"]}
    return {
        "customers": {
            email: _customer(body, groups, attributes, aliases) for email, body in store["customers"].items()
        },
        "customer_groups": sorted(groups.values()),
        "attributes": sorted(attributes.values()),
        "welcome_mails": store["welcome_mails"],
    }


def _customer(
    body: Mapping[str, Any], groups: Mapping[int, str], attributes: Mapping[int, str], aliases: Mapping[str, str]
) -> State:
    addresses = [_bare({**item, "form_fields": _values(item["form_fields"])}) for item in body["addresses"]]
    metafields = dict(_metafield(item, aliases) for item in body["metafields"])
    named = {
        **body,
        "customer_group": groups.get(body["customer_group_id"], ""),
        "addresses": sorted(addresses, key=str),
        "attributes": {attributes[v["attribute_id"]]: v["attribute_value"] for v in body["attributes"]},
        "form_fields": _values(body["form_fields"]),
        "metafields": dict(sorted(metafields.items())),
    }
    return _bare(named)


def _metafield(item: Mapping[str, Any], aliases: Mapping[str, str]) -> tuple[str, list[str]]:
    """Owner, namespace and key -> value, permission set, description."""
    tracking = (item["namespace"], item["key"]) in TRACKING
    value = aliases.get(item["value"], item["value"]) if tracking else item["value"]
    name = f"{item['owner_client_id']} {item['namespace']}.{item['key']}"
    return name, [value, item["permission_set"], item["description"]]


def _bare(body: Mapping[str, Any]) -> State:
    """Without ids and stamps, and without what is blank: an absent field is an empty one."""
    left = {name: value for name, value in body.items() if name not in IDS and name not in STAMPS}
    return {name: value for name, value in left.items() if value not in BLANK}


def _values(fields: list[Mapping[str, Any]]) -> State:
    return {item["name"]: item["value"] for item in sorted(fields, key=lambda item: str(item["name"]))}


def _company(company: Mapping[str, Any], aliases: Mapping[str, str]) -> State:
    def renamed(row: Mapping[str, Any]) -> State:
        return {n: aliases.get(v, v) if n.endswith("no") and isinstance(v, str) else v for n, v in _bare(row).items()}

    tables = {
        table: {aliases.get(key, key): renamed(row) for key, row in company[table].items()}
        for table in ("customers", "contacts", "ship_to")
    }
    relations: dict[str, list[str]] = {}
    for customer, contact in company["relations"]:
        relations.setdefault(aliases.get(customer, customer), []).append(aliases.get(contact, contact))
    return {**{table: dict(sorted(rows.items())) for table, rows in tables.items()}, "relations": relations}


def differences(state: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """What is not as expected, one sentence each; both in normal form."""
    return list(_differences(state, expected, ()))


def _differences(is_: Any, expected: Any, path: tuple[str, ...]) -> Iterator[str]:
    where = " › ".join(path) or "the state"
    if isinstance(is_, Mapping) and isinstance(expected, Mapping):
        for name in expected:
            if name not in is_:
                yield f"{where}: {name!r} is missing; expected {_short(expected[name])}."
        for name, value in is_.items():
            if name not in expected:
                yield f"{where}: {name!r} was not expected; it is {_short(value)}."
            else:
                yield from _differences(value, expected[name], (*path, str(name)))
    elif isinstance(is_, list) and isinstance(expected, list):
        for item in expected:
            if item not in is_:
                yield f"{where}: missing {_short(item)}."
        for item in is_:
            if item not in expected:
                yield f"{where}: not expected {_short(item)}."
        if len(is_) != len(expected) and all(item in expected for item in is_):
            yield f"{where}: {len(is_)} entries instead of {len(expected)}."
    elif is_ != expected:
        yield f"{where} is {_short(is_)}; expected {_short(expected)}."


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        value = {name: part for name, part in value.items() if part not in ("", None, [], {}, False)}
    text = str(value) if isinstance(value, Mapping | list) else repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
