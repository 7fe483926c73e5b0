"""A company's customers, looked up by what a shopper may share with them; and what a shopper looks like to matching."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mapping.values import text


@dataclass(frozen=True, slots=True)
class Tracking:
    """The tracking metafields on a shopper; owned: this API account wrote them."""

    customer_id: str
    owned: bool
    number: str = ""


@dataclass(frozen=True, slots=True)
class Shopper:
    """What matching looks at. phones are E.164 (unparsable ones left out), emails as emails.key gives them.

    phones are the shopper's own and those of the addresses. metafields by (namespace, key), attributes and form_fields
    by name. linked_to: the Business Central id this shopper is linked to already, or "".
    """

    key: str
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    metafields: Mapping[tuple[str, str], str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    form_fields: Mapping[str, str] = field(default_factory=dict)
    tracking: Tracking | None = None
    name: str = ""
    company: str = ""
    tax_numbers: frozenset[str] = frozenset()
    linked_to: str = ""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A Business Central customer as matching sees it; phones E.164, emails as emails.key gives them."""

    id: str
    number: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    tax_number: str = ""


def tax_key(number: str) -> str:
    """A tax registration number without blanks and punctuation, in capitals: "gb 123.456" is GB123456."""
    return "".join(filter(str.isalnum, text(number))).upper()


def number_key(number: str) -> str:
    """A customer number as Business Central keeps it: a Code, trimmed and in capitals."""
    return text(number).upper()


# One id as it is, several as a sorted tuple: nearly every value has one, and a tuple for each would double the memory.
_Ids = dict[str, str | tuple[str, ...]]


class BusinessCentralIndex:
    """Look-ups over a company's customers by id, phone, number, e-mail, tax number; built once from compact rows."""

    def __init__(self, rows: Iterable[IndexRow]) -> None:
        self._numbers: dict[str, str] = {}
        self._by: dict[str, _Ids] = {"phone": {}, "number": {}, "email": {}, "tax_number": {}}
        for row in rows:
            self._numbers[row.id] = row.number
            self._add("number", number_key(row.number), row.id)
            self._add("tax_number", tax_key(row.tax_number), row.id)
            for phone in row.phones:
                self._add("phone", phone, row.id)
            for email in row.emails:
                self._add("email", email, row.id)

    def _add(self, kind: str, value: str, customer_id: str) -> None:
        if not value:
            return
        table = self._by[kind]
        there = table.get(value)
        if there is None:
            table[value] = customer_id
        elif customer_id not in (ids := (there,) if isinstance(there, str) else there):
            table[value] = tuple(sorted((*ids, customer_id)))

    def __contains__(self, customer_id: str) -> bool:
        return customer_id in self._numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def ids(self) -> Iterable[str]:
        return self._numbers.keys()

    def number(self, customer_id: str) -> str:
        """The customer's number, or the id itself when it is not one of this company's."""
        return self._numbers.get(customer_id) or customer_id

    def find(self, kind: str, value: str) -> tuple[str, ...]:
        """The ids, sorted, that have exactly this value; kind is id, phone, number, email or tax_number."""
        if kind == "id":
            return (value,) if value in self._numbers else ()
        found = self._by[kind].get(value, ())
        return (found,) if isinstance(found, str) else found
