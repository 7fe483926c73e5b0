"""Vendor calls of Sync changes among 100,000 customers: `python -m benchmarks.sync_cost [N]`.

Adds N generated Business Central customers to an empty store, lets Sync changes come to rest, and prints the calls of
an idle one, the rolling compare's apart; then those of one after one edit in Business Central, and one in the store,
each beside the idle one. Uses DATABASE_URL (a scratch database: its tables are emptied) and REDIS_URL; the sandbox
runs in this process, so the times are not a measure of speed.
"""

import os
import sys
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bcsync.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")
django.setup()

from django.conf import settings  # noqa: E402

from bcsync.sandbox.business_central.demo import demo_options, fill_codes  # noqa: E402
from bcsync.sandbox.server import serve  # noqa: E402
from bcsync.sandbox.world import World  # noqa: E402
from benchmarks.stage import empty_store, run_to_rest  # noqa: E402
from benchmarks.vendor_calls import URLS  # noqa: E402
from customers.models import Link  # noqa: E402
from stores.models import Store  # noqa: E402

MOST_MORE = 6


def main(number: int) -> int:
    world = World()
    world.add_store("large", token="token", client_id="client", quota=10_000_000)
    keys = {"client_id": "app", "client_secret": "secret"}
    company = world.add_company("tenant.example", "Production", "Large Ltd", **keys, **demo_options())
    with world.storage.transaction():
        fill_codes(company)
    company.generate(number)
    with serve(world) as server:
        for name in URLS:
            setattr(settings, name, server.url)
        place = {"tenant": company.tenant, "environment": company.environment, "name": company.name}
        store = empty_store("large", "token", **keys, **place)
        Store.objects.update(writes_enabled=True, brake_share=100, brake_count=number)
        run_to_rest(store, "add_customers")
        world.clock.advance(3600)
        run_to_rest(store, "sync_changes")
        turn = cost(store, world)
        Store.objects.update(compare_share=0)
        idle = cost(store, world)
        show(f"Idle, {Link.objects.count()} linked", idle)
        print(f"  {sum((turn - idle).values()):>5} more of the rolling compare in this turn")
        link = Link.objects.select_related("customer", "business_central_customer").latest("pk")
        company.change_customer(link.business_central_customer.number, phoneNumber="01223 999999")
        worst = show("One edit in Business Central", cost(store, world), idle)
        world.stores["large"].change_customer(link.customer.remote_id, phone="01223 555555")
        worst = max(worst, show("One edit in the store", cost(store, world), idle))
    print(f"At most {worst} calls more; {MOST_MORE} are allowed.")
    return int(worst > MOST_MORE)


def cost(store: Store, world: World) -> Counter[str]:
    """Calls by family of one Sync changes, by the sandbox's own count."""
    world.audit.reset()
    run_to_rest(store, "sync_changes")
    return Counter(call.family for call in world.audit.calls() if "token" not in call.family)


def show(title: str, made: Counter[str], idle: Counter[str] | None = None) -> int:
    """Print the calls, those beyond an idle one where one is given. Returns how many these are."""
    more = made - idle if idle is not None else made
    print(f"{title}: {sum(made.values())} calls" + (f", {sum(more.values())} more than idle" if idle else ""))
    for family, calls in sorted(more.items()):
        print(f"  {calls:>5} {family}")
    return sum(more.values())


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
