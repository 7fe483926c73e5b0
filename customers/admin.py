"""Support: both mirrors, links and runs, to be looked at only; jobs write them, a change by hand would be undone."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.http import HttpRequest

from customers.models import (
    AddressFormField,
    AddressLink,
    Alarm,
    BusinessCentralCustomer,
    BusinessCentralPhone,
    Conflict,
    Customer,
    CustomerAddress,
    CustomerAttribute,
    CustomerFormField,
    CustomerGroup,
    CustomerMetafield,
    Decision,
    Digest,
    DriftReading,
    Export,
    LeftOut,
    Link,
    Look,
    NotReady,
    ReadinessCheck,
    RecurringTask,
    RefusedPair,
    Run,
    RunRecord,
    SavedView,
    StoreCount,
    Trouble,
)
from stores.admin_paging import CountedSoFar


class ReadOnly:
    """Nobody adds, changes or deletes here, superusers included."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LookOnly(ReadOnly, admin.ModelAdmin):
    paginator = CountedSoFar
    # A count over a million rows for the sake of a line of text is not worth its seconds. A search looks through what
    # one index holds (`customers.text_indexes`), mostly the customer's own text: of several tables none would help.
    show_full_result_count = False
    list_per_page = 50


class Rows(ReadOnly, admin.TabularInline):
    extra = 0
    show_change_link = True


def rows(of: type, *shown: str) -> type[InlineModelAdmin]:
    """A read-only table of these fields of a model, for the page of what it belongs to."""
    return type(f"{of.__name__}Rows", (Rows,), {"model": of, "fields": shown, "readonly_fields": shown})


@admin.register(Customer)
class CustomerAdmin(LookOnly):
    list_display = (
        "__str__",
        "email",
        "store",
        "remote_id",
        "status",
        "failed",
        "conflict",
        "date_modified",
        "gone_at",
    )
    list_filter = ("status", "failed", "conflict", "parked", "store")
    search_fields = ("search__has",)
    list_select_related = ("store",)
    inlines = (
        rows(CustomerAddress, "remote_id", "address1", "city", "postal_code", "country_code"),
        rows(CustomerMetafield, "namespace", "key", "value", "permission_set"),
        rows(CustomerAttribute, "attribute_id", "value"),
        rows(CustomerFormField, "name", "value"),
    )


@admin.register(CustomerAddress)
class CustomerAddressAdmin(LookOnly):
    list_display = ("__str__", "customer", "store", "remote_id", "country_code")
    list_filter = ("store",)
    search_fields = ("customer__search__has",)
    list_select_related = ("store", "customer")
    inlines = (rows(AddressFormField, "name", "value"),)


@admin.register(CustomerMetafield)
class CustomerMetafieldAdmin(LookOnly):
    list_display = ("__str__", "value", "customer", "store", "permission_set", "owner_client_id", "date_modified")
    list_filter = ("store",)
    search_fields = ("customer__search__has",)
    list_select_related = ("store", "customer")


@admin.register(CustomerAttribute)
class CustomerAttributeAdmin(LookOnly):
    list_display = ("customer", "attribute_id", "value")
    search_fields = ("customer__search__has",)
    list_filter = ("customer__store",)
    list_select_related = ("customer",)


@admin.register(CustomerFormField)
class CustomerFormFieldAdmin(LookOnly):
    list_display = ("customer", "name", "value")
    search_fields = ("customer__search__has",)
    list_filter = ("customer__store",)
    list_select_related = ("customer",)


@admin.register(AddressFormField)
class AddressFormFieldAdmin(LookOnly):
    list_display = ("address", "name", "value")
    search_fields = ("address__customer__search__has",)
    list_filter = ("address__store",)
    list_select_related = ("address",)


@admin.register(CustomerGroup)
class CustomerGroupAdmin(LookOnly):
    list_display = ("name", "remote_id", "store")
    list_filter = ("store",)
    search_fields = ("name", "=remote_id")
    list_select_related = ("store",)


@admin.register(BusinessCentralCustomer)
class BusinessCentralCustomerAdmin(LookOnly):
    list_display = (
        "number",
        "display_name",
        "email",
        "city",
        "country",
        "country_iso",
        "company",
        "blocked",
        "gone_at",
    )
    list_filter = ("company",)
    search_fields = ("number__has", "display_name__has", "email__has")
    list_select_related = ("company",)
    inlines = (rows(BusinessCentralPhone, "e164"),)


@admin.register(BusinessCentralPhone)
class BusinessCentralPhoneAdmin(LookOnly):
    list_display = ("e164", "customer")
    search_fields = ("e164__startswith",)
    list_filter = ("customer__company",)
    list_select_related = ("customer",)


@admin.register(Link)
class LinkAdmin(LookOnly):
    list_display = ("customer", "business_central_customer", "store", "rule", "value", "user", "created_at")
    list_filter = ("store", "rule")
    search_fields = ("customer__search__has",)
    list_select_related = ("store", "customer", "business_central_customer", "user")
    inlines = (rows(AddressLink, "source", "address", "created_by_us"),)


