"""What a field accepts: kind, length, options, letters in a phone number, the form of an e-mail address."""

import re
import uuid
from collections.abc import Sequence
from typing import Any

from bcsync.sandbox.business_central.errors import BusinessCentralError, dialog, too_long
from bcsync.sandbox.business_central.model import EMPTY_GUID, Property, option_in

EMAIL = re.compile(r"^[^@\s;,()<>\"]+@[^@\s;,()<>\"]+\.[^@\s;,.()<>\"]+$")


def clean(prop: Property, value: Any) -> Any:
    """Return the value as the column stores it. Raises what Business Central answers to a value it does not take."""
    if prop.kind in ("text", "code", "email", "phone"):
        return _text(prop, value)
    if prop.kind == "option":
        return _option(prop, value)
    if prop.kind == "guid":
        return _guid(prop, value)
    if prop.kind == "bool":
        if not isinstance(value, bool):
            raise _type_error(prop, value)
        return int(value)
    if prop.kind == "decimal":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _type_error(prop, value)
        return value
    return _string(prop, value)


def check_email(value: str) -> None:
    """Raise unless every address of a `;` or `,` separated list has the form of one."""
    for address in re.split(r"[;,]", value):
        if not EMAIL.match(address.strip()):
            raise dialog(f"The email address '{address.strip()}' is not valid.")


def check_phone(title: str, value: str) -> None:
    """Raise when the number holds a letter, as Business Central's own TestField does."""
    if any(char.isalpha() for char in value):
        message = f"{title} must not contain letters in its value ({value})."
        raise BusinessCentralError(400, "Application_FieldValidationException", message)


def check_vat_number(formats: Sequence[str], country: str, value: str) -> None:
    """Raise unless the number has one of the country's forms, or the country has none."""
    if value and formats and not any(_vat_pattern(form).fullmatch(value) for form in formats):
        raise dialog(
            "The entered VAT Registration number is not in agreement with the format specified for Country/Region "
            f"Code {country}. The following formats are acceptable: {', '.join(formats)}"
        )


def _vat_pattern(form: str) -> re.Pattern[str]:
    return re.compile("".join({"#": "[0-9]", "@": "[A-Z]", "?": "."}.get(char, re.escape(char)) for char in form))


def _text(prop: Property, value: Any) -> str:
    text = _string(prop, value)
    if prop.kind == "code":
        text = text.strip().upper()
    if prop.length and len(text) > prop.length:
        raise too_long(prop.title, prop.length, text)
    if prop.kind == "email" and text:
        check_email(text)
    if prop.kind == "phone":
        check_phone(prop.title, text)
    return text


def _string(prop: Property, value: Any) -> str:
    if not isinstance(value, str):
        raise _type_error(prop, value)
    return value


def _option(prop: Property, value: Any) -> str:
    option = option_in(_string(prop, value))
    if option not in prop.options:
        known = ", ".join(name or " " for name in prop.options)
        raise BusinessCentralError(400, "Unknown", f"'{value}' is not an option. The existing options are: {known}")
    return option


def _guid(prop: Property, value: Any) -> str:
    try:
        guid = str(uuid.UUID(_string(prop, value)))
    except ValueError:
        message = f"Invalid GUID '{value}' for {prop.name}."
        raise BusinessCentralError(400, "Application_InvalidGUID", message) from None
    return "" if guid == EMPTY_GUID else guid


def _type_error(prop: Property, value: Any) -> BusinessCentralError:
    return BusinessCentralError(
        400, "BadRequest", f"Cannot convert the value '{value}' of property '{prop.name}' to its type."
    )
