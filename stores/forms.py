"""Forms of the Django admin whose secrets are typed in and never shown: left blank, the old one stays."""

from typing import Any

from django import forms

from stores.models import BusinessCentralCompany, Store


class SecretField(forms.CharField):
    """A password box that is always empty; says whether something is stored."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        super().__init__(required=False, strip=True, widget=widget, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class SecretsForm(forms.ModelForm):
    """Keeps each of `secrets` when its box is left blank, and never gives the stored one to the widget."""

    secrets: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = {name: getattr(self.instance, name) for name in self.secrets}
        for name in self.secrets:
            self.initial.pop(name, None)
            state = "Set. Leave blank to keep it." if self.stored[name] else "Not set."
            self.fields[name].help_text = f"{state} {self.fields[name].help_text}".strip()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for name in self.secrets:
            values[name] = values.get(name) or self.stored[name]
        return values


class StoreForm(SecretsForm):
    secrets = ("access_token", "client_secret")
    access_token = SecretField()
    client_secret = SecretField(help_text="Of the API account; verifies webhooks.")

    class Meta:
        model = Store
        exclude: tuple[str, ...] = ()


class CompanyForm(SecretsForm):
    secrets = ("client_secret", "web_service_key")
    client_secret = SecretField()
    web_service_key = SecretField(help_text="On-premises only.")

    class Meta:
        model = BusinessCentralCompany
        exclude: tuple[str, ...] = ()
