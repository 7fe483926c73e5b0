"""The form that connects a store: its API account, and the Business Central company it is kept in step with."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from stores.forms import SecretField
from stores.models import BusinessCentralCompany, Store

# Form field -> field of the company.
COMPANY = {
    "tenant": "tenant", "environment": "environment", "company_name": "name", "application_id": "client_id",
    "application_secret": "client_secret", "username": "username", "web_service_key": "web_service_key",
}  # fmt: skip
STORE = ("hash", "name", "access_token", "client_id", "client_secret")


class ConnectForm(forms.Form):
    """A known company, or a new one whose boxes are filled in. Secrets are never shown again."""

    hash = forms.CharField(
        label="Store hash", max_length=32, help_text="As in https://store-HASH.mybigcommerce.com; it cannot change."
    )
    name = forms.CharField(
        label="Name", max_length=255, required=False, help_text="Left blank, Test Connection takes the store's own."
    )
    access_token = SecretField(label="Access token", help_text="Of the store's API account.")
    client_id = forms.CharField(label="Client ID", max_length=255, help_text="Of the API account; owns its metafields.")
    client_secret = SecretField(label="Client secret", help_text="Of the API account; verifies webhooks.")
    company = forms.ModelChoiceField(
        BusinessCentralCompany.objects.order_by("name"), label="Company", required=False, empty_label="A new company"
    )
    tenant = forms.CharField(label="Tenant", max_length=255, required=False, help_text="Microsoft Entra id or domain.")
    environment = forms.CharField(label="Environment", max_length=64, required=False, help_text="Such as Production.")
    company_name = forms.CharField(
        label="Company name", max_length=64, required=False, help_text="As on the page Companies."
    )
    application_id = forms.CharField(
        label="Application (client) ID", max_length=255, required=False, help_text="Registered in Microsoft Entra."
    )
    application_secret = SecretField(label="Application secret")
    username = forms.CharField(
        label="User name", max_length=255, required=False, help_text="On-premises only, instead of an application."
    )
    web_service_key = SecretField(label="Web service key", help_text="On-premises only.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "company" else "form-control"
            field.widget.attrs.setdefault("autocomplete", "off")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        values["hash"] = str(values.get("hash", "")).strip().lower()
        if not values.get("access_token"):
            self.add_error("access_token", "The access token is missing.")
        self.made_company = values.get("company") or self._new_company(values)
        self.made_store = Store(company=self.made_company, **{name: values.get(name) or "" for name in STORE})
        self._check(self.made_store, {name: name for name in STORE}, exclude={"company"})
        return values

    def _new_company(self, values: dict[str, Any]) -> BusinessCentralCompany:
        company = BusinessCentralCompany(**{field: values.get(name) or "" for name, field in COMPANY.items()})
        if company.username:
            needed = ["environment", "company_name", "web_service_key"]
            company.client_id, company.client_secret = "", ""
        else:
            needed = ["tenant", "environment", "company_name", "application_id", "application_secret"]
        for name in needed:
            if not values.get(name):
                self.add_error(name, "Needed for a new company.")
        # On-premises there is no tenant: the environment is the server instance.
        exclude = {"tenant"} if company.username else set()
        self._check(company, {field: name for name, field in COMPANY.items()}, exclude)
        return company

    def _check(self, row: Any, shown_at: dict[str, str], exclude: set[str]) -> None:
        """The model's own check, each sentence at the box it is about and only where nothing is said yet."""
        try:
            row.full_clean(exclude=exclude)
        except ValidationError as error:
            for field, said in error.message_dict.items():
                shown = shown_at.get(field)
                if field == NON_FIELD_ERRORS or shown is None:
                    self.add_error(None, said)
                elif shown not in self.errors:
                    self.add_error(shown, said)

    def save(self) -> Store:
        """Store both, the company first."""
        with transaction.atomic():
            self.made_company.save()
            self.made_store.company = self.made_company
            self.made_store.save()
        return self.made_store
