"""What one Business Central company offers: which pages are published, under which names, and what is missing. Pure.

Pages are recognised by their properties, because the service name is whatever the administrator typed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bcsync.clients.business_central_metadata import EntitySet, PropertyType

# Our name for a value -> the vendor's control names for it, folded (letters and digits, lower case), best first.
# OData names are the control names with everything else made "_", and releases differ in the underscores.
Roles = Mapping[str, tuple[str, ...]]

CUSTOMER_CARD: Roles = {
    "number": ("no", "number", "customerno"),
    "primary_contact_number": ("primarycontactno", "primarycontactnumber"),
    "contact_name": ("contactname", "contact"),
    "mobile_phone": ("mobilephoneno", "mobilephone"),
    "customer_price_group": ("customerpricegroup",),
    "customer_discount_group": ("customerdiscgroup", "customerdiscountgroup"),
    "customer_posting_group": ("customerpostinggroup",),
    "gen_bus_posting_group": ("genbuspostinggroup",),
    "vat_bus_posting_group": ("vatbuspostinggroup",),
    "payment_terms_code": ("paymenttermscode",),
    "privacy_blocked": ("privacyblocked",),
}
NAME_DETAILS: Roles = {
    "number": ("no", "number", "contactno"),
    "first_name": ("firstname",),
    "middle_name": ("middlename",),
    "surname": ("surname", "lastname"),
}
COUNTRIES: Roles = {"code": ("code",), "iso_code": ("isocode",)}
SHIP_TO: Roles = {
    "customer_number": ("customerno", "customernumber"),
    "code": ("code",),
    "name": ("name",),
    "address": ("address",),
    "address2": ("address2",),
    "city": ("city",),
    "county": ("county",),
    "post_code": ("postcode",),
    "country": ("countryregioncode", "countrycode"),
    "contact": ("contact",),
    "phone": ("phoneno", "phone"),
    "email": ("email",),
}


@dataclass(frozen=True)
class PageKind:
    """How one of the pages is recognised: a key of these roles, all of `needs`, some of `one_of`, none of `never`."""

    number: int
    title: str
    gives: str
    roles: Roles
    key: tuple[str, ...]
    needs: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


# `never` names what tells a page from its relatives: vendor card, employee card, currencies, customer bank accounts.
PAGE_KINDS: dict[str, PageKind] = {
    "customer_card": PageKind(
        21, "Customer Card", "the primary contact, posting groups, price groups and Privacy Blocked", CUSTOMER_CARD,
        key=("number",), needs=("primary_contact_number",),
        one_of=("customerpostinggroup", "customerpricegroup", "customerdiscgroup"), never=("vendorpostinggroup",),
    ),
    "name_details": PageKind(
        5055, "Name Details", "first names and surnames of contacts", NAME_DETAILS,
        key=("number",), needs=("first_name", "surname"),
        one_of=("middlename", "initials", "salutationcode", "jobtitle"),
        never=("employmentdate", "employeepostinggroup", "vendorpostinggroup"),
    ),
    "countries": PageKind(
        10, "Countries/Regions", "ISO codes of countries", COUNTRIES,
        key=("code",), needs=("iso_code",), one_of=("name", "displayname"), never=("exchangeratedate", "description"),
    ),
    "ship_to": PageKind(
        300, "Ship-to Address", "ship-to addresses", SHIP_TO,
        key=("customer_number", "code"), needs=("address", "city"), never=("iban", "bankaccountno", "swiftcode"),
    ),
}  # fmt: skip


FINANCIAL_DETAIL = "customerFinancialDetail"
# Copies of another form are read anew, see `Capabilities.is_current`.
FORM = 2


@dataclass
class PublishedPage:
    """A published page: service name, key property names in order, and our role -> the property that carries it.

    types: every property of the page -> its kind and greatest length, as $metadata has them.
    """

    service: str
    key: list[str]
    properties: dict[str, str]
    types: dict[str, PropertyType] = field(default_factory=dict)


@dataclass
class Capabilities:
    """What was found. published: page kind (as in PAGE_KINDS) -> page. missing: sentences for an administrator.

    customer_contacts: the tenant has API v2.0's customerContacts. contacts: it has contacts (Business Central 18).
    customer_types, financial_types: properties of customers and of its customerFinancialDetail -> kind and length.
    code_sets: those of shipmentMethods and paymentMethods that are there.
    """

    published: dict[str, PublishedPage] = field(default_factory=dict)
    customer_contacts: bool = False
    contacts: bool = False
    payment_terms: bool = False
    missing: list[str] = field(default_factory=list)
    customer_types: dict[str, PropertyType] = field(default_factory=dict)
    financial_types: dict[str, PropertyType] = field(default_factory=dict)
    code_sets: list[str] = field(default_factory=list)

    @property
    def card_types(self) -> dict[str, PropertyType]:
        """Every property of the published Customer Card; {} when there is none."""
        card = self.published.get("customer_card")
        return card.types if card else {}

    def has(self, *kinds: str) -> bool:
        """Return whether all these pages are published."""
        return all(kind in self.published for kind in kinds)

    def to_json(self) -> dict[str, Any]:
        """Return JSON-able values that `from_json` reads back."""
        pages = {kind: vars(page) for kind, page in self.published.items()}
        return {**vars(self), "published": pages, "form": FORM}

    @staticmethod
    def is_current(values: Mapping[str, Any] | None) -> bool:
        """Return whether a stored copy says all that we ask today; an older one is worth looking again."""
        return bool(values) and (values or {}).get("form") == FORM

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Capabilities":
        """Return what `to_json` wrote; unknown members are ignored, so that an older copy stays readable."""
        pages = {kind: _page_from_json(page) for kind, page in values.get("published", {}).items()}
        flags: dict[str, Any] = {
            name: bool(values.get(name)) for name in ("customer_contacts", "contacts", "payment_terms")
        }
        types: dict[str, Any] = {
            name: _types_from_json(values.get(name, {})) for name in ("customer_types", "financial_types")
        }
        lists: dict[str, Any] = {name: list(values.get(name, [])) for name in ("missing", "code_sets")}
        return cls(published=pages, **lists, **flags, **types)


def _page_from_json(page: Mapping[str, Any]) -> PublishedPage:
    return PublishedPage(page["service"], page["key"], page["properties"], _types_from_json(page.get("types", {})))


def _types_from_json(types: Mapping[str, Any]) -> dict[str, PropertyType]:
    return {name: (kind, length) for name, (kind, length) in types.items()}


def find_capabilities(api: Mapping[str, EntitySet], odata: Mapping[str, EntitySet]) -> Capabilities:
    """Return what API v2.0's and ODataV4's entity sets offer, with a sentence for each page that is missing."""
    found = {kind: best_page(kind, odata.values()) for kind in PAGE_KINDS}
    capabilities = Capabilities(
        published={kind: page for kind, page in found.items() if page is not None},
        customer_contacts={"firstName", "lastName"} <= set(_properties(api, "customerContacts")),
        contacts={"number", "companyNumber"} <= set(_properties(api, "contacts")),
        payment_terms="code" in _properties(api, "paymentTerms"),
        customer_types=api["customers"].types if "customers" in api else {},
        financial_types=_financial_types(api),
        code_sets=[name for name in ("paymentMethods", "shipmentMethods") if "code" in _properties(api, name)],
    )
    capabilities.missing = [_how_to_publish(kind) for kind in PAGE_KINDS if found[kind] is None]
    return capabilities


def _financial_types(api: Mapping[str, EntitySet]) -> dict[str, PropertyType]:
    """They are read by $expand, so they count only where customers lead to them."""
    if "customers" not in api or FINANCIAL_DETAIL not in api["customers"].navigation:
        return {}
    details = api.get(f"{FINANCIAL_DETAIL}s")
    return details.types if details else {}


def page_title(kind: str) -> str:
    """Return how people call the page, like "Page 21 (Customer Card)"."""
    return f"Page {PAGE_KINDS[kind].number} ({PAGE_KINDS[kind].title})"


def best_page(kind: str, services: Iterable[EntitySet]) -> PublishedPage | None:
    """Return the service that shows most of the page's wanted values, the first by name among equals, or None."""
    matching = [page for page in (_as_page(PAGE_KINDS[kind], service) for service in services) if page is not None]
    return min(matching, key=lambda page: (-len(page.properties), page.service), default=None)


