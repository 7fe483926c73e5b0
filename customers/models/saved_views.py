"""Saved views of the Customers list: filters, search and order under a name, for one person or for everybody."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Lower

from stores.models import Store

# What stands for "nobody" and "no store" where a name must be unique: databases differ in whether two blanks are equal.
OWNER, LIST = Coalesce("owner", Value(0)), Coalesce("store", Value(0))


class SavedView(models.Model):
    """What a list shows under a name. owner: None, it is for everybody. store: None, of the list of all stores.

    query: a query string as `customers.pages.filter_query` writes it, with the order. It is read leniently, as any
    address is: a group or a country that is gone finds nobody and stays visible as a filter.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_views"
    )
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    default = models.BooleanField("opens first", default=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(OWNER, LIST, Lower("name"), name="one_view_per_owner_list_and_name"),
            models.UniqueConstraint(OWNER, LIST, condition=Q(default=True), name="one_view_opens_first"),
        ]

    def __str__(self) -> str:
        return self.name
