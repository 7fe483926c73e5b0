"""The request page Add Customers: target, storefront and the filter over Business Central customers."""

from typing import Any

from django import forms
from django.urls import reverse_lazy

from customers.models import BusinessCentralCustomer
from mapping.steps import values_of
from stores.models import Store

# Also what `selection.business_central_customers` takes where nothing is said.
NOT_BLOCKED = "no"
BLOCKED = [(NOT_BLOCKED, "Not blocked"), ("yes", "Only blocked"), ("any", "Any")]
# Another store has other storefronts, countries and groups: the whole form is fetched anew, not only the preview.
RENEW_FORM = {
    "hx-get": reverse_lazy("add_customers"),
    "hx-target": "#add",
    "hx-select": "#add",
    "hx-trigger": "change consume",
}


class AddCustomersForm(forms.Form):
    """Choices depend on the store; `scope()` is what `customers.runs.start` takes."""

    store = forms.ChoiceField(label="Store Hash")
    channel_id = forms.ChoiceField(
        label="Storefront", required=False, help_text="Cannot be changed once a customer is created."
    )
    welcome_email = forms.BooleanField(label="Send the store’s welcome e-mail", required=False)
    number_from = forms.CharField(label="No. from", max_length=20, required=False)
    number_to = forms.CharField(label="No. to", max_length=20, required=False)
    name = forms.CharField(label="Name", max_length=100, required=False, help_text="contains")
    country = forms.ChoiceField(label="Country/region", required=False)
    salesperson = forms.ChoiceField(label="Salesperson", required=False)
    group = forms.ChoiceField(label="Customer price group", required=False)
    changed_since = forms.DateField(label="Changed since", required=False)
    blocked = forms.ChoiceField(label="Blocked", choices=BLOCKED, required=False)
    only_ready = forms.BooleanField(label="Only those ready", required=False)

    def __init__(self, data: Any, store: Store, stores: list[Store]) -> None:
        super().__init__(data, auto_id="add-%s")
        self.target = store
        self.channels = [(str(key), f"{key} · {name}") for key, name in store.storefronts.items()]
        choices = {
            "store": [(row.hash, f"{row.hash} · {row.name}" if row.name else row.hash) for row in stores],
            "channel_id": [("", "Choose a storefront"), *self.channels],
            "country": _choices(store, "country"),
            "salesperson": _choices(store, "salesperson_code"),
            "group": _choices(store, "customer_price_group"),
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]
        if len(self.channels) < 2:
            del self.fields["channel_id"]
        for name, field in self.fields.items():
            dress(name, field)
        self.fields["store"].widget.attrs |= RENEW_FORM

    def scope(self) -> dict[str, Any]:
        """The filled-in fields, JSON-able. What is asked for and what is not said mean the same, so are the same."""
        values = {name: value for name, value in self.cleaned_data.items() if value and name != "store"}
        if values.get("blocked") == NOT_BLOCKED:
            values.pop("blocked")
        if "changed_since" in values:
            values["changed_since"] = values["changed_since"].isoformat()
        if "channel_id" in values:
            values["channel_id"] = int(values["channel_id"])
        return values


def _choices(store: Store, column: str) -> list[tuple[str, str]]:
    where = f"company_id = {int(store.company_id)} AND gone_at IS NULL"
    return [("", "Any"), *((value, value) for value in values_of(BusinessCentralCustomer, column, where))]


def dress(name: str, field: forms.Field) -> None:
    """Bootstrap's classes, and the date picker of the browser."""
    widget = field.widget
    if isinstance(widget, forms.CheckboxInput):
        widget.attrs["class"] = "form-check-input"
    elif isinstance(widget, forms.Select):
        widget.attrs["class"] = "form-select"
    else:
        widget.attrs["class"] = "form-control"
    if name in ("changed_since", "modified_since"):
        widget.input_type = "date"
        widget.format = "%Y-%m-%d"
