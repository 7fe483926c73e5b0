"""Match rules, required fields and customer groups of a store, as rows."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from mapping import setup
from mapping.default_setup import compares_from_json
from mapping.defaults import DEFAULT_REQUIRED, LOCKED_REQUIRED
from mapping.match_rules import DEFAULT_RULES, Rule
from mapping.models.base import SetupRow, said_by
from mapping.setup_parts import GroupRow
from stores.models import Store

_DEFAULT_ENABLED = {rule.name: rule.enabled for rule in DEFAULT_RULES}


class MatchRule(SetupRow):
    """One of the seven rules: on or off, what it compares. Saving writes the store's switch (Store.rules) too."""

    class Name(models.TextChoices):
        TRACKING = "tracking", "Tracking metafields"
        PHONE = "phone", "Phone"
        METAFIELDS = "metafields", "Metafields"
        ATTRIBUTES = "attributes", "Attributes"
        FORM_FIELDS = "form_fields", "Form fields"
        EMAIL = "email", "E-mail"
        TAX = "tax", "Tax registration number"

    KEY = ("name",)
    FIELDS = ("name", "enabled", "compares", "order")

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="match_rules")
    name = models.CharField(max_length=20, choices=Name)
    enabled = models.BooleanField("on", default=True)
    compares = models.JSONField(
        default=list,
        blank=True,
        help_text='[{"table": "attribute", "name": "Customer number", "with_field": "number"}]',
    )
    order = models.PositiveIntegerField(default=100)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="one_row_per_rule")]

    def __str__(self) -> str:
        return self.get_name_display()

    @property
    def setup_key(self) -> str:
        return f"rule.{self.name}"

    @property
    def is_on(self) -> bool:
        """Whether the rule is on; the store card's switch counts where it was used since the row was saved."""
        return setup.switch_of(self.store, self.name, self.enabled)

    @classmethod
    def switch(cls, store: Store, switches: Mapping[str, Any], by: Any, via: str) -> None:
        """Switch the store's rules as Store.rules says it (what it leaves out is as by default), each that differs as
        a change of its row: recorded with who made it, and open until it is planned or dismissed."""
        setup.ensure_defaults(store)
        for row in store.match_rules.all():
            row.store = store
            wanted = bool(switches.get(row.name, _DEFAULT_ENABLED.get(row.name)))
            if wanted != row.is_on:
                row.enabled = wanted
                said_by(row, by, via).save()

    def as_rule(self, enabled: bool | None = None) -> Rule:
        return setup.rule_of(self.name, self.enabled if enabled is None else enabled, self.compares)

    def why_protected(self) -> str:
        return "A match rule cannot be deleted; switch it off instead."

    def clean_shape(self) -> None:
        super().clean_shape()
        try:
            compares_from_json(self.compares)
        except ValueError as error:
            raise ValidationError({"compares": str(error)}) from None

    def save(self, *args: Any, **options: Any) -> None:
        super().save(*args, **options)
        # One answer to "is it on", whoever asks: the store card and connect_store read and write the store's switches.
        fresh = Store.objects.select_for_update().get(pk=self.store_id)
        switches = {name: on for name, on in fresh.rules.items() if name != self.name}
        if self.enabled != _DEFAULT_ENABLED.get(self.name):
            switches[self.name] = self.enabled
        if switches != fresh.rules:
            Store.objects.filter(pk=self.store_id).update(rules=switches)
        self.store.rules = switches


class RequiredField(SetupRow):
    """A field of Business Central without which Add Customers does not create; e-mail and names always are."""

    KEY = ("name",)
    FIELDS = ("name", "order")

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="required_fields")
    name = models.CharField(max_length=64, help_text="as in the catalogue, for instance postal_code")
    order = models.PositiveIntegerField(default=100)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="one_row_per_required_field")]

    def __str__(self) -> str:
        return self.name

    @property
    def setup_key(self) -> str:
        return f"required.{self.name}"

    def why_protected(self) -> str:
        if self.name in LOCKED_REQUIRED:
            return "BigCommerce demands e-mail, first name and surname; they cannot be taken away."
        return ""

    @property
    def is_default(self) -> bool:
        return self.name in DEFAULT_REQUIRED


class GroupMapping(SetupRow):
    """A BigCommerce customer group and the Business Central price or discount group it stands for, both ways."""

    class Kind(models.TextChoices):
        PRICE = "price", "Customer price group"
        DISCOUNT = "discount", "Customer discount group"

    KEY = ("kind", "code")
    FIELDS = ("group_id", "kind", "code")

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="group_mappings")
    group_id = models.PositiveIntegerField("BigCommerce customer group id")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PRICE)
    code = models.CharField("group code in Business Central", max_length=20)

    class Meta:
        verbose_name = "customer group"
        ordering = ["kind", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "code"],
                name="one_group_per_code",
                violation_error_message="This group of Business Central is mapped already.",
            ),
            # That a group stands for one code of a kind is checked in words; an import may swap two of them.
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.code}"

    @property
    def setup_key(self) -> str:
        return f"group.{self.kind}.{self.code}"

    def as_group(self) -> GroupRow:
        return setup.group_of(self.group_id, self.kind, self.code)
