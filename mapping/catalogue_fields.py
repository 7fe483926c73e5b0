"""The rows of the catalogue: each vendor's fields as its references and pages list them."""

from typing import Literal

System = Literal["business_central", "bigcommerce"]
FieldType = Literal[
    "text", "code", "email", "phone", "country", "state", "option", "number", "date", "boolean", "list", "id"
]
Origin = Literal["API v2.0", "published page", "API v2.0 or published page", "Management API"]

Row = tuple[str, str, str, FieldType, int | None, bool, Origin]
_API: Origin = "API v2.0"
_PAGE: Origin = "published page"
_EITHER: Origin = "API v2.0 or published page"

PAGES = {
    "customer": "Customer Card",
    "contact": "Contact Card",
    "country": "Countries/Regions",
    "ship_to": "Ship-to Address",
    "financial": "Customer Card",
    "published": "Customer Card",
}

# (name, record attribute, label in Business Central's client, type, length, writable through our client, origin)
CUSTOMER: tuple[Row, ...] = (
    ("id", "id", "Id", "id", 36, False, _API),
    ("number", "number", "No.", "code", 20, False, _API),
    ("displayName", "display_name", "Name", "text", 100, True, _API),
    ("type", "type", "Contact Type", "option", None, True, _API),
    ("addressLine1", "address_line1", "Address", "text", 100, True, _API),
    ("addressLine2", "address_line2", "Address 2", "text", 50, True, _API),
    ("city", "city", "City", "text", 30, True, _API),
    ("state", "state", "County", "text", 30, True, _API),
    ("country", "country", "Country/Region Code", "code", 10, True, _API),
    ("postalCode", "postal_code", "Post Code", "code", 20, True, _API),
    ("phoneNumber", "phone_number", "Phone No.", "phone", 30, True, _API),
    ("email", "email", "Email", "email", 80, True, _API),
    ("website", "website", "Home Page", "text", 255, True, _API),
    ("salespersonCode", "salesperson_code", "Salesperson Code", "code", 20, True, _API),
    ("currencyCode", "currency_code", "Currency Code", "code", 10, True, _API),
    ("taxRegistrationNumber", "tax_registration_number", "VAT Registration No.", "code", 20, True, _API),
    ("blocked", "blocked", "Blocked", "option", None, False, _API),
    ("balanceDue", "", "Balance Due (LCY)", "number", None, False, _API),
    ("creditLimit", "", "Credit Limit (LCY)", "number", None, True, _API),
    ("taxLiable", "", "Tax Liable", "boolean", None, True, _API),
    ("taxAreaDisplayName", "", "Tax Area or VAT Bus. Posting Group (name)", "text", 100, False, _API),
    ("shipmentMethodCode", "", "Shipment Method Code", "code", 10, False, _API),
    ("paymentMethodCode", "", "Payment Method Code", "code", 10, False, _API),
    ("lastModifiedDateTime", "last_modified", "Last Modified", "date", None, False, _API),
    ("paymentTermsCode", "payment_terms_code", "Payment Terms Code", "code", 10, True, _EITHER),
    ("mobilePhoneNumber", "mobile_phone", "Mobile Phone No.", "phone", 30, False, _PAGE),
    ("customerPriceGroup", "customer_price_group", "Customer Price Group", "code", 10, True, _PAGE),
    ("customerDiscountGroup", "customer_discount_group", "Customer Disc. Group", "code", 20, True, _PAGE),
    ("customerPostingGroup", "customer_posting_group", "Customer Posting Group", "code", 20, True, _PAGE),
    ("genBusPostingGroup", "gen_bus_posting_group", "Gen. Bus. Posting Group", "code", 20, True, _PAGE),
    ("vatBusPostingGroup", "vat_bus_posting_group", "VAT Bus. Posting Group", "code", 20, True, _PAGE),
    ("privacyBlocked", "privacy_blocked", "Privacy Blocked", "boolean", None, False, _PAGE),
)
CONTACT: tuple[Row, ...] = (
    ("number", "primary_contact_number", "Primary Contact No.", "code", 20, False, _PAGE),
    ("firstName", "first_name", "First Name", "text", 30, True, _EITHER),
    ("middleName", "middle_name", "Middle Name", "text", 30, True, _PAGE),
    ("surname", "surname", "Surname", "text", 30, True, _EITHER),
)
COUNTRY: tuple[Row, ...] = (("isoCode", "country_iso", "ISO Code", "country", 2, False, _PAGE),)
# https://learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/resources/dynamics_customerfinancialdetail
FINANCIAL: tuple[Row, ...] = (
    ("balance", "", "Balance (LCY)", "number", None, False, _API),
    ("totalSalesExcludingTax", "", "Sales (LCY)", "number", None, False, _API),
    ("overdueAmount", "", "Overdue Amount (LCY)", "number", None, False, _API),
)
SHIP_TO: tuple[Row, ...] = (
    ("code", "code", "Code", "code", 10, False, _PAGE),
    ("name", "name", "Name", "text", 100, True, _PAGE),
    ("address", "address", "Address", "text", 100, True, _PAGE),
    ("address2", "address2", "Address 2", "text", 50, True, _PAGE),
    ("city", "city", "City", "text", 30, True, _PAGE),
    ("county", "county", "County", "text", 30, True, _PAGE),
    ("postCode", "post_code", "Post Code", "code", 20, True, _PAGE),
    ("country", "country", "Country/Region Code", "code", 10, True, _PAGE),
    ("isoCode", "country_iso", "ISO Code", "country", 2, False, _PAGE),
    ("contact", "contact", "Contact", "text", 100, True, _PAGE),
    ("phone", "phone", "Phone No.", "phone", 30, True, _PAGE),
    ("email", "email", "Email", "email", 80, True, _PAGE),
)

