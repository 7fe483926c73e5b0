"""One form per kind of set-up row. What cannot work is said at its field by the models' own check; nothing is lost."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from mapping.catalogue import FIELDS, TABLES
from mapping.check_policies import REQUIRABLE, RULE_TABLES
from mapping.models import (
    AttributeDefinition,
    CustomerTemplate,
    FieldMappingRow,
    FormFieldRow,
    GroupMapping,
    MatchRule,
    MetafieldDefinition,
    RequiredField,
)
from mapping.offered import offer, offer_to_write, own_fields
from mapping.setup import capabilities_of
from mapping.store_names import Names
from mapping.widgets import Choices, ComparesWidget, DataField, LinesWidget, StepsWidget, ValuesWidget

PUBLISHED = "published"
NOT_OFFERED = "not offered by this company"
# Where the model's check names a field that the form shows under another name.
SHOWN_AT = {
    "source_table": "source", "source_field": "source", "target_table": "target", "target_field": "target",
}  # fmt: skip
NOT_IN_TEMPLATES = ("displayName", "type", "email")
LABELS = {field.attribute: field.label for field in reversed(FIELDS) if field.attribute and field.table != "ship_to"}
RULE_LABELS = {"metafield": "Metafield", "attribute": "Attribute", "form_field": "Form field"}
RULE_COMPARES = {"metafields": ("metafield",), "attributes": ("attribute",), "form_fields": ("form_field",),
                 "tax": RULE_TABLES}  # fmt: skip


class SetupForm(forms.ModelForm):
    """names: what is known of the store, for the choices. seen, changed: of mapping.seen; the view fills them."""

    # The fields after "More" in the form.
    more: ClassVar[tuple[str, ...]] = ()
    seen: str = ""
    changed: Any = None

    def __init__(self, *args: Any, names: Names, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = names
        self.prepare()
        for field in self.fields.values():
            dress(field)

    def prepare(self) -> None:
        """Choices that depend on the store."""

    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.more]

    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name in self.more]

    def _get_validation_exclusions(self) -> set[str]:
        # The store is no field of the form, and every constraint of a row names it.
        return super()._get_validation_exclusions() - {"store"}  # type: ignore[misc]

    def add_error(self, field: str | None, error: Any) -> None:
        if field is None and isinstance(error, ValidationError) and hasattr(error, "error_dict"):
            found: dict[str, list[Any]] = {}
            for name, said in error.error_dict.items():
                shown = SHOWN_AT.get(name, name)
                found.setdefault(shown if shown in self.fields else NON_FIELD_ERRORS, []).extend(said)
            error = ValidationError(found)
        super().add_error(field, error)


class MappedForm(SetupForm):
    """Source, steps and manners of a row that maps a field."""

    more: ClassVar[tuple[str, ...]] = ("own_field", "required", "order", "too_long")
    source = forms.ChoiceField(label="Source in Business Central", required=False)
    own_field = forms.CharField(
        label="Or own field of the Customer Card", required=False, max_length=128, empty_value="",
        help_text="As $metadata names it; those of a company that was tested are in the list of sources.",
    )  # fmt: skip
    steps = DataField(StepsWidget(), label="Transform")
    MANNERS = ("source", "own_field", "steps", "owner", "blank", "too_long", "required", "order")

    def prepare(self) -> None:
        row = self.instance
        listed = {field.name for field in own_fields(capabilities_of(row.store))}
        own = row.source_table == PUBLISHED and row.source_field not in listed
        self.fields["source"].choices = self._sources()  # type: ignore[attr-defined]
        self.initial["source"] = "" if own or not row.source_field else f"{row.source_table}.{row.source_field}"
        self.initial["own_field"] = row.source_field if own else ""
        names = [*self.before_manners(), *self.MANNERS]
        self.order_fields(names)

    def before_manners(self) -> list[str]:
        return [name for name in self._meta.fields or () if name not in self.MANNERS]

    def _sources(self) -> list[Any]:
        capabilities = capabilities_of(self.instance.store)
        grouped: Choices = []
        for (system, table), label in TABLES.items():
            if system == "business_central" and table != PUBLISHED:
                choices = []
                for field in (each for each in FIELDS if (each.system, each.table) == (system, table)):
                    note = "" if offer(field, capabilities).offered else f" ({NOT_OFFERED})"
                    choices.append((f"{table}.{field.name}", f"{label}, {field.label}{note}"))
                grouped.append((label, choices))
        own = [(f"{PUBLISHED}.{field.name}", f"Customer Card, {field.label}") for field in own_fields(capabilities)]
        grouped += [(TABLES["business_central", PUBLISHED], own)] if own else []
        return [("", "None: a constant or a text"), *grouped]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        own = values.get("own_field", "")
        table, _, field = f"{PUBLISHED}.{own}".partition(".") if own else values.get("source", "").partition(".")
        self.instance.source_table, self.instance.source_field = table, field
        return values


class FieldMappingForm(MappedForm):
    target = forms.ChoiceField(label="Target in BigCommerce")

    class Meta:
        model = FieldMappingRow
        fields = ["steps", "owner", "blank", "too_long", "required", "order"]

    def prepare(self) -> None:
        super().prepare()
        row = self.instance
        tables = FieldMappingRow.Table.choices
        self.fields["target"].choices = [("", "Choose a field")] + [  # type: ignore[attr-defined]
            (label, [(f"{table}.{each.name}", f"{label}, {each.label}") for each in _writable("bigcommerce", table)])
            for table, label in tables
        ]
        self.initial["target"] = f"{row.target_table}.{row.target_field}" if row.target_field else ""

    def before_manners(self) -> list[str]:
        return ["target"]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        table, _, field = values.get("target", "").partition(".")
        self.instance.target_table, self.instance.target_field = table, field
        return values


def _writable(system: str, table: str) -> list[Any]:
    return [field for field in FIELDS if (field.system, field.table, field.writable) == (system, table, True)]


class MetafieldForm(MappedForm):
    class Meta:
        model = MetafieldDefinition
        fields = [
            "name", "description", "permission_set", "namespace", "steps", "owner", "blank", "too_long", "required",
            "order",
        ]  # fmt: skip

    more = ("namespace", *MappedForm.more)

    def prepare(self) -> None:
        super().prepare()
        if self.instance.system:
            for name in (*MetafieldDefinition.FIXED, "source", "own_field"):
                if name in self.fields:
                    self.fields[name].disabled = True


class AttributeForm(MappedForm):
    class Meta:
        model = AttributeDefinition
        fields = ["name", "type", "steps", "owner", "blank", "too_long", "required", "order"]

    def prepare(self) -> None:
        super().prepare()
        offer_names(self.fields["name"], "known-attributes")


class FormFieldForm(MappedForm):
    options = DataField(
        LinesWidget(attrs={"rows": 3}), label="Options", help_text="One per line, as the store offers them."
    )

    class Meta:
        model = FormFieldRow
        fields = ["name", "type", "options", "steps", "owner", "blank", "too_long", "required", "order"]

    more = ("options", *MappedForm.more)

    def prepare(self) -> None:
        super().prepare()
        offer_names(self.fields["name"], "known-form-fields")


class TemplateForm(SetupForm):
    group_id = forms.TypedChoiceField(label="Customer group", required=False, coerce=int, empty_value=None)
    vat_present = forms.TypedChoiceField(
        label="VAT number", required=False, coerce=lambda value: value == "yes", empty_value=None,
        choices=[("", "Any"), ("yes", "Present"), ("no", "Absent")],
    )  # fmt: skip
    values = DataField(ValuesWidget(), label="Values")

    class Meta:
        model = CustomerTemplate
        fields = ["country", "group_id", "vat_present", "contact_type", "default_customer_number", "values"]

    def prepare(self) -> None:
        offer_names(self.fields["country"], "known-countries")
        self.fields["country"].label = "Country (ISO)"
        self.fields["default_customer_number"].label = "Default customer No."
        self.fields["group_id"].choices = [("", "Any"), *self.names.groups_with(self.instance.group_id)]  # type: ignore[attr-defined]
        self.initial["vat_present"] = {True: "yes", False: "no"}.get(self.instance.vat_present, "")
        capabilities = capabilities_of(self.instance.store)
        widget: Any = self.fields["values"].widget
        widget.fields = tuple(
            (field, "" if offer_to_write(field, capabilities).offered else NOT_OFFERED)
            for field in _writable("business_central", "customer")
            if field.name not in NOT_IN_TEMPLATES
        )


class GroupForm(SetupForm):
    group_id = forms.TypedChoiceField(label="BigCommerce customer group", coerce=int)

    class Meta:
        model = GroupMapping
        fields = ["group_id", "kind", "code"]

    def prepare(self) -> None:
        self.fields["kind"].label = "Kind of group in Business Central"
        self.fields["code"].label = "Code"
        self.fields["group_id"].choices = [("", "Choose a group"), *self.names.groups_with(self.instance.group_id)]  # type: ignore[attr-defined]
        offer_names(self.fields["code"], "known-group-codes")


class MatchRuleForm(SetupForm):
    compares = DataField(ComparesWidget(), label="Compares")

    class Meta:
        model = MatchRule
        fields = ["enabled", "compares", "order"]

    def prepare(self) -> None:
        self.initial["enabled"] = self.instance.is_on
        tables = RULE_COMPARES.get(self.instance.name, ())
        if not tables:
            del self.fields["compares"]
            return
        widget: Any = self.fields["compares"].widget
        widget.tables = tuple((table, RULE_LABELS[table]) for table in tables)


class RequiredForm(SetupForm):
    name = forms.ChoiceField(label="Field of Business Central")

    class Meta:
        model = RequiredField
        fields = ["name", "order"]

    def prepare(self) -> None:
        choices = sorted(((name, LABELS.get(name, name)) for name in REQUIRABLE), key=lambda choice: choice[1])
        self.fields["name"].choices = [("", "Choose a field"), *choices]  # type: ignore[attr-defined]


class CountryForm(forms.Form):
    """A country/region code and its ISO code; an empty ISO code takes the line out of the table."""

    # The ISO code that the table had when the form was made, "" where it had none.
    seen: str = ""
    code = forms.CharField(label="Country/region code", max_length=10)
    iso = forms.CharField(label="ISO code", max_length=2, required=False, empty_value="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_names(self.fields["iso"], "known-countries")
        for field in self.fields.values():
            dress(field)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().upper()

    def clean_iso(self) -> str:
        return str(self.cleaned_data["iso"]).strip().upper()


def offer_names(field: forms.Field, datalist: str) -> None:
    """A text box that offers names and takes any."""
    field.widget.attrs["list"] = datalist


def dress(field: forms.Field) -> None:
    """Bootstrap's classes."""
    widget = field.widget
    if isinstance(widget, forms.CheckboxInput):
        widget.attrs["class"] = "form-check-input"
    elif isinstance(widget, forms.Select):
        widget.attrs["class"] = "form-select"
    elif isinstance(widget, forms.TextInput | forms.NumberInput | forms.Textarea):
        widget.attrs["class"] = "form-control"
    if field.disabled:
        widget.attrs["disabled"] = True
