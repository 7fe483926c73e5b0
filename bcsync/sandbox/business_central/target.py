"""Which part of Business Central a URL names: tenant, environment, root, company and the segments below it."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from bcsync.sandbox.business_central.errors import BusinessCentralError, bad_query
from bcsync.sandbox.business_central.model import EntitySet

SEGMENT = re.compile(r"^([^()]+)(?:\((.*)\))?$", re.DOTALL)
KEY = re.compile(r"(?:([A-Za-z_]\w*)=)?('(?:[^']|'')*'|[^,']+)(?:,|$)")


@dataclass(frozen=True)
class Segment:
    """One path segment: its name and, where it has one, the text inside its brackets."""

    name: str
    key: str | None = None

    def keys(self, names: tuple[str, ...]) -> dict[str, str]:
        """Return key property -> value; an unnamed key belongs to the only property. Raises 400 for any other shape."""
        found: dict[str, str] = {}
        position = 0
        text = self.key or ""
        while position < len(text):
            match = KEY.match(text, position)
            if not match:
                raise bad_query(f"Bad Request - Error in query syntax: ({text}).")
            name = match[1] or (names[0] if len(names) == 1 else "")
            value = match[2].strip()
            found[name] = value[1:-1].replace("''", "'") if value.startswith("'") else value
            position = match.end()
        if set(found) != set(names):
            raise bad_query(f"Bad Request - Error in query syntax: the key is ({', '.join(names)}).")
        return found


@dataclass(frozen=True)
class Target:
    """A parsed URL. `root`: "api" or "ODataV4"; `base`: the path up to and with the root."""

    tenant: str
    environment: str
    root: str
    base: str
    segments: tuple[Segment, ...]


def parse_target(raw_path: str) -> Target:
    """Return the target of a raw path; the tenant is optional, and an on-premises path has only its instance."""
    parts = [part for part in raw_path.split("/") if part]
    for position, part in enumerate(parts):
        if part == "ODataV4":
            rest = parts[position + 1 :]
            break
        if part == "api" and parts[position + 1 : position + 2] == ["v2.0"] and position:
            rest = parts[position + 2 :]
            break
    else:
        raise resource_not_found(raw_path)
    before = [unquote(one) for one in parts[:position]]
    if before[:1] == ["v2.0"]:
        before = before[1:]
    if not 1 <= len(before) <= 2:
        raise resource_not_found(raw_path)
    base = "/" + "/".join(parts[: len(parts) - len(rest)])
    tenant, environment = before if len(before) == 2 else ("", before[0])
    return Target(tenant, environment, part, base, tuple(parse_segment(unquote(one)) for one in rest))


def parse_segment(text: str) -> Segment:
    """Return a decoded segment's name and key."""
    match = SEGMENT.match(text)
    if not match:
        raise bad_query(f"Bad Request - Error in query syntax: '{text}'.")
    return Segment(match[1], match[2])


def resource_not_found(segment: str) -> BusinessCentralError:
    """A segment that names nothing here."""
    return BusinessCentralError(404, "BadRequest_ResourceNotFound", f"Resource not found for the segment '{segment}'.")


def key_columns(entity: EntitySet, segment: Segment) -> dict[str, str]:
    """Return column -> value of the record that a segment's key names."""
    columns: dict[str, str] = {}
    for name, value in segment.keys(entity.keys).items():
        prop = entity.by_name[name]
        columns[prop.column] = value.upper() if prop.kind == "code" else value.lower()
    return columns
