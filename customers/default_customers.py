"""Default customers: those of Business Central that shoppers share. They are assigned, and never anybody's link."""

from django.db.models import QuerySet

from customers.models import BusinessCentralCustomer
from mapping.models import CustomerTemplate
from stores.models import Store


def default_numbers(store: Store) -> set[str]:
    """Customer numbers that this store assigns shoppers to: its own, and those of its templates."""
    templates = CustomerTemplate.objects.filter(store=store).values_list("default_customer_number", flat=True)
    return {store.default_customer_number, *templates} - {""}


def without_defaults(rows: QuerySet[BusinessCentralCustomer], store: Store) -> QuerySet[BusinessCentralCustomer]:
    """The rows that somebody of this store may be, in the same statement."""
    templates = CustomerTemplate.objects.filter(store=store).exclude(default_customer_number="")
    rows = rows.exclude(number__in=templates.values("default_customer_number"))
    own = store.default_customer_number
    return rows.exclude(number=own) if own else rows


def refusal(number: str) -> str:
    """Why nobody is linked to it."""
    return f"Business Central customer {number} is a default customer of this store, so nobody is linked to it alone."
