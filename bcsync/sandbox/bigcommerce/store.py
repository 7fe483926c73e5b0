"""One BigCommerce store: its tables, its settings, and the doors by which a test acts like a human there."""

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.bigcommerce import (
    address_rows,
    attributes,
    counts,
    customer_rows,
    form_fields,
    geography,
    groups,
    hook_events,
    metafield_rows,
    rendering,
    snapshot,
    validation,
)
from bcsync.sandbox.bigcommerce.generate import generate
from bcsync.sandbox.bigcommerce.limits import Window
from bcsync.sandbox.bigcommerce.states import STATES
from bcsync.sandbox.bigcommerce.store_information import channel
from bcsync.sandbox.messages import Request
from bcsync.sandbox.storage import Table

if TYPE_CHECKING:
    from bcsync.sandbox.world import World

SCOPES = ("store_v2_customers", "store_v2_information", "store_channel_settings")
DATES = {"date_created": "TEXT", "date_modified": "TEXT"}
Body = dict[str, Any]


class StoreSide:
    """A store by hash. The world keeps the options and gives them again after a restart.

    token, client_id, client_secret, scopes: of the first API account; `accounts`: more, as dicts of these names.
    quota, window_ms: calls per window. countries: ISO codes the store knows (default all); states_for: those
    whose addresses need a state. channels: names, or dicts, of the storefronts; the first is id 1.
    name, country_code, currency, plan_level: what /v2/store says.
    """

    def __init__(self, world: "World", hash: str, **options: Any) -> None:
        self.world, self.hash, self.options = world, hash, options
        self.storefront_closed = False
        self.token: str = options.get("token", "token")
        self.client_id: str = options.get("client_id", "client")
        self.client_secret: str = options.get("client_secret", "secret")
        first = {"token": self.token, "client_id": self.client_id, "scopes": options.get("scopes") or list(SCOPES)}
        self.accounts: dict[str, Body] = {
            account["token"]: account for account in [first, *options.get("accounts", [])]
        }
        self.name: str = options.get("name", f"Store {hash}")
        self.country_code: str = options.get("country_code", "GB")
        self.store_id: int = 1_000_000 + zlib.crc32(hash.encode()) % 1_000_000
        self.quota: int = options.get("quota", 150)
        self.window_ms: int = options.get("window_ms", 30_000)
        self.country_codes = frozenset(options.get("countries") or geography.countries())
        states_for = options.get("states_for")
        self.state_countries = frozenset(STATES if states_for is None else states_for) & self.country_codes
        self.window = Window()
        self.metafield_reads = 0
        self.hook_emails: list[str] = []
        self.hook_mails: list[Body] = []
        self.form_field_cache: dict[str, dict[str, Body]] = {}
        self._make_tables()
        named = [item if isinstance(item, dict) else {"name": item} for item in options.get("channels") or ["Main"]]
        self._channels = [channel(id, item, world.clock.stamp()) for id, item in enumerate(named, start=1)]

    def client_of(self, request: Request) -> str:
        """The client_id of the API account whose token was sent."""
        return str(self.accounts[request.header("x-auth-token")]["client_id"])

    def secret_of(self, client_id: str) -> str:
        """The client secret of an API account, which signs its webhooks."""
        found = [one.get("client_secret") for one in self.accounts.values() if one["client_id"] == client_id]
        return str(next(filter(None, found), self.client_secret))

    def channels(self) -> list[Body]:
        """The storefronts, the default one first."""
        return self._channels

    def default_group_id(self) -> int:
        """The group a new customer gets when none is named: the one marked is_default, else 0."""
        found = self.groups.first("is_default = 'true'")
        return int(found["id"]) if found else 0

    def add_row(self, table: Table, body: Body, **columns: Any) -> Body:
        """Insert a body whose `id` is the row's; returns it with the id in front."""
        id = table.insert("{}", **columns)
        body = {"id": id, **body}
        table.put(id, body)
        return body

    # Doors: what a human does in the vendor's own pages

    def add_customer(self, **fields: Any) -> Body:
        """Add a customer and return it whole.

        fields: as POST /v3/customers, any number of addresses, and for short: attributes={name: value} (defined when
        missing), form_fields={name: value} (defined when missing), metafields=[{namespace, key, value, ...}].
        Refusal when the vendor would refuse.
        """
        with self.world.storage.transaction():
            fields = {"first_name": "Pat", "last_name": "Example", **fields}
            metafields, all_addresses = fields.pop("metafields", []), fields.pop("addresses", [])
            fields["attributes"] = [
                {"attribute_id": self.attribute_id(name), "attribute_value": str(value)}
                for name, value in fields.pop("attributes", {}).items()
            ]
            fields["form_fields"] = self._fields(fields.get("form_fields", {}), "customer")
            self._checked(fields, customer_rows.check, True)
            id = customer_rows.create(self, fields)
            for address in all_addresses:
                self.add_address(id, **address)
            for metafield in metafields:
                self.add_metafield(id, **metafield)
            return self.customer(id)

    def change_customer(self, customer: int | str, **fields: Any) -> Body:
        """Change core fields, form_fields={name: value} or attributes={name: value} of a customer (id or e-mail)."""
        with self.world.storage.transaction():
            id = self.customer_id(customer)
            fields["form_fields"] = self._fields(fields.get("form_fields", {}), "customer")
            values = fields.pop("attributes", {})
            for name, value in values.items():
                attributes.save_value(self, id, self.attribute_id(name), str(value))
                counts.touch(self, id)
            if values and not customer_rows.names_core_fields(fields):
                # Only the control panel announces an attribute's change; through the API nobody hears of it.
                hook_events.customer(self, "updated", id)
            self._checked(fields, customer_rows.check, False)
            customer_rows.update(self, id, fields)
            return self.customer(id)

    def delete_customer(self, customer: int | str) -> None:
        """Delete a customer (id or e-mail) with everything."""
        with self.world.storage.transaction():
            customer_rows.delete(self, self.customer_id(customer))

    def add_address(self, customer: int | str, **fields: Any) -> int:
        """Add an address; returns its id. form_fields={name: value}."""
        with self.world.storage.transaction():
            id = self.customer_id(customer)
            fields["form_fields"] = self._fields(fields.get("form_fields", {}), "address")
            owner = self.customers.get(id)
            fields = {"first_name": owner["first_name"], "last_name": owner["last_name"], **fields}
            self._checked(fields, address_rows.check, "nested")
            made = address_rows.create(self, id, fields)
            counts.touch(self, id)
            if made is None:
                raise ValueError(f"customer {id} has this address already")
            return made

    def change_address(self, id: int, **fields: Any) -> Body:
        """Change an address; returns it."""
        with self.world.storage.transaction():
            values = self._fields(fields.pop("form_fields", {}), "address")
            body = address_rows.merged(self, id, fields)
            self._checked(body, address_rows.check, "change")
            if not address_rows.update(self, body, values):
                raise ValueError(f"the customer of address {id} has such an address already")
            counts.touch(self, body["customer_id"])
            return body

    def delete_address(self, id: int) -> None:
        """Delete an address."""
        with self.world.storage.transaction():
            owner = self.addresses.get(id)["customer_id"]
            self.form_field_values.delete("address_id = ?", (id,))
            self.addresses.delete("id = ?", (id,))
            counts.touch(self, owner)
            hook_events.address(self, "deleted", id, owner)

    def uninstall(self) -> None:
        """The store's owner removes the app: a last event, then its hooks are gone."""
        with self.world.storage.transaction():
            hook_events.emit(self, "store/app/uninstalled", {"type": "store"})
            for hook in self.hooks.select("scope <> ?", ("store/app/uninstalled",)):
                self.hooks.delete("id = ?", (hook["id"],))

    def add_metafield(
        self,
        customer: int | str,
        namespace: str,
        key: str,
        value: str,
        permission_set: str = "app_only",
        client_id: str = "",
        description: str = "",
    ) -> Body:
        """Add a metafield as the API account `client_id` (default the store's first) would; returns it."""
        fields = {"namespace": namespace, "key": key, "value": value, "permission_set": permission_set}
        item = {**fields, "description": description, "resource_id": self.customer_id(customer)}
        with self.world.storage.transaction():
            body, words = metafield_rows.create(self, item, client_id or self.client_id)
        if body is None:
            raise ValueError(words)
        return body

    def add_customer_group(self, name: str, **fields: Any) -> int:
        """Add a customer group; returns its id."""
        with self.world.storage.transaction():
            return int(groups.create(self, {"name": name, **fields})["id"])

    def add_form_field(
        self,
        name: str,
        type: str = "text",
        on: str = "customer",
        required: bool = False,
        options: Sequence[str] = (),
        max_length: int = 0,
    ) -> None:
        """Define a form field of customers, or with on="address" of addresses; options are its choices."""
        with self.world.storage.transaction():
            form_fields.define(self, name, type, on, required, options, max_length)

    def attribute_id(self, name: str, type: str = "string") -> int:
        """The id of the attribute of that name, defined when missing."""
        with self.world.storage.transaction():
            found = self.attributes.first("name = ?", (name,))
            return int((found or attributes.define(self, name, type))["id"])

    def customer_id(self, customer: int | str) -> int:
        """The id of a customer given by id or e-mail. KeyError when there is none."""
        where, key = ("id = ?", customer) if isinstance(customer, int) else ("email_key = ?", customer.lower())
        found = self.customers.first(where, (key,))
        if not found:
            raise KeyError(customer)
        return int(found["id"])

    def customer(self, customer: int | str) -> Body:
        """One customer whole: all addresses, attributes, form_fields, store credit, metafields of all accounts."""
        with self.world.storage.transaction():
            return rendering.whole(self, self.customer_id(customer))

    def count(self) -> int:
        """How many customers the store has."""
        return self.customers.count()

    def generate(self, count: int, seed: int = 0, **options: Any) -> None:
        """Add `count` made-up customers; see generate.py."""
        generate(self, count, seed, **options)

    def state(self, ids: bool = True) -> Body:
        """The store's business state; see World.state."""
        return snapshot.state(self, ids)

    def _fields(self, values: Any, on: str) -> list[Body]:
        if isinstance(values, list):
            return values
        for name in values:
            if name not in form_fields.definitions(self, on):
                form_fields.define(self, name, "text", on)
        return [{"name": name, "value": value} for name, value in values.items()]

    def _checked(self, fields: Body, check: Any, kind: Any) -> None:
        errors: dict[str, str] = {}
        check(self, fields, "0", kind, errors)
        validation.raise_for(errors)

    def _make_tables(self) -> None:
        customer = dict.fromkeys(("email_key", "name", "last_name", "company", "phone"), "TEXT")
        customer |= {"customer_group_id": "INTEGER", "registration_ip_address": "TEXT", **DATES, "store_credit": "TEXT"}
        customer |= {"address_count": "INTEGER DEFAULT 0", "attribute_count": "INTEGER DEFAULT 0"}
        self.customers = self._table("customers", customer, ["email_key", "date_modified"])
        owned = {"customer_id": "INTEGER"}
        self.addresses = self._table("addresses", {**owned, "name": "TEXT", "company": "TEXT"}, ["customer_id"])
        self.attributes = self._table("attributes", {"name": "TEXT", "type": "TEXT", **DATES}, [])
        value = {**owned, "attribute_id": "INTEGER", **DATES}
        self.attribute_values = self._table("attribute_values", value, ["customer_id", "date_modified"])
        self.form_fields = self._table("form_fields", {"name": "TEXT", "type": "TEXT", "belongs": "TEXT"}, [])
        value = {**owned, "address_id": "INTEGER", "name": "TEXT"}
        self.form_field_values = self._table("form_field_values", value, ["customer_id"])
        metafield = dict.fromkeys(("namespace", "key", "owner_client_id", "permission_set"), "TEXT")
        metafield = {"resource_id": "INTEGER", **metafield, **DATES}
        self.metafields = self._table("metafields", metafield, ["resource_id", "date_modified"])
        group = {"name": "TEXT", "is_default": "TEXT", "is_group_for_guests": "TEXT", **DATES}
        self.groups = self._table("groups", group, [])
        self.mails = self._table("mails", {}, [])
        hook = dict.fromkeys(("client_id", "scope", "destination"), "TEXT")
        self.hooks = self._table("hooks", {**hook, "is_active": "INTEGER", "last_event": "REAL"}, ["is_active"])
        for number, table in enumerate((self.customers, self.addresses, self.attribute_values, self.metafields)):
            self._first_id(table, (number * 100 + self.store_id % 100) * 10_000)

    def _first_id(self, table: Table, after: int) -> None:
        """Ids of different things and different stores lie apart, so that a mixed-up id is not right by chance."""
        given = "SELECT name FROM sqlite_sequence"
        sql = f"INSERT INTO sqlite_sequence (name, seq) SELECT :name, :seq WHERE :name NOT IN ({given})"
        self.world.storage.execute(sql, {"name": table.plain_name, "seq": after})

    def _table(self, name: str, columns: dict[str, str], indexes: list[str]) -> Table:
        return self.world.storage.table(f"store {self.hash} {name}", columns, indexes=indexes)
