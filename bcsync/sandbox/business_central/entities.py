"""The entity sets of API v2.0 that bcsync can meet, as Business Central's own API pages show them.

https://learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/
"""

from bcsync.sandbox.business_central.model import EntitySet, Property

CONTACT_TYPES = ("Company", "Person")
BLOCKED = ("", "Ship", "Invoice", "All")
RELATIONS = ("", "Customer", "Vendor", "Bank Account", "Employee", "None", "Other", "Multiple")
READ_WRITE = frozenset({"GET", "POST", "PATCH", "DELETE"})


def _own(name: str, column: str, kind: str = "text", length: int = 0, **more: object) -> Property:
    return Property(name, column, kind, length, editable=False, **more)  # type: ignore[arg-type]


ID = _own("id", "id", "guid", caption="SystemId")
MODIFIED = _own("lastModifiedDateTime", "modified_at", "datetime", caption="SystemModifiedAt")

ADDRESS = (
    Property("addressLine1", "address", "text", 100, caption="Address"),
    Property("addressLine2", "address2", "text", 50, caption="Address 2"),
    Property("city", "city", "text", 30, caption="City"),
    Property("state", "county", "text", 30, caption="County"),
    Property("country", "country", "code", 10, caption="Country/Region Code"),
    Property("postalCode", "post_code", "code", 20, caption="Post Code"),
    Property("phoneNumber", "phone_no", "phone", 30, caption="Phone No."),
)

CUSTOMERS = EntitySet(
    "customers",
    "customer",
    "customer",
    (
        ID,
        Property("number", "no", "code", 20, caption="No."),
        Property("displayName", "name", "text", 100, caption="Name"),
        Property("type", "contact_type", "option", options=CONTACT_TYPES, enum="contactType", caption="Contact Type"),
        *ADDRESS,
        Property("email", "email", "email", 80, caption="Email"),
        Property("website", "home_page", "text", 255, caption="Home Page"),
        Property("salespersonCode", "salesperson", "code", 20, caption="Salesperson Code"),
        _own("balanceDue", "balance_due", "decimal", caption="Balance Due"),
        Property("creditLimit", "credit_limit", "decimal", caption="Credit Limit (LCY)"),
        Property("taxLiable", "tax_liable", "bool", caption="Tax Liable"),
        Property("taxAreaId", "tax_area_id", "guid", caption="Tax Area ID"),
        _own("taxAreaDisplayName", "tax_area_name", computed=True),
        Property("taxRegistrationNumber", "vat_registration_no", "code", 20, caption="VAT Registration No."),
        Property("currencyId", "currency_id", "guid", caption="Currency Id"),
        Property("currencyCode", "currency", "code", 10, caption="Currency Code"),
        Property("paymentTermsId", "payment_terms_id", "guid", caption="Payment Terms Id"),
        Property("shipmentMethodId", "shipment_method_id", "guid", caption="Shipment Method Id"),
        Property("paymentMethodId", "payment_method_id", "guid", caption="Payment Method Id"),
        Property("blocked", "blocked", "option", options=BLOCKED, enum="customerBlocked", caption="Blocked"),
        MODIFIED,
    ),
    methods=READ_WRITE,
    navigation=(
        ("contactsInformation", "contactsInformation", True),
        ("currency", "currencies", False),
        ("paymentTerm", "paymentTerms", False),
        ("shipmentMethod", "shipmentMethods", False),
        ("paymentMethod", "paymentMethods", False),
        ("customerFinancialDetail", "customerFinancialDetails", False),
    ),
    caption="Customer",
    page=30009,
)

# The same table seen by another page: its amounts are sums of ledger entries and move no SystemModifiedAt.
FINANCIAL_DETAILS = EntitySet(
    "customerFinancialDetails",
    "customerFinancialDetail",
    "customer",
    (
        ID,
        _own("number", "no", "code", 20),
        _own("balance", "balance_due", "decimal"),
        _own("totalSalesExcludingTax", "sales_lcy", "decimal"),
        _own("overdueAmount", "overdue_amount", "decimal"),
        MODIFIED,
    ),
    caption="Customer",
    page=30045,
)

