"""Where vendors reach the receivers: PUBLIC_URL and the receivers' paths, and what is wrong with the setting."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from stores.models import BusinessCentralCompany, Store

POLLING_ALONE = "Without a public address everything works by polling alone: changes arrive with the next schedule."


def bigcommerce_url(store: Store) -> str:
    """Where this store's events go."""
    return f"{settings.PUBLIC_URL}{reverse('receive_bigcommerce', args=[store.hash])}"


def bigcommerce_exceptions_url(store: Store) -> str:
    """Where BigCommerce tells of deliveries that failed: it wants another destination for these."""
    return f"{settings.PUBLIC_URL}{reverse('receive_bigcommerce_exceptions', args=[store.hash])}"


def business_central_url(company: BusinessCentralCompany) -> str:
    """Where this company's notifications go."""
    return f"{settings.PUBLIC_URL}{reverse('receive_business_central', args=[company.pk])}"


def trouble_with_public_url() -> str:
    """Why no webhook can be registered, as a sentence; "" when one can."""
    if not settings.PUBLIC_URL:
        return f"PUBLIC_URL is not set. {POLLING_ALONE}"
    try:
        parts = urlsplit(settings.PUBLIC_URL)
        port = parts.port
    except ValueError:
        return f"PUBLIC_URL ({settings.PUBLIC_URL}) is not an address. {POLLING_ALONE}"
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        return f"PUBLIC_URL ({settings.PUBLIC_URL}) is not an address like https://bcsync.example.com. {POLLING_ALONE}"
    if settings.DEVELOPMENT and parts.hostname in ("127.0.0.1", "localhost"):
        return ""
    if parts.scheme != "https" or port not in (None, 443):
        wrong = f"PUBLIC_URL ({settings.PUBLIC_URL}) must be https on port 443: BigCommerce sends nowhere else."
        return f"{wrong} {POLLING_ALONE}"
    return ""
