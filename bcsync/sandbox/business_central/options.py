"""The query options of one request, decoded strictly: OData 4 knows %20 for a space and nothing else."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from bcsync.sandbox.business_central.errors import BusinessCentralError, bad_query
from bcsync.sandbox.business_central.model import EntitySet

MAX_PAGE_SIZE = 20_000
KNOWN = {"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$schemaversion"}


@dataclass
class Options:
    """What was asked: texts as decoded, numbers as numbers, None when not given."""

    filter: str = ""
    select: str = ""
    expand: str = ""
    orderby: str = ""
    top: int | None = None
    skip: int = 0
    count: bool = False
    skiptoken: str = ""
    schema_version: str = "2.0"
    company: str = ""
    page_size: int = MAX_PAGE_SIZE
    preferred: bool = False
    raw: list[tuple[str, str]] = field(default_factory=list)


def parse_options(query: str, prefer: str) -> Options:
    """Return the options of a raw query and a Prefer header. Raises 400 for an unknown one, 413 for a huge page."""
    options = Options()
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        name, text = unquote(name), unquote(value)
        if name.startswith("$") and name not in KNOWN:
            raise bad_query(f"The query parameter '{name}' is not supported.")
        options.raw.append((name, part))
        _take(options, name, text)
    size = re.search(r"odata\.maxpagesize=(\d+)", prefer)
    if size:
        options.preferred = True
        options.page_size = int(size[1])
        if not 0 < options.page_size <= MAX_PAGE_SIZE:
            message = f"The page size {options.page_size} is above the maximum of {MAX_PAGE_SIZE}."
            raise BusinessCentralError(413, "Unknown", message)
    return options


def _take(options: Options, name: str, text: str) -> None:
    if name in ("$filter", "$select", "$expand", "$orderby", "$skiptoken"):
        setattr(options, name[1:], text)
    elif name in ("$top", "$skip"):
        if not text.isdigit():
            raise bad_query(f"Invalid value '{text}' for {name} query option found. It must be a number.")
        setattr(options, name[1:], int(text))
    elif name == "$count":
        options.count = text.lower() == "true"
    elif name == "$schemaversion":
        options.schema_version = text
    elif name == "company":
        options.company = text


def selected(entity: EntitySet, select: str) -> list[str]:
    """Return the property names to show, all of them without $select; keys are shown only when selected."""
    if not select or select == "*":
        return [prop.name for prop in entity.properties]
    names = [name.strip() for name in select.split(",")]
    for name in names:
        if name not in entity.by_name:
            raise bad_query(f"Could not find a property named '{name}' on type 'Microsoft.NAV.{entity.type_name}'.")
    return [prop.name for prop in entity.properties if prop.name in names]


def ordering(entity: EntitySet, orderby: str) -> list[tuple[str, bool]]:
    """Return (column, descending) pairs, the table's primary key always last."""
    order: list[tuple[str, bool]] = []
    for part in filter(None, (piece.strip() for piece in orderby.split(","))):
        name, _, direction = part.partition(" ")
        prop = entity.by_name.get(name)
        if prop is None or prop.computed or direction.strip() not in ("", "asc", "desc"):
            raise bad_query(f"The $orderby '{orderby}' is not valid on type 'Microsoft.NAV.{entity.type_name}'.")
        order.append((prop.column, direction.strip() == "desc"))
    taken = {column for column, _ in order}
    descending = bool(order) and order[-1][1]
    return order + [(column, descending) for column in entity.order if column not in taken]


def expansions(expand: str) -> dict[str, "Options"]:
    """Return navigation name -> its own nested options for `a($select=x;$expand=b),c`."""
    found: dict[str, Options] = {}
    for part in _split(expand, ","):
        name, _, inner = part.partition("(")
        nested = Options()
        for piece in _split(inner.removesuffix(")"), ";"):
            option, _, value = piece.partition("=")
            if option.strip() not in KNOWN:
                raise bad_query(f"The query parameter '{option}' is not supported in $expand.")
            _take(nested, option.strip(), value)
        found[name.strip()] = nested
    return found


def _split(text: str, separator: str) -> Iterable[str]:
    depth, start = 0, 0
    for position, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == separator and depth == 0:
            yield text[start:position]
            start = position + 1
    if text[start:].strip():
        yield text[start:]
