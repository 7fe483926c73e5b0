"""A company's set-up and what its business rules work on: settings, tables, switches; and its number series."""

from dataclasses import dataclass, field
from typing import Any

from bcsync.sandbox.business_central.errors import dialog
from bcsync.sandbox.business_central.schema import PREFIX
from bcsync.sandbox.business_central.tables import Tables
from bcsync.sandbox.switches import Switches

SERIES = {"customer": ("C", 5, 10), "contact": ("CT", 6, 1)}
SERIES_START = {"customer": 10, "contact": 300001}


@dataclass
class Settings:
    """What an administrator sets up in the company.

    local_currency: LCY code. manual_numbers: the customer series allows them. business_relation: Marketing Setup names
    one for customers, so that contacts are made. customer_contacts: the tenant is new enough for that entity set.
    require_country: "Req. Country/Reg. Code in Addr.", which stops the blanking. templates: code -> {column: value};
    template_rules: (criteria {column: value}, template code) in order. vat_formats: country/region code -> the forms
    that a VAT registration number may have, # a digit, @ a letter, ? anything; a country without any takes all.
    """

    local_currency: str = "GBP"
    manual_numbers: bool = False
    business_relation: bool = True
    customer_contacts: bool = True
    require_country: bool = False
    templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    template_rules: list[tuple[dict[str, str], str]] = field(default_factory=list)
    vat_formats: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Books:
    """Everything a rule needs: the rows, the set-up, the switches."""

    tables: Tables
    settings: Settings
    switches: Switches

    def next_number(self, table: str) -> str:
        """Return the next free number of the table's series (C00010, C00020 ...; CT300001 ...)."""
        prefix, digits, step = SERIES[table]
        storage, company = self.tables.storage, self.tables.company
        storage.execute(
            f"INSERT OR IGNORE INTO {PREFIX}series (company, name, value) VALUES (?, ?, ?)",
            (company, table, SERIES_START[table] - step),
        )
        while True:
            storage.execute(
                f"UPDATE {PREFIX}series SET value = value + ? WHERE company = ? AND name = ?", (step, company, table)
            )
            row = storage.execute(
                f"SELECT value FROM {PREFIX}series WHERE company = ? AND name = ?", (company, table)
            ).fetchone()
            number = f"{prefix}{row[0]:0{digits}d}"
            if not self.tables.one(table, no=number):
                return number

    def check_manual(self) -> None:
        """Raise unless the customer series lets people choose numbers."""
        if not self.settings.manual_numbers:
            raise dialog(
                "You may not enter numbers manually. If you want to enter numbers manually, please activate "
                "Manual Nos. in No. Series CUST."
            )
