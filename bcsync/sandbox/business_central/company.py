"""One Business Central company in the sandbox: its data, and the doors by which a test changes it like a human."""

import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.business_central import doors, notifications
from bcsync.sandbox.business_central.books import Books, Settings
from bcsync.sandbox.business_central.generate import generate_customers
from bcsync.sandbox.business_central.model import EntitySet
from bcsync.sandbox.business_central.pages import DEFAULT_SERVICES, PAGES, Service, published_entity
from bcsync.sandbox.business_central.schema import PREFIX, create_tables
from bcsync.sandbox.business_central.state import company_state, stable_names
from bcsync.sandbox.business_central.tables import NAMESPACE, Tables

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

Published = Sequence[str] | Mapping[str, Mapping[str, Any]]
Row = dict[str, Any]


class CompanySide:
    """A company under tenant/environment. Options are kept by the world and given again after a restart.

    published: names of the default services (see pages.py), or service name -> {"page": 21, "rename": {old: new},
    "own": {control: column}}.
    customer_contacts, manual_numbers, local_currency, templates, template_rules ...: see Settings.
    basic_user and basic_key: an on-premises company, reached with basic authentication instead of a token.
    rate_limit: requests of the application in five minutes. What a test changes afterwards lasts until a restart.
    """

    def __init__(
        self,
        world: "World",
        key: str,
        tenant: str,
        environment: str,
        name: str,
        id: str = "",
        client_id: str = "",
        client_secret: str = "",
        secret_expired: bool = False,
        basic_user: str = "",
        basic_key: str = "",
        rate_limit: int = 6000,
        published: Published = tuple(DEFAULT_SERVICES),
        **settings: Any,
    ) -> None:
        self.world, self.key, self.tenant, self.environment, self.name = world, key, tenant, environment, name
        self.id = (id or str(uuid.uuid5(NAMESPACE, f"{tenant}/{environment}/{name}"))).lower()
        self.client_id, self.client_secret, self.secret_expired = client_id, client_secret, secret_expired
        self.basic_user, self.basic_key = basic_user, basic_key
        self.rate_limit = rate_limit
        self.calls: deque[float] = deque()
        self.settings = Settings(**settings)
        self.services = _services(published)
        create_tables(world.storage)
        self.books = Books(Tables(world.storage, self._row_key(), world.clock), self.settings, world.switches)
        self.books.tables.on_change = lambda table, id, what: notifications.changed(self, table, id, what)

    def _row_key(self) -> int:
        storage, values = self.world.storage, (self.tenant, self.environment, self.name)
        storage.execute(
            f"INSERT OR IGNORE INTO {PREFIX}company (id, tenant, environment, name) VALUES (?, ?, ?, ?)",
            (self.id, *values),
        )
        sql = f"SELECT key FROM {PREFIX}company WHERE tenant = ? AND environment = ? AND name = ?"
        return int(storage.execute(sql, values).fetchone()[0])

    def pages(self) -> dict[str, EntitySet]:
        """Return service name -> page as published now."""
        return {name: published_entity(name, service) for name, service in self.services.items()}

    def publish(
        self,
        page: int,
        service: str = "",
        rename: Mapping[str, str] | None = None,
        own: Mapping[str, str] | None = None,
    ) -> None:
        """Publish page 21, 5055, 10 or 300 as a web service, under its usual name unless another is given.

        own: controls that a page extension added, control name -> column ("Loyalty Tier": "own_code"), see pages.OWN.
        """
        self.services[service or PAGES[page].name] = Service(page, dict(rename or {}), dict(own or {}))

    def unpublish(self, service: str) -> None:
        """Take a web service away."""
        del self.services[service]

    def add_customer(self, **fields: Any) -> Row:
        """Add a customer as a human would; see doors.add_customer for the names. Returns its row as stored."""
        with self.world.storage.transaction():
            return doors.add_customer(self.books, **fields)

    def change_customer(self, number: str, **fields: Any) -> Row:
        """Change a customer by number: API names, or the extra names of add_customer."""
        with self.world.storage.transaction():
            return doors.change_customer(self.books, number, **fields)

    def delete_customer(self, number: str) -> None:
        """Delete a customer with its ship-to addresses."""
        with self.world.storage.transaction():
            doors.delete_customer(self.books, number)

    def add_contact(self, customer: str, first_name: str, surname: str, **fields: Any) -> Row:
        """Add a person to a customer's company contact; primary=True makes it the primary contact."""
        with self.world.storage.transaction():
            return doors.add_contact(self.books, customer, first_name, surname, **fields)

    def change_contact(self, number: str, **fields: Any) -> Row:
        """Change a contact by number: column names (first_name, surname, name, phone_no, email ...)."""
        with self.world.storage.transaction():
            return doors.change_contact(self.books, number, **fields)

    def delete_contact(self, number: str) -> None:
        """Delete a contact that is not itself linked to a customer."""
        with self.world.storage.transaction():
            doors.delete_contact(self.books, number)

    def put_ship_to(self, customer: str, code: str, **fields: Any) -> Row:
        """Add or change a ship-to address; fields as in add_customer's ship_to."""
        with self.world.storage.transaction():
            return doors.put_ship_to(self.books, customer, code, **fields)

    def delete_ship_to(self, customer: str, code: str) -> None:
        """Delete a ship-to address."""
        with self.world.storage.transaction():
            self.books.tables.delete("ship_to", customer_no=customer, code=code)

    def put_reference(self, kind: str, code: str, name: str = "", **fields: Any) -> Row:
        """Add or change a code: kind "country" (iso, iso_numeric), "salesperson", "customer_price_group" ..."""
        with self.world.storage.transaction():
            return doors.put_reference(self.books, kind, code, name, **fields)

    def customer(self, number: str) -> Row | None:
        """Return the customer's row by number, None when there is none."""
        return self.books.tables.one("customer", no=number)

    def customers(self) -> list[Row]:
        """Return every customer's row by number; for small companies."""
        return self.books.tables.all("customer")

    def generate(self, count: int, seed: int = 0, **options: Any) -> None:
        """Fill the company with `count` made-up customers."""
        with self.world.storage.transaction():
            generate_customers(self.books.tables, count, seed, **options)

    def state(self, ids: bool = True) -> dict[str, Any]:
        """The company's business state; see World.state."""
        return company_state(self.books.tables, ids)

    def stable_names(self) -> dict[str, str]:
        """Return customer SystemId or series number -> a name that does not depend on the order of creation.

        What state(ids=False) shows instead of them; for states elsewhere that quote them (tracking metafields).
        """
        names = stable_names(self.books.tables)
        return names | {row["id"]: names.get(row["no"], f"customer {row['no']}") for row in self.customers()}


def _services(published: Published) -> dict[str, Service]:
    if isinstance(published, Mapping):
        return {
            name: Service(one["page"], dict(one.get("rename", {})), dict(one.get("own", {})))
            for name, one in published.items()
        }
    return {name: Service(DEFAULT_SERVICES[name], {}) for name in published}
