"""Setup: stores, their companies, cursors and people. Secrets are never rendered; only superusers make superusers."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.module_loading import import_string

from stores.admin_webhooks import WebhookEndpointAdmin, WebhookEventAdmin, WebhookSubscriptionAdmin
from stores.forms import CompanyForm, StoreForm
from stores.models import BusinessCentralCompany, ReaderSetting, Store, SyncCursor
from stores.roles import ADMINISTRATOR

# Of an app that is built on this one.
SAVE_COUNTRY_CODES = "mapping.country_codes.save_country_codes"
__all__ = ["WebhookEndpointAdmin", "WebhookEventAdmin", "WebhookSubscriptionAdmin"]

admin.site.site_header = admin.site.site_title = "bcsync setup"
admin.site.index_title = "Setup"


@admin.register(Store)
class StoreAdmin(admin.ModelAdmin):
    form = StoreForm
    list_display = ("hash", "name", "company", "writes_enabled", "create_unknown", "token_set", "imported_at")
    list_filter = ("writes_enabled", "create_unknown", "may_update_business_central", "company")
    search_fields = ("hash", "name", "company__name")
    list_select_related = ("company",)
    readonly_fields = (
        "information",
        "channels",
        "attributes",
        "geography_read_at",
        "imported_at",
        "last_test",
        "created_at",
    )
    fieldsets = (
        ("General", {"fields": ("hash", "name", "company", "seen")}),
        ("BigCommerce connection", {"fields": ("access_token", "client_id", "client_secret", "metafield_namespaces")}),
        ("Customer mapping", {"fields": ("rules",)}),
        ("Customer creation", {"fields": ("create_unknown", "default_customer_number")}),
        (
            "Synchronization",
            {
                "fields": (
                    "writes_enabled",
                    "may_update_business_central",
                    "brake_count",
                    "brake_share",
                    "compare_share",
                    "when_deleted",
                    "when_blocked",
                    "delete_too",
                )
            },
        ),
        ("Retention", {"fields": ("run_detail_days", "log_days")}),
        ("What the store said of itself", {"classes": ("collapse",), "fields": readonly_fields}),
    )

    def save_model(self, request: HttpRequest, obj: Store, form: Any, change: bool) -> None:
        """A match rule is switched by its row, as on the page Match Rules: recorded, and an open change."""
        wanted = obj.rules
        if change:
            obj.rules = Store.objects.get(pk=obj.pk).rules
        super().save_model(request, obj, form, change)
        apps.get_model("mapping", "MatchRule").switch(obj, wanted, request.user, "admin")

    @admin.display(boolean=True, description="token set")
    def token_set(self, row: Store) -> bool:
        return bool(row.access_token)


@admin.register(BusinessCentralCompany)
class BusinessCentralCompanyAdmin(admin.ModelAdmin):
    form = CompanyForm
    list_display = ("name", "environment", "tenant", "secret_set", "refreshed_at", "capabilities_read_at")
    list_filter = ("environment",)
    search_fields = ("name", "tenant", "environment")
    readonly_fields = ("remote_id", "capabilities", "capabilities_read_at", "refreshed_at")
    fieldsets = (
        ("Company", {"fields": ("tenant", "environment", "name", "remote_id", "seen")}),
        ("Connection", {"fields": ("client_id", "client_secret", "username", "web_service_key")}),
        ("Countries", {"fields": ("country_iso",)}),
        (
            "What was found",
            {"classes": ("collapse",), "fields": ("capabilities", "capabilities_read_at", "refreshed_at")},
        ),
    )

    def save_model(self, request: HttpRequest, obj: BusinessCentralCompany, form: Any, change: bool) -> None:
        """Country/region codes are changed as on their page: recorded, and an open change of each store."""
        codes, store = obj.country_iso, obj.stores.select_related("company").first() if change else None
        if store is not None:
            obj.country_iso = store.company.country_iso
        super().save_model(request, obj, form, change)
        if store is not None:
            import_string(SAVE_COUNTRY_CODES)(store, codes, request.user, "admin")

    @admin.display(boolean=True, description="secret set")
    def secret_set(self, row: BusinessCentralCompany) -> bool:
        return bool(row.client_secret or row.web_service_key)


@admin.register(SyncCursor)
class SyncCursorAdmin(admin.ModelAdmin):
    """Deleting a cursor makes the next reading of that feed a full one."""

    list_display = ("feed", "store", "company", "changed_since", "stored_at")
    list_filter = ("feed", "store", "company")
    search_fields = ("feed", "store__hash", "company__name")
    readonly_fields = ("store", "company", "feed", "changed_since", "stored_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


admin.site.unregister(User)


@admin.register(ReaderSetting)
class ReaderSettingAdmin(admin.ModelAdmin):
    """What a person chose under Region and time zone."""

    list_display = ("user", "locale", "zone")
    list_filter = ("locale", "zone")
    search_fields = ("user__username", "locale", "zone")


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People and their roles. Who is no superuser can neither make one nor change one, nor give single permissions."""

    list_display = ("username", "first_name", "last_name", "email", "roles", "is_active", "last_login")
    guarded = ("is_superuser", "is_staff", "user_permissions", "last_login", "date_joined")

    @admin.display(description="roles")
    def roles(self, row: User) -> str:
        if row.is_superuser:
            return "superuser"
        return ", ".join(sorted(group.name for group in row.groups.all())) or "none"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if request.user.is_superuser else self.guarded

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or not obj.is_superuser or bool(request.user.is_superuser))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """An administrator may sign in to the Django admin; losing the role takes that away."""
        super().save_related(request, form, formsets, change)
        person = form.instance
        staff = person.is_superuser or person.groups.filter(name=ADMINISTRATOR).exists()
        if staff != person.is_staff:
            person.is_staff = staff
            person.save(update_fields=["is_staff"])
