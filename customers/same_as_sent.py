"""Whether a Business Central customer that is found is what was sent, pure: a lost create is looked up by it."""

from typing import Any

from bcsync.clients.business_central_record import BusinessCentralRecord

API_NAMES = {
    "displayName": "display_name", "type": "type", "addressLine1": "address_line1", "addressLine2": "address_line2",
    "city": "city", "state": "state", "country": "country", "postalCode": "postal_code", "phoneNumber": "phone_number",
    "email": "email", "taxRegistrationNumber": "tax_registration_number", "salespersonCode": "salesperson_code",
    "currencyCode": "currency_code", "website": "website",
}  # fmt: skip


# Business Central's Post Code table may set these otherwise than asked, until the correction that follows a create.
SET_BY_POST_CODE = ("city", "state", "country", "postalCode")


def equals(found: BusinessCentralRecord, sent: dict[str, Any]) -> bool:
    """Whether the customer has every value that was sent and that is not set by a post code; codes are in capitals."""
    return not [name for name in differences(found, sent) if name not in SET_BY_POST_CODE]


def differences(found: BusinessCentralRecord, sent: dict[str, Any]) -> list[str]:
    """Names of what the customer has otherwise than it was sent."""
    known = {name: str(getattr(found, ours)).casefold() for name, ours in API_NAMES.items()}
    return [name for name, value in sent.items() if name in known and known[name] != str(value).casefold()]


def same_email(found: BusinessCentralRecord, sent: dict[str, Any]) -> bool:
    return bool(sent.get("email")) and found.email.casefold() == str(sent["email"]).casefold()
