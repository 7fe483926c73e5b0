"""Reads an OData $metadata document (CSDL XML) into entity sets with their keys and properties. Pure, streaming."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from xml.etree.ElementTree import Element, ParseError, iterparse


class NotMetadata(ValueError):
    """The document is not readable CSDL XML."""


# A property's kind, and the greatest length of a text where the document tells one.
Kind = Literal["text", "number", "boolean", "date", "id", "option"]
PropertyType = tuple[Kind, int | None]
# docs.oasis-open.org/odata/odata-csdl-xml/v4.01; what is not a primitive type here is an enumeration.
_KINDS: dict[str, Kind] = {
    "String": "text", "Guid": "id", "Boolean": "boolean", "Date": "date", "DateTimeOffset": "date",
    "Decimal": "number", "Double": "number", "Single": "number", "Byte": "number", "Int16": "number",
    "Int32": "number", "Int64": "number",
}  # fmt: skip


@dataclass
class EntitySet:
    """One entity set: its key property names, property names in the document's order, navigation names, types."""

    name: str
    key: list[str] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)
    navigation: list[str] = field(default_factory=list)
    types: dict[str, PropertyType] = field(default_factory=dict)


def entity_sets(document: str | bytes) -> dict[str, EntitySet]:
    """Return the document's entity sets by name; raises NotMetadata for anything that is not CSDL.

    A company with many published pages answers with tens of megabytes, so elements are dropped as soon as read.
    """
    types: dict[str, EntitySet] = {}
    sets: dict[str, str] = {}
    try:
        for element in _finished_elements(document):
            name = element.get("Name", "")
            if _local(element) == "EntityType":
                types[name] = _entity_type(element)
            else:
                sets[name] = element.get("EntityType", "").rpartition(".")[2]
    except ParseError as problem:
        raise NotMetadata(f"the metadata document is not readable XML: {problem}") from None
    if not types and not sets:
        raise NotMetadata("the metadata document names no entity type and no entity set")
    found = {name: types.get(type_name, EntitySet("")) for name, type_name in sets.items()}
    return {
        name: EntitySet(name, kind.key, kind.properties, kind.navigation, kind.types) for name, kind in found.items()
    }


def _finished_elements(document: str | bytes) -> Iterator[Element]:
    data = document.encode() if isinstance(document, str) else document
    for _, element in iterparse(io.BytesIO(data), events=("end",)):
        if _local(element) in ("EntityType", "EntitySet"):
            yield element
            element.clear()


def _entity_type(element: Element) -> EntitySet:
    kind = EntitySet(element.get("Name", ""))
    for child in element.iter():
        match _local(child):
            case "PropertyRef":
                kind.key.append(child.get("Name", ""))
            case "Property":
                kind.properties.append(child.get("Name", ""))
                kind.types[child.get("Name", "")] = _type(child)
            case "NavigationProperty":
                kind.navigation.append(child.get("Name", ""))
    return kind


def _type(element: Element) -> PropertyType:
    namespace, _, name = element.get("Type", "Edm.String").rpartition(".")
    length = element.get("MaxLength", "")
    kind = _KINDS.get(name, "text") if namespace == "Edm" else "option"
    return kind, int(length) if length.isdecimal() and kind == "text" else None


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
