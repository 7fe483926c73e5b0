"""Default customers: those of Business Central that shoppers share. They are assigned, and never anybody's link."""

from mapping.models import CustomerTemplate
from stores.models import Store


def default_numbers(store: Store) -> set[str]:
    """Customer numbers that this store assigns shoppers to: its own, and those of its templates."""
    templates = CustomerTemplate.objects.filter(store=store).values_list("default_customer_number", flat=True)
    return {store.default_customer_number, *templates} - {""}


def refusal(number: str) -> str:
    """Why nobody is linked to it."""
    return f"Business Central customer {number} is a default customer of this store, so nobody is linked to it alone."
