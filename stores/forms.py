"""Forms of the Django admin whose secrets are typed in and never shown: left blank, the old one stays."""

import hashlib
import json
from typing import Any

from django import forms

from bcsync.clients.business_central_countries import USER_ASSIGNED, is_iso
from stores.models import BusinessCentralCompany, Store
from stores.views import RULES

LONGEST_CODE = 10  # characters of a country/region code


class SecretField(forms.CharField):
    """A password box that is always empty; says whether something is stored."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        super().__init__(required=False, strip=True, widget=widget, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class SecretsForm(forms.ModelForm):
    """Keeps each of `secrets` when its box is left blank, and never gives the stored one to the widget.

    A form that was opened before somebody else saved is refused: it would put back every switch as it was then.
    """

    secrets: tuple[str, ...] = ()
    seen = forms.CharField(required=False, widget=forms.HiddenInput, label="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = {name: getattr(self.instance, name) for name in self.secrets}
        for name in self.secrets:
            self.initial.pop(name, None)
            state = "Set. Leave blank to keep it." if self.stored[name] else "Not set."
            self.fields[name].help_text = f"{state} {self.fields[name].help_text}".strip()
        self.initial["seen"] = self._digest()

    def _digest(self) -> str:
        """What the form shows, in short; nothing can be told of a secret from it."""
        shown = {name: self.initial.get(name) for name in self.fields if name not in (*self.secrets, "seen")}
        return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:20]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for name in self.secrets:
            values[name] = values.get(name) or self.stored[name]
        if self.instance.pk is not None and values.get("seen") != self.initial["seen"]:
            said = "Somebody changed this since you opened it (History says who). Nothing was saved; open it again."
            self.add_error(None, said)
        return values


class StoreForm(SecretsForm):
    secrets = ("access_token", "client_secret")
    access_token = SecretField()
    client_secret = SecretField(help_text="Of the API account; verifies webhooks.")

    class Meta:
        model = Store
        exclude: tuple[str, ...] = ()

    def clean_rules(self) -> dict[str, bool]:
        """{"email": true}: names of match rules, on or off."""
        given = self.cleaned_data["rules"] or {}
        if not isinstance(given, dict) or not all(name in RULES and isinstance(on, bool) for name, on in given.items()):
            raise forms.ValidationError(f'Give {{"RULE": true or false}} for rules of {", ".join(RULES)}.')
        return given


class CompanyForm(SecretsForm):
    secrets = ("client_secret", "web_service_key")
    client_secret = SecretField()
    web_service_key = SecretField(help_text="On-premises only.")

    class Meta:
        model = BusinessCentralCompany
        exclude: tuple[str, ...] = ()

    def clean_country_iso(self) -> dict[str, str]:
        """{"EL": "GR"}: country/region codes and ISO codes."""
        given = self.cleaned_data["country_iso"] or {}
        if not isinstance(given, dict):
            raise forms.ValidationError('Give {"CODE": "ISO code"}, for instance {"EL": "GR"}.')
        for code, iso in given.items():
            if not 0 < len(code.strip()) <= LONGEST_CODE or not isinstance(iso, str):
                raise forms.ValidationError(f"{code[:20]!r}: give 1 to {LONGEST_CODE} characters and an ISO code.")
            if not is_iso(iso) and iso not in USER_ASSIGNED:
                raise forms.ValidationError(f"{code}: {iso[:20]!r} is not an ISO 3166-1 code.")
        return given