CONTACTS = EntitySet(
    "contacts",
    "contact",
    "contact",
    (
        ID,
        Property("number", "no", "code", 20, caption="No."),
        Property("type", "contact_type", "option", options=CONTACT_TYPES, enum="contactType", caption="Type"),
        Property("displayName", "name", "text", 100, caption="Name"),
        Property("jobTitle", "job_title", "text", 30, caption="Job Title"),
        Property("companyNumber", "company_no", "code", 20, caption="Company No."),
        _own("companyName", "company_name", "text", 100),
        _own(
            "contactBusinessRelation", "business_relation", "option", options=RELATIONS, enum="contactBusinessRelation"
        ),
        *ADDRESS,
        Property("mobilePhoneNumber", "mobile_phone_no", "phone", 30, caption="Mobile Phone No."),
        Property("email", "email", "email", 80, caption="Email"),
        Property("website", "home_page", "text", 255, caption="Home Page"),
        Property("searchName", "search_name", "code", 100, caption="Search Name"),
        Property("privacyBlocked", "privacy_blocked", "bool", caption="Privacy Blocked"),
        Property("taxRegistrationNumber", "vat_registration_no", "code", 20, caption="VAT Registration No."),
        _own("lastInteractionDate", "last_interaction", "date"),
        MODIFIED,
    ),
    methods=READ_WRITE,
    caption="Contact",
    page=30071,
)

# Persons whose relation is Multiple or None are missing here, and it has no lastModifiedDateTime.
CUSTOMER_CONTACTS = EntitySet(
    "customerContacts",
    "customerContact",
    "contact",
    (
        ID,
        Property("email", "email", "email", 80, caption="Email"),
        Property("firstName", "first_name", "text", 30, caption="First Name"),
        Property("lastName", "surname", "text", 30, caption="Surname"),
        Property("professionalTitle", "job_title", "text", 30, caption="Job Title"),
        Property("customerId", "id", "guid", computed=True),
        _own("customerName", "name", "text", 100, computed=True),
        Property("primaryPhoneNumber", "phone_no", "phone", 30, caption="Phone No."),
    ),
    where="contact_type = 'Person' AND business_relation = 'Customer'",
    methods=frozenset({"GET", "PATCH", "DELETE"}),
    caption="Contact",
    page=30089,
)

CONTACTS_INFORMATION = EntitySet(
    "contactsInformation",
    "contactInformation",
    "contact",
    (
        _own("contactId", "id", "guid"),
        _own("contactNumber", "no", "code", 20),
        _own("contactName", "name", "text", 100),
        _own("contactType", "contact_type", "option", options=CONTACT_TYPES, enum="contactType"),
        _own("relatedId", "id", "guid", computed=True),
        _own("relatedType", "name", "option", options=RELATIONS, enum="contactRelatedType", computed=True),
    ),
    keys=("contactId",),
    navigation=(("contact", "contacts", False),),
    page=30072,
)


def _reference(name: str, type_name: str, kind: str, page: int, *more: Property, code_length: int = 10) -> EntitySet:
    properties = (
        ID,
        _own("code", "code", "code", code_length),
        _own("displayName", "name", "text", 100),
        *more,
        MODIFIED,
    )
    return EntitySet(name, type_name, "reference", properties, order=("code",), where=f"kind = '{kind}'", page=page)


REFERENCE_SETS = (
    _reference("countriesRegions", "countryRegion", "country", 30006, _own("addressFormat", "detail", "text", 50)),
    _reference(
        "paymentTerms",
        "paymentTerm",
        "payment_terms",
        30034,
        _own("dueDateCalculation", "detail", "text", 32),
        _own("discountDateCalculation", "detail2", "text", 32),
        _own("discountPercent", "percent", "decimal"),
        _own("calculateDiscountOnCreditMemos", "flag", "bool"),
    ),
    _reference("paymentMethods", "paymentMethod", "payment_method", 30020),
    _reference("shipmentMethods", "shipmentMethod", "shipment_method", 30021),
    _reference("currencies", "currency", "currency", 30019, _own("symbol", "detail", "text", 10)),
    _reference("taxAreas", "taxArea", "tax_area", 30023, _own("taxType", "detail", "text", 30), code_length=20),
    _reference(
        "salespeoplePurchasers",
        "salespersonPurchaser",
        "salesperson",
        30105,
        _own("email", "detail", "text", 80),
        _own("phoneNo", "detail2", "text", 30),
        _own("blocked", "flag", "bool"),
        code_length=20,
    ),
)

ENTITY_SETS = {
    entity.name: entity
    for entity in (CUSTOMERS, FINANCIAL_DETAILS, CONTACTS, CUSTOMER_CONTACTS, CONTACTS_INFORMATION, *REFERENCE_SETS)
}