def _as_page(kind: PageKind, service: EntitySet) -> PublishedPage | None:
    names: dict[str, str] = {}
    # A key property is there even where the page has no control for it.
    for name in [*service.key, *service.properties]:
        names.setdefault(fold(name), name)
    properties = {
        role: next(names[spelling] for spelling in spellings if spelling in names)
        for role, spellings in kind.roles.items()
        if any(spelling in names for spelling in spellings)
    }
    properties |= _key_properties(kind, service.key, properties)
    recognised = {*kind.key, *kind.needs} <= set(properties) and len(service.key) == len(kind.key)
    if kind.one_of and not any(name in names for name in kind.one_of):
        recognised = False
    if not recognised or any(name in names for name in kind.never):
        return None
    return PublishedPage(service.name, list(service.key), properties, dict(service.types))


def _key_properties(kind: PageKind, key: list[str], found: Mapping[str, str]) -> dict[str, str]:
    """Return the key's roles: by name where the names are known, what is left over in the table's own order."""
    known = {role: found[role] for role in kind.key if found.get(role) in key}
    others = [name for name in key if name not in known.values()]
    return known | dict(zip((role for role in kind.key if role not in known), others, strict=False))


def fold(name: str) -> str:
    """Return the letters and digits of a property name in lower case, so that spellings of a control compare equal."""
    return "".join(character for character in name.lower() if character.isalnum())


def _properties(api: Mapping[str, EntitySet], name: str) -> list[str]:
    return api[name].properties if name in api else []


def _how_to_publish(kind: str) -> str:
    page = PAGE_KINDS[kind]
    return (
        f"{page_title(kind)} is not published, so {page.gives} cannot be read from it: in "
        f"Business Central open page Web Services, add a line with Object Type Page, Object ID {page.number} and a "
        f"Service Name such as {page.title.replace('/', '').replace(' ', '').replace('-', '')}, and tick Published."
    )
