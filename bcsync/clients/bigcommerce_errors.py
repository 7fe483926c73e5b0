"""What BigCommerce's refusals mean, pure: which of the five errors, and which item and field of a batch is meant.
https://developer.bigcommerce.com/docs/start/about/status-codes
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bcsync.clients.bigcommerce_limits import VENDOR, scope_for
from bcsync.clients.errors import ConfigurationError, Rejected, UnexpectedAnswer, VendorError
from bcsync.clients.gist import gist_of
from bcsync.clients.redaction import redact
from bcsync.clients.throttle import http_date
from bcsync.clients.transport import Failure

TAKEN = "email_in_use"
EXISTS = "exists"
GONE = "gone"
PLAN_LIMIT = "plan_limit"

_INDEXED = re.compile(r"^(?:\[)?(\d+)(?:\])?\.(.+)$")
_MAX_BATCH = re.compile(r"max(?:imum)? batch size allowed is (\d+)", re.IGNORECASE)
_TAKEN = re.compile(r"already in use|already exists|must be unique|duplicate", re.IGNORECASE)
_FIELD_IN_WORDS = re.compile(r"\b(email|first_name|last_name|state_or_province|postal_code|country_code|phone)\b")


class Refusal(Rejected):
    """A whole request refused with 409, 413 or 422, before anybody knows which of its items is meant.

    errors: the vendor's path -> words. body: the parsed answer. date: the vendor's clock.
    """

    errors: Mapping[str, str]
    body: Any
    date: datetime | None

    @property
    def max_batch(self) -> int | None:
        """The batch size the vendor allows, where it says so."""
        said = _MAX_BATCH.search(self.words)
        return int(said.group(1)) if said else None


def explain(failure: Failure, store_hash: str) -> VendorError:
    """The error of an answer that is not 2xx, as a sentence for the person who can mend it."""
    status, family = failure.status, failure.family
    body = failure.data if isinstance(failure.data, dict | list) else None
    words = _words(body) or failure.text

    def error(kind: type[VendorError], sentence: str, code: str = "") -> VendorError:
        return kind(VENDOR, sentence, status=status, code=code, words=words, call=family)

    if status == 401:
        return error(
            ConfigurationError,
            f"BigCommerce refuses the access token of store {store_hash}: check that the token was copied whole, "
            "belongs to the store with this hash, and that its API account still exists.",
        )
    if status == 403:
        scope, opens = scope_for(family)
        needs = f"give its API account the scope {scope}" if scope else f"BigCommerce says: {words}"
        what = f"{'read' if family.startswith('GET') else 'change'} {opens or 'what ' + family + ' needs'}"
        return error(ConfigurationError, f"The access token of store {store_hash} may not {what}: {needs}.")
    if status == 404 and "{id}" not in family:
        sentence = f"BigCommerce knows no store with hash {store_hash}: check the store hash of this store."
        return error(ConfigurationError, sentence)
    if status == 507:
        sentence = f"Store {store_hash} has reached a limit of its BigCommerce plan ({family}): {words}"
        return error(Rejected, sentence, code=PLAN_LIMIT)
    if body is None or (status == 422 and family.startswith("GET")):
        return error(UnexpectedAnswer, f"BigCommerce answered {status} to {family}: {failure.text or 'nothing'}")
    if status in (409, 413, 422) or (status == 400 and "metafields" in family):
        return _refusal(failure, body, words)
    if status == 404:
        return error(Rejected, f"BigCommerce no longer has what {family} asks for.", code=GONE)
    return error(UnexpectedAnswer, f"BigCommerce answered {status} to {family}: {failure.text}")


def _refusal(failure: Failure, body: Any, words: str) -> Refusal:
    refusal = Refusal(
        VENDOR,
        f"BigCommerce refuses {failure.family}: {words}",
        status=failure.status,
        code=EXISTS if failure.status == 409 else "",
        words=words,
        call=failure.family,
    )
    refusal.errors = error_paths(body)
    refusal.body = body
    refusal.date = http_date(failure.headers.get("Date"))
    return refusal


def error_paths(body: Any) -> dict[str, str]:
    """The vendor's `errors` as path -> words, in whichever of its shapes it comes."""
    errors = body.get("errors") if isinstance(body, dict) else body
    found: dict[str, str] = {}
    if isinstance(errors, dict):
        for path, said in errors.items():
            found[str(path)] = redact(said if isinstance(said, str) else json.dumps(said, default=str))
    elif isinstance(errors, list):
        # Partial success, and v2: a list of errors, each perhaps with paths of its own.
        for position, entry in enumerate(errors):
            inner = entry.get("errors") if isinstance(entry, dict) else None
            if isinstance(inner, dict) and inner:
                found.update({str(path): redact(str(said)) for path, said in inner.items()})
            else:
                title = entry.get("title") or entry.get("message") if isinstance(entry, dict) else entry
                found[f"errors.{position}"] = redact(str(title))
    return found


