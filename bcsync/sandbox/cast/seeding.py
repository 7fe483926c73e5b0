"""Putting the cast on stage: the demo company with everybody's customers, then both stores with their shoppers."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.business_central.demo import build_demo_company, demo_options, fill_codes
from bcsync.sandbox.cast.member import Member
from bcsync.sandbox.cast.places import COMPANY, FIRST, SECOND, STORES

if TYPE_CHECKING:
    from bcsync.sandbox.business_central.company import CompanySide
    from bcsync.sandbox.world import World

QUOTA = 100_000
ID_OF = re.compile(r"\{id of (\w+)\}")


def seed(world: "World", members: tuple[Member, ...], *, with_demo_customers: bool = True) -> None:
    """Build company, stores and people. Without the demo company's own customers only the cast is there."""
    company = build_company(world, with_demo_customers)
    with world.storage.transaction():
        for member in members:
            if member.customer:
                company.add_customer(**member.customer)
        for hash, store in STORES.items():
            world.add_store(hash, quota=QUOTA, **store)
            world.stores[hash].attribute_id("Salesperson")
            world.stores[hash].attribute_id("VAT number")
        for member in members:
            for hash, who in ((FIRST, member.shopper), (SECOND, member.second)):
                if who:
                    world.stores[hash].add_customer(**resolved(company, who))


def build_company(world: "World", with_customers: bool) -> "CompanySide":
    """The demo company, with a country/region code that has no ISO code."""
    if with_customers:
        company = build_demo_company(world, **COMPANY)
    else:
        company = world.add_company(**COMPANY, **demo_options())
        fill_codes(company)
    company.put_reference("country", "QX", "Somewhere Else")
    return company


def resolved(company: "CompanySide", who: Mapping[str, Any]) -> dict[str, Any]:
    """The shopper's fields with every `{id of NUMBER}` replaced by that customer's id."""

    def id_of(match: re.Match[str]) -> str:
        row = company.customer(match[1])
        if row is None:
            raise KeyError(match[1])
        return str(row["id"])

    fields: dict[str, Any] = json.loads(ID_OF.sub(id_of, json.dumps(who)))
    return fields
