"""How an entity set is described once: its properties, the column behind each, its keys and what may be done with it.

API v2.0 entities and published pages are both described so; reading, filtering, writing and $metadata all go by it.
"""

from dataclasses import dataclass, field

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
EMPTY_DATE = "0001-01-01"
# A blank option and a blank inside an option travel escaped.
BLANK_OPTION = "_x0020_"

EDM = {
    "text": "Edm.String",
    "code": "Edm.String",
    "email": "Edm.String",
    "phone": "Edm.String",
    "guid": "Edm.Guid",
    "datetime": "Edm.DateTimeOffset",
    "date": "Edm.Date",
    "bool": "Edm.Boolean",
    "decimal": "Edm.Decimal",
    "integer": "Edm.Int32",
}


@dataclass(frozen=True)
class Property:
    """One property: name as on the wire, column behind it, kind, greatest length, AL caption for messages."""

    name: str
    column: str
    kind: str = "text"
    length: int = 0
    editable: bool = True
    options: tuple[str, ...] = ()
    enum: str = ""
    caption: str = ""
    computed: bool = False

    @property
    def title(self) -> str:
        return self.caption or self.name


@dataclass(frozen=True)
class EntitySet:
    """One entity set: wire name, entity type, table, key properties, fixed filter and the methods allowed."""

    name: str
    type_name: str
    table: str
    properties: tuple[Property, ...]
    keys: tuple[str, ...] = ("id",)
    order: tuple[str, ...] = ("no",)
    where: str = ""
    methods: frozenset[str] = frozenset({"GET"})
    navigation: tuple[tuple[str, str, bool], ...] = ()
    caption: str = ""
    page: int = 0
    by_name: dict[str, Property] = field(init=False, hash=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {prop.name: prop for prop in self.properties})


def option_out(value: str) -> str:
    """Return an option's name as it travels."""
    return BLANK_OPTION if not value.strip() else value.replace(" ", "_x0020_")


def option_in(value: str) -> str:
    """Return the option that a name on the wire means; blank for the blank option."""
    return value.replace("_x0020_", " ").strip()