def _words(body: Any) -> str:
    """Everything the vendor says, on one line: title, detail, then each path with its words."""
    paths = error_paths(body)
    top = [body.get(name) for name in ("title", "detail", "message")] if isinstance(body, dict) else []
    said = [redact(str(part)) for part in top if part]
    said += [f"{path}: {words}" if words else path for path, words in paths.items()]
    return " ".join(said)


def guilty(refusal: Refusal, items: Sequence[Mapping[str, Any]]) -> dict[int, Rejected]:
    """Which items of the batch the refusal names, by index path or by e-mail: position -> its Rejected."""
    named: dict[int, Rejected] = {}
    for path, words in refusal.errors.items():
        indexed = _INDEXED.match(path)
        if indexed and int(indexed.group(1)) < len(items):
            position = int(indexed.group(1))
            named.setdefault(position, rejected(refusal, items[position], indexed.group(2), words))
    if named:
        return named
    for path, words in (*refusal.errors.items(), ("", refusal.words)):
        for position, item in enumerate(items):
            if mentions(words, item.get("email")):
                named.setdefault(position, rejected(refusal, item, path, words))
        if named:
            return named
    if len(items) == 1:
        path, words = next(iter(refusal.errors.items()), ("", refusal.words))
        return {0: rejected(refusal, items[0], path, words)}
    return {}


def mentions(words: str, email: Any) -> bool:
    """Whether the words name exactly this e-mail, in any case."""
    if not isinstance(email, str) or "@" not in email:
        return False
    return re.search(rf"(?<![\w.+%-]){re.escape(email)}(?![\w-]|\.\w)", words, re.IGNORECASE) is not None


def rejected(refusal: Refusal, item: Mapping[str, Any], path: str, words: str) -> Rejected:
    """One item's own error. Its field is the path's, without the item's index; code says when the e-mail is taken."""
    words = words or refusal.words
    field = _field(path, item) if not path.startswith((".", "errors.")) else ""
    taken = mentions(words, item.get("email")) and _TAKEN.search(words) is not None
    if not field:
        said = _FIELD_IN_WORDS.search(words)
        field = said.group(1) if said else ""
    field = "email" if taken else field
    sentence = f"BigCommerce refuses {name_of(item, refusal.call)}{', ' + field if field else ''}: {words}"
    code = TAKEN if taken else GONE if field == "id" else refusal.code
    made = Rejected(VENDOR, sentence, status=refusal.status, code=code, words=words, field=field, call=refusal.call)
    made.gist = gist_of(words, item)
    return made


def _field(path: str, item: Any) -> str:
    """The path without places in lists, which differ from record to record; a form field or attribute by what it is:
    addresses.1.city -> addresses.city, form_fields.0.name -> form_fields.<its name>."""
    names: list[str] = []
    for step in path.split("."):
        if not step.isdigit():
            item = item.get(step) if isinstance(item, Mapping) else None
            names.append(step)
            continue
        item = item[int(step)] if isinstance(item, list) and int(step) < len(item) else None
        which = item.get("name") or item.get("attribute_id") if isinstance(item, Mapping) else None
        if which and "address1" not in item:
            return ".".join([*names, str(which)])
    return ".".join(names)


_KINDS = {"customers": "customer", "addresses": "address", "metafields": "metafield", "attribute-values": "value"}


def name_of(item: Mapping[str, Any], call: str = "") -> str:
    """What a person calls this item of a write. call: its family, which says what an id alone is an id of."""
    if item.get("email"):
        return f"customer {item['email']}"
    if "namespace" in item or "key" in item:
        return f"metafield {item.get('namespace', '')}.{item.get('key', '')}"
    if "attribute_id" in item:
        return f"attribute {item['attribute_id']} of customer {item.get('customer_id', '')}"
    if "address1" in item or "country_code" in item:
        return f"the address {item.get('address1', '')}, {item.get('city', '')}"
    kind = _KINDS.get(call.rpartition("/")[2], "id")
    return f"{kind} {item['id']}" if "id" in item else str(item.get("name", "an item"))