@admin.register(AddressLink)
class AddressLinkAdmin(LookOnly):
    list_display = ("link", "source", "address", "created_by_us")
    list_filter = ("created_by_us", "link__store")
    search_fields = ("link__customer__search__has",)
    list_select_related = ("link__customer", "link__business_central_customer", "address")


@admin.register(Run)
class RunAdmin(LookOnly):
    list_display = ("id", "kind", "store", "status", "mode", "trigger", "user", "looked_at", "to_do", "created_at")
    list_filter = ("status", "kind", "trigger", "mode", "store")
    search_fields = ("=id", "message", "store__hash", "user__username")
    list_select_related = ("store", "user")
    exclude = ("lease_token",)


@admin.register(RunRecord)
class RunRecordAdmin(LookOnly):
    list_display = ("label", "run", "outcome", "state", "reason", "cause", "at")
    list_filter = ("outcome", "state", "run__store")
    search_fields = ("customer__search__has",)
    list_select_related = ("run",)


@admin.register(Decision)
class DecisionAdmin(LookOnly):
    list_display = ("kind", "store", "customer", "business_central_customer", "user", "at", "reason")
    list_filter = ("store", "kind")
    search_fields = ("customer__search__has",)
    list_select_related = ("store", "customer", "business_central_customer", "user")


@admin.register(Conflict)
class ConflictAdmin(LookOnly):
    list_display = ("customer", "part", "field", "winner", "waits", "found_at", "settled", "taken", "user")
    list_filter = ("store", "settled", "taken", "field")
    search_fields = ("customer__search__has",)
    list_select_related = ("customer", "user")


@admin.register(RefusedPair)
class RefusedPairAdmin(LookOnly):
    list_display = ("customer", "business_central_customer", "user", "at", "reason")
    list_filter = ("customer__store",)
    search_fields = ("reason", "customer__email_key", "business_central_customer__number")
    list_select_related = ("customer", "business_central_customer", "user")


@admin.register(LeftOut)
class LeftOutAdmin(LookOnly):
    list_display = ("business_central_customer", "store", "email_key", "user", "at", "reason")
    list_filter = ("store",)
    search_fields = ("reason", "email_key", "business_central_customer__number")
    list_select_related = ("business_central_customer", "store", "user")


@admin.register(Trouble)
class TroubleAdmin(LookOnly):
    list_display = ("target", "store", "kind", "cause", "parked", "since", "reason")
    list_filter = ("store", "kind", "parked")
    search_fields = ("customer__search__has",)
    list_select_related = ("store",)


@admin.register(Alarm)
class AlarmAdmin(LookOnly):
    list_display = ("kind", "store", "company", "text", "opened_at", "seen_at", "closed_at")
    list_filter = ("kind", "store")
    search_fields = ("kind", "text")
    list_select_related = ("store", "company")


@admin.register(Look)
class LookAdmin(LookOnly):
    list_display = ("pk", "looked_at", "slowly_looked_at")
    list_filter = ("looked_at",)
    search_fields = ("pk",)


@admin.register(Digest)
class DigestAdmin(LookOnly):
    list_display = ("email", "next_at", "told_until", "problem")
    list_filter = ("told_until",)
    search_fields = ("email", "problem")


@admin.register(StoreCount)
class StoreCountAdmin(LookOnly):
    list_display = ("store", "status", "conflict", "failed", "parked", "n")
    list_filter = ("store", "status", "conflict", "failed", "parked")
    search_fields = ("store__hash", "status")
    list_select_related = ("store",)


@admin.register(NotReady)
class NotReadyAdmin(LookOnly):
    list_display = ("number", "code", "page", "store")
    list_select_related = ("store",)
    list_filter = ("store", "code")
    search_fields = ("number",)


@admin.register(ReadinessCheck)
class ReadinessCheckAdmin(LookOnly):
    list_display = ("store", "checked_at", "mirror_read_at")
    list_filter = ("store",)
    search_fields = ("store__hash",)
    list_select_related = ("store",)


@admin.register(RecurringTask)
class RecurringTaskAdmin(LookOnly):
    list_display = ("kind", "store", "every_minutes", "cron", "time_zone", "due_at", "waits_for", "created_by")
    list_filter = ("store", "kind")
    search_fields = ("kind", "store__hash", "waits_for")
    list_select_related = ("store", "created_by")


@admin.register(SavedView)
class SavedViewAdmin(LookOnly):
    list_display = ("name", "owner", "store", "default", "query", "made_at")
    list_filter = ("store", "default")
    search_fields = ("name", "query", "owner__username")
    list_select_related = ("owner", "store")


@admin.register(Export)
class ExportAdmin(LookOnly):
    list_display = ("started_at", "username", "kind", "about", "format", "filters", "rows", "status", "ended_at")
    list_filter = ("status", "kind", "format", "store")
    search_fields = ("username", "about", "filters")
    list_select_related = ("store",)


@admin.register(DriftReading)
class DriftReadingAdmin(LookOnly):
    list_display, list_select_related = ("kind", "owner", "key", "run"), ("run",)
    list_filter, search_fields = ("kind",), ("=owner",)
