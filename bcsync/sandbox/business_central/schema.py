"""The company's tables: which columns each has, what is unique in it, and the statements that create them."""

from bcsync.sandbox.storage import Storage

PREFIX = "central_"


def _words(text: str) -> list[str]:
    return text.split()


NUMBERS = _words("balance_due credit_limit sales_lcy overdue_amount percent own_number")
FLAGS = _words("tax_liable privacy_blocked flag own_flag")

COLUMNS = {
    "customer": _words(
        """
        no name name2 search_name contact_type address address2 city county country post_code phone_no
        mobile_phone_no email home_page salesperson balance_due credit_limit tax_liable tax_area_id
        tax_area_name vat_registration_no currency currency_id payment_terms payment_terms_id
        shipment_method shipment_method_id payment_method payment_method_id blocked contact
        primary_contact_no ship_to_code language_code gln customer_posting_group gen_bus_posting_group
        vat_bus_posting_group customer_price_group customer_discount_group privacy_blocked
        last_date_modified sales_lcy overdue_amount own_code own_text own_number own_flag own_date
        """
    ),
    "contact": _words(
        """
        no name search_name contact_type company_no company_name business_relation first_name middle_name
        surname job_title initials salutation_code language_code address address2 city county country
        post_code phone_no mobile_phone_no email home_page salesperson currency vat_registration_no
        privacy_blocked last_interaction last_date_modified
        """
    ),
    "ship_to": _words(
        """
        customer_no code name address address2 city county country post_code contact phone_no email
        home_page shipment_method last_date_modified
        """
    ),
    "reference": _words("kind code name iso iso_numeric detail detail2 percent flag"),
    "relation": _words("contact_no customer_no"),
    "post_code": _words("code city county country"),
}
PRIMARY = {
    "customer": ("no",),
    "contact": ("no",),
    "ship_to": ("customer_no", "code"),
    "reference": ("kind", "code"),
    "relation": ("customer_no", "contact_no"),
    "post_code": ("code", "city"),
}
INDEXES = {
    "customer": ("modified_at, no", "email", "primary_contact_no"),
    "contact": ("company_no", "modified_at, no"),
    "relation": ("contact_no",),
}


def _definition(column: str) -> str:
    if column in NUMBERS:
        return f"{column} REAL NOT NULL DEFAULT 0"
    if column in FLAGS:
        return f"{column} INTEGER NOT NULL DEFAULT 0"
    return f"{column} TEXT NOT NULL DEFAULT ''"


def create_tables(storage: Storage) -> None:
    """Create what is missing; every table carries the company's key, SystemId, SystemModifiedAt and a row version."""
    with storage.transaction():
        storage.execute(
            f"CREATE TABLE IF NOT EXISTS {PREFIX}company (key INTEGER PRIMARY KEY, id TEXT NOT NULL, "
            "tenant TEXT NOT NULL, environment TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (tenant, environment, name))"
        )
        storage.execute(
            f"CREATE TABLE IF NOT EXISTS {PREFIX}series (company INTEGER NOT NULL, name TEXT NOT NULL, "
            "value INTEGER NOT NULL, PRIMARY KEY (company, name))"
        )
        for table, columns in COLUMNS.items():
            body = ", ".join(_definition(column) for column in columns)
            storage.execute(
                f"CREATE TABLE IF NOT EXISTS {PREFIX}{table} (company INTEGER NOT NULL, id TEXT NOT NULL, {body}, "
                "modified_at TEXT NOT NULL, version INTEGER NOT NULL, "
                f"PRIMARY KEY (company, {', '.join(PRIMARY[table])}))"
            )
            for number, index in enumerate(("id", "version", *INDEXES.get(table, ()))):
                storage.execute(
                    f"CREATE INDEX IF NOT EXISTS {PREFIX}{table}_{number} ON {PREFIX}{table} (company, {index})"
                )
