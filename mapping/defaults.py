"""The rows and required fields that a store starts with."""

from mapping.rows import FieldRow, Place, Step, step

TRACKING_NAMESPACE = "bcsync"
TRACKING_ID = (TRACKING_NAMESPACE, "customer_id")
TRACKING_NUMBER = (TRACKING_NAMESPACE, "customer_number")

# Names of fields of BusinessCentralRecord; e-mail and names cannot be taken away: BigCommerce demands them.
LOCKED_REQUIRED = ("email", "first_name", "surname")
DEFAULT_REQUIRED = ("email", "first_name", "surname", "address_line1", "city", "country_iso")

_FULL_FIRST_NAME = step("join", table="contact", field="middleName")
_COMPANY_ONLY = step("only_for_type", type="Company")
_ADDRESS_TYPE = step("look_up", Company="commercial", Person="residential", **{"*": "residential", "": "residential"})


def _row(source: str, target: str, *steps: Step, required: bool = False) -> FieldRow:
    return FieldRow(Place(*source.split(".")), Place(*target.split(".")), steps, required=required)


_CUSTOMER = (
    _row("customer.email", "customer.email", step("first_email"), required=True),
    # BigCommerce has no middle name: it goes with the first one, so that a name comes back as it went.
    _row("contact.firstName", "customer.first_name", _FULL_FIRST_NAME, required=True),
    _row("contact.surname", "customer.last_name", required=True),
    _row("customer.displayName", "customer.company", _COMPANY_ONLY),
    _row("customer.phoneNumber", "customer.phone"),
    _row("customer.customerPriceGroup", "customer.customer_group_id", step("customer_group")),
)
_ADDRESS = (
    _row("contact.firstName", "address.first_name", _FULL_FIRST_NAME, required=True),
    _row("contact.surname", "address.last_name", required=True),
    _row("customer.displayName", "address.company", _COMPANY_ONLY),
    _row("customer.addressLine1", "address.address1", required=True),
    _row("customer.addressLine2", "address.address2"),
    _row("customer.city", "address.city", required=True),
    _row("customer.state", "address.state_or_province", step("state_name")),
    _row("customer.postalCode", "address.postal_code"),
    _row("country.isoCode", "address.country_code", step("country_code"), required=True),
    _row("customer.phoneNumber", "address.phone"),
    _row("customer.type", "address.address_type", _ADDRESS_TYPE),
)
_SHIP_TO_ADDRESS = (
    _row("ship_to.contact", "ship_to_address.first_name", step("name_part", part="first"), required=True),
    _row("ship_to.contact", "ship_to_address.last_name", step("name_part", part="last"), required=True),
    _row("ship_to.name", "ship_to_address.company"),
    _row("ship_to.address", "ship_to_address.address1", required=True),
    _row("ship_to.address2", "ship_to_address.address2"),
    _row("ship_to.city", "ship_to_address.city", required=True),
    _row("ship_to.county", "ship_to_address.state_or_province", step("state_name")),
    _row("ship_to.postCode", "ship_to_address.postal_code"),
    _row("ship_to.isoCode", "ship_to_address.country_code", step("country_code"), required=True),
    _row("ship_to.phone", "ship_to_address.phone"),
    _row("customer.type", "ship_to_address.address_type", _ADDRESS_TYPE),
)
_ATTRIBUTES = (
    FieldRow(Place("customer", "salespersonCode"), Place("attribute", "Salesperson")),
    FieldRow(Place("customer", "taxRegistrationNumber"), Place("attribute", "VAT number")),
    FieldRow(Place("customer", "paymentTermsCode"), Place("attribute", "Payment terms")),
)
_TRACKING = (
    FieldRow(
        Place("customer", "id"),
        Place("metafield", TRACKING_ID[1], TRACKING_ID[0]),
        description="Id of the linked Business Central customer",
    ),
    FieldRow(
        Place("customer", "number"),
        Place("metafield", TRACKING_NUMBER[1], TRACKING_NUMBER[0]),
        description="Number of the linked Business Central customer",
    ),
)

DEFAULT_ROWS: tuple[FieldRow, ...] = (*_CUSTOMER, *_ADDRESS, *_SHIP_TO_ADDRESS, *_ATTRIBUTES, *_TRACKING)
