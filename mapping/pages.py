"""The setup pages of a store: which tables, columns and words each has, and the set-up as it was before a change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.db.models import Q, QuerySet

from mapping import forms
from mapping.catalogue import TABLES
from mapping.document import SECTIONS
from mapping.field_words import label_of
from mapping.models import (
    AttributeDefinition,
    CustomerTemplate,
    FieldMappingRow,
    FormFieldRow,
    GroupMapping,
    MatchRule,
    MetafieldDefinition,
    RequiredField,
    SetupChange,
    SetupRow,
)
from mapping.setup import RELATIONS, read_setup
from mapping.setup_parts import Setup
from mapping.store_names import Names
from mapping.widgets import WITH_LABELS, words_of
from stores.models import Store

Column = tuple[str, Callable[[Any, Names], Any]]
BLANK = {"keep": "keeps the value", "send": "empties the value"}


@dataclass(frozen=True)
class SetupPage:
    """One page. tables: target tables whose rows its preview shows; title_of: the row as its first cell names it;
    group_of: a heading above rows that belong together; fixed: values that every row of the page has.
    """

    name: str
    title: str
    noun: str
    intro: str
    icon: str
    model: type[SetupRow]
    form: type[forms.SetupForm]
    first: str
    title_of: Callable[[Any, Names], str]
    columns: tuple[Column, ...]
    tables: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    group_of: Callable[[Any], str] | None = None
    addable: bool = True

    def rows(self, store: Store) -> QuerySet[Any]:
        return cast(Any, getattr(store, RELATIONS[self.model.__name__])).filter(**self.fixed)

    def new_row(self, store: Store) -> SetupRow:
        return cast(Any, self.model)(store=store, **self.fixed)


def source_of(row: Any, names: Names) -> str:
    if not row.source_field:
        return "none"
    table = TABLES.get(("business_central", row.source_table), row.source_table)
    return f"{table}, {label_of('business_central', row.source_table, row.source_field)}"


def _steps(row: Any, names: Names) -> str:
    return words_of(row.steps) or "none"


def _manner(row: Any, names: Names) -> str:
    said = [row.get_owner_display(), f"a blank {BLANK.get(row.blank, row.blank)}"]
    said += ["shortened when too long"] if row.too_long == "shorten" else []
    return ", ".join([*said, *(["required"] if row.required else [])])


MAPPED: tuple[Column, ...] = (("Source", source_of), ("Transform", _steps), ("Owner, blanks", _manner))


def _group(row: Any, names: Names) -> str:
    if row.group_id is None:
        return "any"
    return names.groups.get(row.group_id, f"group {row.group_id}, which the store does not have")


def _values(row: Any, names: Names) -> str:
    given = row.values if isinstance(row.values, dict) else {}
    return ", ".join(f"{label_of('business_central', 'customer', k)} {v}" for k, v in given.items()) or "none"


def _compares(row: Any, names: Names) -> str:
    given = [each for each in row.compares if isinstance(each, dict)] if isinstance(row.compares, list) else []
    said = [
        f"{forms.RULE_LABELS.get(each.get('table', ''), each.get('table'))} {each.get('name')} with "
        f"{WITH_LABELS.get(each.get('with_field', 'number'), each.get('with_field'))}"
        for each in given
    ]
    return "; ".join(said) or RULES.get(row.name, "")


RULES = {
    "tracking": "our own two metafields with the customer's id; decides alone",
    "phone": "the shopper's and the addresses' numbers with every number known, in E.164",
    "email": "the shopper's e-mail with the customer's",
}

FIELD_MAPPING = SetupPage(
    "field_mapping", "Field Mapping", "row",
    "Which field of Business Central fills which field of the customer and the addresses, and whose value wins.",
    "arrow-left-right", FieldMappingRow, forms.FieldMappingForm, "Target in BigCommerce",
    lambda row, names: label_of("bigcommerce", row.target_table, row.target_field), MAPPED,
    ("customer", "address", "ship_to_address"), group_of=lambda row: row.get_target_table_display(),
)  # fmt: skip
PAGES: dict[str, SetupPage] = {
    page.name: page
    for page in (
        SetupPage(
            "customer_metafields", "Customer Metafields", "metafield",
            "Values that are kept as metafields of the BigCommerce customer. The first two are the system's own: they "
            "hold the linked Business Central customer and cannot be deleted.",
            "key", MetafieldDefinition, forms.MetafieldForm, "Name", lambda row, names: str(row),
            (("Description", lambda row, names: row.description),
             ("Permission", lambda row, names: row.get_permission_set_display()), *MAPPED), ("metafield",),
        ),
        SetupPage(
            "customer_attributes", "Customer Attributes", "attribute",
            "Attributes that are filled from Business Central. One that the store has not got is created by the next "
            "run that writes; a store takes 50, and a type cannot change afterwards.",
            "list-check", AttributeDefinition, forms.AttributeForm, "Name", lambda row, names: row.name,
            (("Type", lambda row, names: row.get_type_display()), *MAPPED), ("attribute",),
        ),
        SetupPage(
            "customer_form_fields", "Customer Form Fields", "form field",
            "Fields of the store's sign-up form. They must exist in the store: nobody can create one by API. Offered "
            "are those that the storefront lists, read by Test Connection, and those that customers have values of.",
            "card-list", FormFieldRow, forms.FormFieldForm, "Name", lambda row, names: row.name,
            (("Type", lambda row, names: row.get_type_display()), *MAPPED), ("form_field",), {"kind": "customer"},
        ),
        SetupPage(
            "customer_address_form_fields", "Customer Address Form Fields", "form field",
            "Fields of the store's address form, filled for each address. They must exist in the store.",
            "geo-alt", FormFieldRow, forms.FormFieldForm, "Name", lambda row, names: row.name,
            (("Type", lambda row, names: row.get_type_display()), *MAPPED), ("address_form_field",),
            {"kind": "address"},
        ),
        SetupPage(
            "customer_templates", "Customer Templates", "template",
            "Values for Business Central customers that Try Mapping creates. The most specific template wins; two for "
            "the same customers are refused.",
            "person-plus", CustomerTemplate, forms.TemplateForm, "Country", lambda row, names: row.country or "any",
            (("Customer group", _group),
             ("VAT number", lambda row, names: {True: "present", False: "absent"}.get(row.vat_present, "any")),
             ("Contact type", lambda row, names: row.get_contact_type_display()), ("Values", _values),
             ("Default customer No.", lambda row, names: row.default_customer_number)),
        ),
        SetupPage(
            "customer_groups", "Customer Groups", "group",
            "Which BigCommerce customer group a price or discount group of Business Central stands for, both ways.",
            "people", GroupMapping, forms.GroupForm, "Group in Business Central",
            lambda row, names: f"{row.get_kind_display()} {row.code}", (("BigCommerce customer group", _group),),
            ("customer",),
        ),
        FIELD_MAPPING,
        SetupPage(
            "match_rules", "Match Rules", "rule",
            "What makes a shopper and a Business Central customer the same. All rules that are on are looked at "
            "together and must name one and the same customer.",
            "signpost-split", MatchRule, forms.MatchRuleForm, "Rule", lambda row, names: str(row),
            (("State", lambda row, names: "on" if row.is_on else "off"), ("Compares", _compares)), addable=False,
        ),
        SetupPage(
            "required_fields", "Required Fields", "field",
            "What a Business Central customer must have before Add Customers creates it in the store. E-mail and "
            "names cannot be taken away: BigCommerce demands them.",
            "patch-check", RequiredField, forms.RequiredForm, "Field of Business Central",
            lambda row, names: forms.LABELS.get(row.name, row.name), (),
        ),
    )
}  # fmt: skip
COUNTRY_CODES = "country_codes"
CATALOGUE = "catalogue"
TITLES = {
    **{name: page.title for name, page in PAGES.items()},
    COUNTRY_CODES: "Country/Region Codes",
    CATALOGUE: "Catalogue",
}


def changes_of(store: Store, page: SetupPage | None = None, kind: str = "") -> QuerySet[SetupChange]:
    """Who changed what, the newest first: of the whole set-up, of one page, or of one kind."""
    rows = SetupChange.objects.filter(Q(store=store) | Q(company=store.company)).select_related("by")
    if page is not None:
        kind = str(page.model._meta.verbose_name)
    return rows.filter(kind=kind) if kind else rows


def setup_from(store: Store, document: Mapping[str, Any]) -> Setup:
    """The set-up that an exported document says; nothing is stored."""
    rows: list[Any] = [
        cast(Any, model)(store=store, **entry) for name, model in SECTIONS.items() for entry in document.get(name, ())
    ]
    now = [row for name in RELATIONS.values() for row in getattr(store, name).all()]
    made = read_setup(store, rows, now)
    return Setup(**{**vars(made), "country_iso": dict(document.get("country_codes", {}))})
