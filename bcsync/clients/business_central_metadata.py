"""Reads an OData $metadata document (CSDL XML) into entity sets with their keys and properties. Pure, streaming."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, iterparse


class NotMetadata(ValueError):
    """The document is not readable CSDL XML."""


@dataclass
class EntitySet:
    """One entity set: its key property names, property names in the document's order, navigation names."""

    name: str
    key: list[str] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)
    navigation: list[str] = field(default_factory=list)


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
    return {name: EntitySet(name, kind.key, kind.properties, kind.navigation) for name, kind in found.items()}


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
            case "NavigationProperty":
                kind.navigation.append(child.get("Name", ""))
    return kind


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
