"""Three-way compare of what a customer should be, is, and was when both sides last agreed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mapping.defaults import DEFAULT_ROWS
from mapping.evaluate import Target
from mapping.rows import FieldRow, Owner

ChangeKind = Literal["send", "conflict", "kept", "blank-kept"]
AddressAction = Literal["create", "update", "adopt", "delete", "unlink", "none"]
Newer = Literal["business_central", "bigcommerce"]


@dataclass(frozen=True, slots=True)
class LinkedAddress:
    """The address behind one source. address is the vendor's dict, None when it is gone from the store."""

    address: Mapping[str, Any] | None
    base: Mapping[str, Any] | None = None
    created_by_us: bool = False


@dataclass(frozen=True, slots=True)
class Current:
    """The customer as the store has it. core is the vendor's dict; addresses by source ("main", "ship-to:CODE").

    other_addresses are the vendor's dicts that stand behind no source; attributes and form_fields by name;
    metafields by (namespace, key), only those this account owns.
    """

    core: Mapping[str, Any]
    addresses: Mapping[str, LinkedAddress] = field(default_factory=dict)
    other_addresses: Sequence[Mapping[str, Any]] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    form_fields: Mapping[str, Any] = field(default_factory=dict)
    metafields: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides agreed on last; a field that is absent was never agreed on. Addresses have their own base."""

    core: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    form_fields: Mapping[str, Any] = field(default_factory=dict)
    metafields: Mapping[tuple[str, str], Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """before is the store's value, after Business Central's, base the agreed one (None when never agreed).

    kind: "send"; "conflict" (both changed; the owner won); "kept" (the owner is not Business Central);
    "blank-kept" (a blank does not overwrite). sends says whether after goes out.
    field is a vendor name, an attribute or form field name, or a metafield's key (then with its namespace).
    A metafield whose after is "" is to be deleted: the vendor cannot empty one.
    """

    field: str
    before: Any
    after: Any
    base: Any
    kind: ChangeKind
    owner: Owner
    sends: bool
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class AddressChange:
    """What to do with the address behind source. values is the whole address to send (create, update), or {}.

    "adopt": link address_id, an equal address that is there already; "unlink": forget the link, leave the address.
    base is what the AddressLink holds once the action is done.
    """

    source: str
    action: AddressAction
    address_id: int | None = None
    fields: tuple[FieldChange, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    base: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences by endpoint family; what is equal is absent."""

    core: tuple[FieldChange, ...] = ()
    addresses: tuple[AddressChange, ...] = ()
    attributes: tuple[FieldChange, ...] = ()
    form_fields: tuple[FieldChange, ...] = ()
    metafields: tuple[FieldChange, ...] = ()


def diff(
    target: Target,
    current: Current,
    base: Base | None = None,
    rows: Sequence[FieldRow] = DEFAULT_ROWS,
    newer: Newer = "business_central",
) -> Changes:
    """What must be sent, and what was kept and why. newer decides fields owned by "newest" when both changed."""
    raise NotImplementedError


def next_base(target: Target, current: Current, base: Base | None = None) -> Base:
    """The base after a run: where both sides now agree, that value; elsewhere what was agreed before."""
    raise NotImplementedError


def base_as_json(base: Base) -> dict[str, Any]:
    """JSON-able form of a base, for storing on the link."""
    raise NotImplementedError


def base_from_json(data: Mapping[str, Any] | None) -> Base | None:
    """The base that base_as_json wrote; None for an empty or absent one."""
    raise NotImplementedError
