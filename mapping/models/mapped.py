"""Tables of rows that map a Business Central field to BigCommerce: fields, metafields, attributes, form fields."""

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import models

from mapping.defaults import TRACKING_NAMESPACE
from mapping.models.base import Protected, SetupRow
from mapping.rows import BlankPolicy, FieldRow, Owner, Place, TooLongPolicy, steps_from_json
from stores.models import Store


class MappedRow(SetupRow):
    """Source, steps and manners; a subclass says what the target is."""

    class OwnerChoice(models.TextChoices):
        BUSINESS_CENTRAL = "business_central", "Business Central"
        BIGCOMMERCE = "bigcommerce", "BigCommerce"
        NEWEST = "newest", "Newest"
        FILL_IF_EMPTY = "fill_if_empty", "Fill if empty"
        NEVER = "never", "Never"

    class Blank(models.TextChoices):
        KEEP = "keep", "A blank keeps the value"
        SEND = "send", "A blank empties the value"

    class TooLong(models.TextChoices):
        REJECT = "reject", "Reject the value"
        SHORTEN = "shorten", "Shorten the value"

    MANNERS = ("source_table", "source_field", "steps", "owner", "blank", "too_long", "required", "order")

    source_table = models.CharField(max_length=30, blank=True)
    source_field = models.CharField(max_length=128, blank=True)
    steps = models.JSONField("transform", default=list, blank=True)
    owner = models.CharField(max_length=20, choices=OwnerChoice, default=OwnerChoice.BUSINESS_CENTRAL)
    blank = models.CharField("blank value", max_length=10, choices=Blank, default=Blank.KEEP)
    too_long = models.CharField("too long", max_length=10, choices=TooLong, default=TooLong.REJECT)
    required = models.BooleanField(default=False)
    order = models.PositiveIntegerField(default=1000)

    class Meta:
        abstract = True

    def target(self) -> Place:
        raise NotImplementedError

    @property
    def setup_key(self) -> str:
        return str(self.target())

    def as_row(self) -> FieldRow:
        """The row as the mapping core takes it; steps of another shape count as none (clean refuses them)."""
        return FieldRow(
            Place(self.source_table, self.source_field),
            self.target(),
            _steps(self.steps),
            cast(Owner, self.owner),
            cast(BlankPolicy, self.blank),
            cast(TooLongPolicy, self.too_long),
            self.required,
            **self._details(),
        )

    def _details(self) -> dict[str, Any]:
        return {}

    def clean_shape(self) -> None:
        super().clean_shape()
        try:
            steps_from_json(self.steps)
        except ValueError as error:
            raise ValidationError({"steps": str(error)}) from None


def _steps(data: Any) -> Any:
    try:
        return steps_from_json(data)
    except ValueError:
        return ()


class FieldMappingRow(MappedRow):
    """A field of BigCommerce's customer or addresses."""

    class Table(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        ADDRESS = "address", "Address"
        SHIP_TO_ADDRESS = "ship_to_address", "Address of a ship-to"

    KEY = ("target_table", "target_field")
    FIELDS = ("target_table", "target_field", *MappedRow.MANNERS)

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="field_mapping")
    target_table = models.CharField(max_length=20, choices=Table)
    target_field = models.CharField(max_length=64)

    class Meta:
        verbose_name = "field mapping"
        verbose_name_plural = "field mapping"
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "target_table", "target_field"],
                name="one_row_per_target",
                violation_error_message="Another row maps this target already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.target_table}.{self.target_field}"

    def target(self) -> Place:
        return Place(self.target_table, self.target_field)


