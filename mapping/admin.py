"""Setup of the templates for new Business Central customers."""

from django.contrib import admin

from mapping.models import CustomerTemplate


@admin.register(CustomerTemplate)
class CustomerTemplateAdmin(admin.ModelAdmin):
    list_display = ("store", "country", "group_id", "vat_present", "contact_type", "default_customer_number")
    list_filter = ("store", "country", "contact_type", "vat_present")
    search_fields = ("store__hash", "store__name", "country", "default_customer_number")
    list_select_related = ("store",)
