"""Django admin of webhooks, for support: nothing is added or changed there, the store card's buttons do that."""

from django.contrib import admin
from django.http import HttpRequest

from stores.admin_paging import CountedSoFar
from stores.models import WebhookEndpoint, WebhookEvent, WebhookSubscription


class LookOnly(admin.ModelAdmin):
    paginator = CountedSoFar
    """Rows that the program writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(LookOnly):
    """Deleting one forgets its secret; the next check makes another and tells the vendor."""

    list_display = ("__str__", "wanted", "checked_at", "refused", "refused_at", "problem")
    list_select_related = ("store", "company")
    list_filter = ("wanted",)
    search_fields = ("store__hash", "store__name", "company__name", "problem")
    exclude = ("secret", "previous_secret")


@admin.register(WebhookSubscription)
class WebhookSubscriptionAdmin(LookOnly):
    list_display = ("remote_id", "endpoint", "resource", "expires_at")
    list_select_related = ("endpoint__store", "endpoint__company")
    list_filter = ("endpoint__company",)
    search_fields = ("remote_id", "resource")
    exclude = ("client_state",)


@admin.register(WebhookEvent)
class WebhookEventAdmin(LookOnly):
    list_display = ("received_at", "store", "scope", "remote_id", "signature", "claimed_by", "done_at")
    list_select_related = ("store",)
    list_filter = ("scope", "signature")
    search_fields = ("remote_id", "hash", "claimed_by")
    show_full_result_count = False