class MetafieldDefinition(MappedRow):
    """A customer metafield that we write; the first two of each store are the system's own."""

    class Permission(models.TextChoices):
        APP_ONLY = "app_only", "App only"
        READ = "read", "Read"
        WRITE = "write", "Write"
        READ_STOREFRONT = "read_and_sf_access", "Read and storefront access"
        WRITE_STOREFRONT = "write_and_sf_access", "Write and storefront access"

    KEY = ("name",)
    FIELDS = ("namespace", "name", "description", "permission_set", *MappedRow.MANNERS)
    FIXED = ("namespace", "name", "source_table", "source_field", "steps", "owner", "blank", "too_long", "required")
    SYSTEM = "This metafield is the system's own: it holds the linked Business Central customer, and "

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="metafield_definitions")
    namespace = models.CharField(max_length=255, default=TRACKING_NAMESPACE)
    name = models.CharField(max_length=255, help_text="the metafield's key")
    description = models.CharField(max_length=255, blank=True)
    permission_set = models.CharField("permission", max_length=20, choices=Permission, default=Permission.APP_ONLY)
    # A metafield cannot be emptied: a blank deletes it.
    blank = models.CharField("blank value", max_length=10, choices=MappedRow.Blank, default=MappedRow.Blank.SEND)
    system = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = "customer metafield"
        ordering = ["-system", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "name"],
                name="one_metafield_per_name",
                violation_error_message="Another metafield of this store has this name.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}"

    def target(self) -> Place:
        return Place("metafield", self.name, self.namespace)

    def _details(self) -> dict[str, Any]:
        return {"permission_set": self.permission_set, "description": self.description}

    def why_protected(self) -> str:
        return f"{self.SYSTEM}cannot be deleted." if self.system else ""

    def clean(self) -> None:
        if changed := self._changed_system_fields():
            raise ValidationError(dict.fromkeys(changed, f"{self.SYSTEM}only its permission and words can change."))
        super().clean()

    def save(self, *args: Any, **options: Any) -> None:
        if why := self.why_fixed():
            raise Protected(why[0])
        super().save(*args, **options)

    def why_fixed(self) -> list[str]:
        return [f"{self.SYSTEM}only its permission and words can change."] if self._changed_system_fields() else []

    def _changed_system_fields(self) -> list[str]:
        """The fixed fields of a system row that differ from what is stored, whatever the row now says of itself."""
        old = type(self)._base_manager.filter(pk=self.pk, system=True).first() if self.pk else None
        if old is None:
            return []
        self.system = True
        return [name for name in self.FIXED if getattr(self, name) != getattr(old, name)]


class AttributeDefinition(MappedRow):
    """A customer attribute; one with a type is created in the store when it is missing there."""

    class Type(models.TextChoices):
        AS_IN_STORE = "", "As in the store, never created"
        TEXT = "string", "Text"
        NUMBER = "number", "Number"
        DATE = "date", "Date"

    KEY = ("name",)
    FIELDS = ("name", "type", *MappedRow.MANNERS)

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="attribute_definitions")
    name = models.CharField(max_length=255)
    type = models.CharField(
        max_length=10, choices=Type, default=Type.TEXT, blank=True, help_text="cannot change once it is in the store"
    )

    class Meta:
        verbose_name = "customer attribute"
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "name"],
                name="one_attribute_per_name",
                violation_error_message="Another attribute of this store has this name.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def target(self) -> Place:
        return Place("attribute", self.name)

    def _details(self) -> dict[str, Any]:
        return {"type": self.type}


class FormFieldRow(MappedRow):
    """A form field of the store's sign-up or address form; it must exist there, nobody can create one by API."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "Customer form field"
        ADDRESS = "address", "Customer address form field"

    class Type(models.TextChoices):
        TEXT = "text", "Text"
        MULTILINE = "multiline", "Text of several lines"
        NUMBERS = "numbers", "Number"
        DATE = "date", "Date"
        CHECKBOXES = "checkboxes", "Checkboxes"
        RADIOBUTTONS = "radiobuttons", "Radio buttons"
        PICKLIST = "picklist", "Pick list"

    KEY = ("kind", "name")
    FIELDS = ("kind", "name", "type", "options", *MappedRow.MANNERS)

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="form_field_rows")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CUSTOMER)
    name = models.CharField(max_length=255, help_text="as in the store")
    type = models.CharField(max_length=15, choices=Type, default=Type.TEXT)
    options = models.JSONField(default=list, blank=True, help_text="the choices that the store offers, when known")

    class Meta:
        verbose_name = "form field"
        ordering = ["kind", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "name"],
                name="one_form_field_per_name",
                violation_error_message="Another row maps this form field already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    def target(self) -> Place:
        return Place("form_field" if self.kind == self.Kind.CUSTOMER else "address_form_field", self.name)

    def _details(self) -> dict[str, Any]:
        options = self.options if isinstance(self.options, list) else []
        return {"type": self.type, "options": tuple(str(option) for option in options)}

    def clean_shape(self) -> None:
        super().clean_shape()
        if not isinstance(self.options, list) or not all(isinstance(option, str) for option in self.options):
            raise ValidationError({"options": "The options must be a list of texts."})