# (name, label, type, length, writable). https://developer.bigcommerce.com/docs/rest-management/customers
BigCommerceRow = tuple[str, str, FieldType, int | None, bool]
STORE_CUSTOMER: tuple[BigCommerceRow, ...] = (
    ("id", "Customer ID", "id", None, False),
    ("email", "Email", "email", 250, True),
    ("first_name", "First name", "text", 100, True),
    ("last_name", "Last name", "text", 100, True),
    ("company", "Company", "text", 255, True),
    ("phone", "Phone", "phone", 50, True),
    ("notes", "Notes", "text", None, True),
    ("tax_exempt_category", "Tax exempt category", "text", 255, True),
    ("customer_group_id", "Customer group", "number", None, True),
    ("accepts_product_review_abandoned_cart_emails", "Accepts review and cart e-mails", "boolean", None, True),
    ("origin_channel_id", "Origin channel", "number", None, False),
    ("registration_ip_address", "Registration IP address", "text", 30, False),
    ("date_created", "Date created", "date", None, False),
    ("date_modified", "Date modified", "date", None, False),
)
STORE_GROUP: tuple[BigCommerceRow, ...] = (
    ("id", "Customer group ID", "id", None, False),
    ("name", "Customer group", "text", None, False),
)
STORE_ADDRESS: tuple[BigCommerceRow, ...] = (
    ("first_name", "First name", "text", 255, True),
    ("last_name", "Last name", "text", 255, True),
    ("company", "Company", "text", 255, True),
    ("address1", "Address line 1", "text", None, True),
    ("address2", "Address line 2", "text", None, True),
    ("city", "City", "text", 100, True),
    ("state_or_province", "State/province", "state", 100, True),
    ("postal_code", "Post code", "text", 30, True),
    ("country_code", "Country", "country", 2, True),
    ("phone", "Phone", "phone", 50, True),
    ("address_type", "Address type", "option", None, True),
)
OPTIONS = {
    ("customer", "type"): ("Company", "Person"),
    ("customer", "blocked"): ("", "Ship", "Invoice", "All"),
    ("address", "address_type"): ("residential", "commercial"),
    ("ship_to_address", "address_type"): ("residential", "commercial"),
}
# Value lengths of the open tables; a metafield's value has at least one character and cannot be emptied.
OPEN_TABLES: dict[str, int | None] = {
    "metafield": 65_535,
    "attribute": 255,
    "form_field": None,
    "address_form_field": None,
}
