"""The form fields that a store's own storefront lists: the only place that tells names, types and options.
https://developer.bigcommerce.com/docs/rest-storefront/form-fields
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from bcsync.clients.bigcommerce_limits import VENDOR
from bcsync.clients.errors import UnexpectedAnswer
from bcsync.clients.transport import new_session

PATH = "/api/storefront/form-fields"
FORMS = {"customerAccount": "customer", "shippingAddress": "address", "billingAddress": "address"}
# The storefront's words for how a field looks -> the types that management API values have.
TYPES = {
    "text": "text", "multiline": "multiline", "date": "date", "checkbox": "checkboxes", "radio": "radiobuttons",
    "dropdown": "picklist", "password": "password",
}  # fmt: skip
MEASURED = ("text", "multiline")  # types whose values maxLength measures
SECONDS = (5, 10)  # to connect, to answer
MOST_BYTES = 2_000_000
_NOT_STORED = re.compile("[\x00\ud800-\udfff]")

FormField = dict[str, Any]


def form_fields(secure_url: str) -> list[FormField]:
    """[{"on": "customer" | "address", "name", "type", "required", "options": [text]}], fields of our own making only;
    with "max_length" (characters) where the form has one.

    name is what values are written by. No token is sent and nothing is repeated: a storefront that is closed, private
    or down is usual, and everything works without its list. Raises UnexpectedAnswer with a sentence why there is none.
    """
    if urlsplit(secure_url).scheme not in ("https", "http"):
        raise UnexpectedAnswer(VENDOR, "The store does not say where its storefront is.")
    return fields_of(_asked(f"{secure_url.rstrip('/')}{PATH}"))


def _asked(url: str) -> Any:
    where = f"The storefront at {urlsplit(url).netloc}"
    try:
        with new_session() as session:
            answer = session.get(
                url,
                params={"filter": ",".join(FORMS)},
                headers={"Accept": "application/json"},
                timeout=SECONDS,
                allow_redirects=False,
                stream=True,
            )
            body = answer.raw.read(MOST_BYTES, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise UnexpectedAnswer(VENDOR, f"{where} does not answer ({type(error).__name__}).") from None
    if answer.status_code != 200:
        raise UnexpectedAnswer(VENDOR, f"{where} does not list its form fields (status {answer.status_code}).")
    try:
        return json.loads(body)
    except ValueError:
        raise UnexpectedAnswer(VENDOR, f"{where} answers with something else than its form fields.") from None


def fields_of(data: Any) -> list[FormField]:
    """The answer's own fields, each once per form. Raises UnexpectedAnswer for another shape."""
    forms = data.get("data", data) if isinstance(data, Mapping) else None
    if not isinstance(forms, Mapping) or not any(isinstance(forms.get(form), list) for form in FORMS):
        raise UnexpectedAnswer(VENDOR, "The storefront answers with something else than its form fields.")
    found: dict[tuple[str, str], FormField] = {}
    for form, on in FORMS.items():
        for item in forms[form] if isinstance(forms.get(form), list) else ():
            if isinstance(item, Mapping) and item.get("custom") and (name := _name(item)):
                found.setdefault((on, name), {"on": on, "name": name, **_details(item)})
    return list(found.values())


def _name(item: Mapping[str, Any]) -> str:
    # A field of the merchant's making is called field_25 there; values are written by what its form calls it.
    return _text(item.get("label") or item.get("name") or "")


def _details(item: Mapping[str, Any]) -> FormField:
    looks = str(item.get("fieldType") or "text")
    kind = "password" if item.get("secret") else TYPES.get(looks, "text")
    if kind == "text" and item.get("type") == "integer":
        kind = "numbers"
    options = item.get("options")
    listed = options.get("items") if isinstance(options, Mapping) else options
    made = {"type": kind, "required": bool(item.get("required")), "options": _labels(listed)}
    longest = _whole(item.get("maxLength")) if kind in MEASURED else None
    return {**made, "max_length": longest} if longest else made


def _whole(value: Any) -> int | None:
    """A length, which comes as a number or as text; None for anything else."""
    said = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 7 else None


def _labels(items: Any) -> list[str]:
    listed = items if isinstance(items, list) else []
    return [_text(item.get("label") or item.get("value") or "") for item in listed if isinstance(item, Mapping)]


def _text(value: Any) -> str:
    """No database stores NUL or half a surrogate pair, and a name of the vendor's has 255 characters."""
    return _NOT_STORED.sub("", str(value)).strip()[:255]
