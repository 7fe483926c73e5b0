"""The sandbox's whole world: both vendors' state, their time, the switches, the audit and the faults."""

import json
import random
from pathlib import Path
from typing import Any

from bcsync.sandbox.audit import Audit
from bcsync.sandbox.bigcommerce import hook_events
from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central import notifications
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.clock import Clock
from bcsync.sandbox.faults import Faults
from bcsync.sandbox.messages import Request, Response
from bcsync.sandbox.storage import Storage
from bcsync.sandbox.switches import Switches
from bcsync.sandbox.webhooks import Courier


class World:
    """All state of the simulation. With a file as `path` stores, companies and their data survive a restart.

    `stores`: by store hash. `companies`: by key (the company's name unless another was given).
    `exchanges`: set it to a list, and every request with its answer is appended (faults left out), for contract tests.
    `webhooks`: the deliveries of both vendors, with their faults; see webhooks.py.
    `latency`: seconds every vendor call takes outside the lock, so that overlapping calls can be seen; 0 by default.
    """

    def __init__(self, path: str | Path = ":memory:", switches: Switches | None = None, seed: int = 0) -> None:
        self.storage = Storage(path)
        self.switches = switches or Switches()
        self.clock = Clock()
        self.audit = Audit()
        self.faults = Faults()
        self.random = random.Random(seed)
        self.webhooks = Courier(self)
        self.webhooks.vendors["bigcommerce"] = (hook_events.prepare, hook_events.answered)
        self.webhooks.vendors["business_central"] = (notifications.prepare, notifications.answered)
        self.webhooks.flush.append(notifications.flush)
        self.hook_domains = hook_events.Domains()
        self.subscriptions = notifications.tables(self.storage)
        self.latency = 0.0
        self.exchanges: list[tuple[Request, Response]] | None = None
        self.stores: dict[str, StoreSide] = {}
        self.companies: dict[str, CompanySide] = {}
        self._sides = self.storage.table("world", key="TEXT")
        for body in self._sides.select():
            self._open(**body)

    def add_store(self, hash: str, **options: Any) -> StoreSide:
        """Add a store, or give an existing one these options; its data stays. Options: see StoreSide."""
        self._remember("store", hash, {"hash": hash, **options})
        return self.stores[hash]

    def add_company(self, tenant: str, environment: str, name: str, key: str = "", **options: Any) -> CompanySide:
        """Add a company, or give an existing one these options; its data stays. JSON options: see CompanySide."""
        key = key or name
        self._remember(
            "company", key, {"key": key, "tenant": tenant, "environment": environment, "name": name, **options}
        )
        return self.companies[key]

    def generate_store(self, hash: str, count: int, seed: int = 0, **options: Any) -> None:
        """Fill a store with `count` made-up customers; see bigcommerce/generate.py for the options."""
        self.stores[hash].generate(count, seed, **options)

    def generate_company(self, key: str, count: int, seed: int = 0, **options: Any) -> None:
        """Fill a company with `count` made-up customers."""
        self.companies[key].generate(count, seed, **options)

    def state(self, ids: bool = True) -> dict[str, Any]:
        """The whole business state, JSON-able and in a fixed order.

        With ids=False vendor ids are replaced by stable names (e-mail, address, number) and stamps are left out,
        so that two worlds that went the same way by different calls compare equal.
        """
        with self.storage.transaction():
            return {
                "stores": {hash: self.stores[hash].state(ids) for hash in sorted(self.stores)},
                "companies": {key: self.companies[key].state(ids) for key in sorted(self.companies)},
            }

    def close(self) -> None:
        """Close the database."""
        self.storage.close()

    def _remember(self, kind: str, key: str, options: dict[str, Any]) -> None:
        id = f"{kind}:{key}"
        body = json.loads(json.dumps({"kind": kind, "options": options}, default=sorted))
        with self.storage.transaction():
            if self._sides.get(id):
                self._sides.put(id, body)
            else:
                self._sides.insert(body, id=id)
            self._open(**body)

    def _open(self, kind: str, options: dict[str, Any]) -> None:
        if kind == "store":
            self.stores[options["hash"]] = StoreSide(self, **options)
        else:
            self.companies[options["key"]] = CompanySide(self, **options)
