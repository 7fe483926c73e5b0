"""What is particular about BigCommerce's metafields in bulk: partial success under 422, one owner per API account.
https://developer.bigcommerce.com/docs/rest-management/customers/metafields
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bcsync.clients.bigcommerce_batches import Item, Result
from bcsync.clients.bigcommerce_errors import EXISTS, GONE, Refusal, name_of
from bcsync.clients.bigcommerce_limits import VENDOR
from bcsync.clients.errors import LostAnswer, Rejected, VendorError
from bcsync.clients.gist import gist_of

_EXISTS = re.compile(r"exist|duplicate|already|unique|conflict", re.IGNORECASE)
_FOREIGN = re.compile(r"unauthori[sz]ed|not (?:the )?owner|permission", re.IGNORECASE)
_GONE = re.compile(r"not exist|not found|does not belong", re.IGNORECASE)
# Of another API account, which alone may change or delete it.
FOREIGN = "foreign_metafield"
_CODES = ((_FOREIGN, FOREIGN), (_GONE, GONE), (_EXISTS, EXISTS))

Read = Callable[[int], list[Item]]


def metafield_key(metafield: Mapping[str, Any]) -> tuple[int, str, str]:
    """What makes a metafield one of its kind for one API account: (customer id, namespace, key)."""
    return int(metafield.get("resource_id") or 0), str(metafield.get("namespace")), str(metafield.get("key"))


def by_id(metafield: Mapping[str, Any]) -> Any:
    """The id of a metafield or address, which is what its PUT goes by."""
    return metafield.get("id")


def partial_success(
    refusal: Refusal, items: list[Item], key: Callable[[Mapping[str, Any]], Any]
) -> tuple[list[Result], list[tuple[Item, str]]] | None:
    """(results of the good items, the bad ones with the vendor's words); None when the refusal is not of that kind."""
    if not tells_of_each(refusal):
        return None
    good = {key(row): row for row in refusal.body["data"] if isinstance(row, dict)}
    results = [Result(item, data=good[key(item)]) for item in items if key(item) in good]
    bad = [(item, _words_for(refusal, position, item)) for position, item in enumerate(items) if key(item) not in good]
    return results, bad


def tells_of_each(refusal: Refusal) -> bool:
    """Whether a refusal is a partial success: what went well is in `data`, the rest in `errors`."""
    body = refusal.body
    return isinstance(body, dict) and isinstance(body.get("data"), list) and "errors" in body


def _words_for(refusal: Refusal, position: int, item: Item) -> str:
    # Whether the number in `errors` is the item's id or its place is not documented; ids are larger than places.
    for name in (str(item.get("id", "")), str(position)):
        if name and name in refusal.errors:
            return refusal.errors[name]
    for path, words in refusal.errors.items():
        if path.startswith(f"{position}."):
            return words
    return "; ".join(refusal.errors.values()) or refusal.words


def refused(item: Item, words: str, call: str) -> Result:
    """The Rejected of one metafield."""
    code = next((code for pattern, code in _CODES if pattern.search(words)), "")
    sentence = f"BigCommerce refuses {name_of(item)} (customer {item.get('resource_id', '?')}): {words}"
    field = f"{item.get('namespace', '')}.{item.get('key', '')}".strip(".")
    error = Rejected(VENDOR, sentence, status=422, code=code, words=words, field=field, call=call)
    error.gist = gist_of(words, item)
    return Result(item, error=error)


def deletions(refusal: Refusal, items: list[Item]) -> list[Result]:
    """What a refused deletion did to each item {"id"}: deleted, gone before (the same to us), or refused."""
    body = refusal.body
    deleted = body.get("data") if isinstance(body, dict) else None
    results = []
    for position, item in enumerate(items):
        if isinstance(deleted, list) and item["id"] in deleted:
            results.append(Result(item, data=item))
            continue
        result = refused(item, _words_for(refusal, position, item), refusal.call)
        gone = isinstance(result.error, Rejected) and result.error.code == GONE
        results.append(Result(item, data=item) if gone else result)
    return results


def settle_creates(bad: list[tuple[Item, str]], read: Read, *, lost: bool) -> Iterator[Result]:
    """What became of metafields whose creation was refused: those that exist are looked up at their customer.

    The same value is adopted (lost: an answer was lost before, so it may be ours); another value is rejected with what
    is there in `data`, so that the caller can update it.
    """
    call = "POST /v3/customers/metafields"
    seen: dict[int, list[Item]] = {}
    for item, words in bad:
        result = refused(item, words, call)
        owner = int(item.get("resource_id") or 0)
        if owner and isinstance(result.error, Rejected) and result.error.code == EXISTS:
            try:
                rows = seen[owner] if owner in seen else seen.setdefault(owner, read(owner))
            except VendorError as error:
                yield Result(item, error=LostAnswer(VENDOR, str(result.error), words=error.words, call=call))
                continue
            result = _settled(item, rows, result, lost=lost)
        yield result


def _settled(item: Item, rows: list[Item], result: Result, *, lost: bool) -> Result:
    wanted = metafield_key(item)[1:]
    there = next((row for row in rows if (str(row.get("namespace")), str(row.get("key"))) == wanted), None)
    if there is None:
        return result
    if str(there.get("value")) == str(item.get("value")) and there.get("permission_set") == item.get("permission_set"):
        return Result(item, data=there, existing=not lost, adopted=lost)
    return Result(item, data=there, error=result.error, existing=True)
