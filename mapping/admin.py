"""The set-up in the Django admin: checked by the same rules as the pages, every change recorded with who made it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from mapping.models import (
    AttributeDefinition,
    CustomerTemplate,
    FieldMappingRow,
    FormFieldRow,
    GroupMapping,
    MatchRule,
    MetafieldDefinition,
    OpenChanges,
    RequiredField,
    SetupChange,
    said_by,
)
from mapping.seen import of_row, said, seen_of


class SeenForm(forms.ModelForm):
    """Refuses to save over what somebody else saved since the form was opened, and shows that it did."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput, label="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = seen_of(self.instance)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.instance.pk is not None and values.get("seen") != self.initial["seen"]:
            changed = said(of_row(self.instance), "this row")
            self.add_error(
                None, f"{changed}, after you opened it. Nothing was saved. Open it again to see what is there."
            )
        return values


class SetupAdmin(admin.ModelAdmin):
    """Records who saved; a protected row is shown as such instead of being deleted."""

    form = SeenForm
    list_select_related = ("store",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, said_by(obj, request.user, "admin"), form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, said_by(obj, request.user, "admin"))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            said_by(row, request.user, "admin").delete()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Rows that are protected stop the deletion with their reason, like those the database protects."""
        rows = list(objs)
        shown, counts, lacking, protected = super().get_deleted_objects(rows, request)
        return shown, counts, lacking, [*protected, *(f"{row}: {why}" for row in rows if (why := row.why_protected()))]


COLUMNS = ("__str__", "store", "source_table", "source_field", "owner", "blank", "required", "order")


@admin.register(FieldMappingRow)
class FieldMappingRowAdmin(SetupAdmin):
    list_display = COLUMNS
    list_filter = ("store", "target_table", "owner")
    search_fields = ("store__hash", "target_field", "source_field")


@admin.register(MetafieldDefinition)
class MetafieldDefinitionAdmin(SetupAdmin):
    list_display = (
        "__str__",
        "store",
        "system",
        "permission_set",
        "source_table",
        "source_field",
        "description",
    )
    list_filter = ("store", "permission_set", "system")
    search_fields = ("store__hash", "name", "description")
    readonly_fields = ("system",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = MetafieldDefinition.FIXED if obj is not None and obj.system else ()
        return (*super().get_readonly_fields(request, obj), *fixed)


@admin.register(AttributeDefinition)
class AttributeDefinitionAdmin(SetupAdmin):
    list_display = COLUMNS
    list_filter = ("store", "type")
    search_fields = ("store__hash", "name")


@admin.register(FormFieldRow)
class FormFieldRowAdmin(SetupAdmin):
    list_display = COLUMNS
    list_filter = ("store", "kind", "type")
    search_fields = ("store__hash", "name")


@admin.register(MatchRule)
class MatchRuleAdmin(SetupAdmin):
    list_display = ("name", "store", "is_on", "order")
    list_filter = ("store", "name")
    search_fields = ("store__hash", "name")

    @admin.display(boolean=True, description="on")
    def is_on(self, row: MatchRule) -> bool:
        return row.is_on

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> MatchRule | None:
        """The form shows the switch as it counts, also where the store card was the last to move it."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.enabled = row.is_on
        return row


@admin.register(RequiredField)
class RequiredFieldAdmin(SetupAdmin):
    list_display = ("name", "store", "order")
    list_filter = ("store",)
    search_fields = ("store__hash", "name")


@admin.register(GroupMapping)
class GroupMappingAdmin(SetupAdmin):
    list_display = ("store", "kind", "code", "group_id")
    list_filter = ("store", "kind")
    search_fields = ("store__hash", "code")


@admin.register(CustomerTemplate)
class CustomerTemplateAdmin(SetupAdmin):
    list_display = (
        "store",
        "country",
        "group_id",
        "vat_present",
        "contact_type",
        "default_customer_number",
    )
    list_filter = ("store", "country", "contact_type", "vat_present")
    search_fields = ("store__hash", "store__name", "country", "default_customer_number")


class ToBeLookedAtAdmin(admin.ModelAdmin):
    """What is recorded by itself and changed by nobody."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SetupChange)
class SetupChangeAdmin(ToBeLookedAtAdmin):
    """The record of changes."""

    list_display = ("at", "by", "via", "store", "company", "kind", "row", "action")
    list_filter = ("store", "kind", "action", "via")
    search_fields = ("row", "store__hash", "by__username")
    list_select_related = ("store", "company", "by")


@admin.register(OpenChanges)
class OpenChangesAdmin(ToBeLookedAtAdmin):
    """Changes with whom they touch, who planned or dismissed them, and with which run."""

    list_display = ("began_at", "began_by", "store", "saves", "reach", "closed", "closed_at", "closed_by", "run")
    list_filter = ("store", "closed")
    search_fields = ("store__hash", "store__name", "began_by__username", "closed_by__username")
    list_select_related = ("store", "began_by", "closed_by")
