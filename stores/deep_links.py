"""Addresses of one customer in the vendors' own pages: BigCommerce's control panel, Business Central's client."""

from urllib.parse import quote, urlencode

from django.conf import settings

from stores.models import BusinessCentralCompany, Store

# Page numbers of Business Central's client, by the names that readiness reasons give them, with the key's field.
# learn.microsoft.com/dynamics365/business-central/dev-itpro/developer/devenv-web-client-urls
PAGES = {
    "Customer Card": (21, "No."),
    "Contact Card": (5050, "No."),
    "Countries/Regions": (10, "Code"),
}


def bigcommerce_customer(store: Store, remote_id: int) -> str:
    """The customer in the store's control panel; its address is what the store says, else the usual one of its hash."""
    base = str(store.information.get("control_panel_base_url") or f"https://store-{store.hash}.mybigcommerce.com")
    if not base.startswith("https://"):
        base = f"https://store-{store.hash}.mybigcommerce.com"
    return f"{base.rstrip('/')}/manage/customers/{remote_id}/edit"


def business_central_page(company: BusinessCentralCompany, page: str, key: str) -> str:
    """One record on a page of PAGES in the company's web client; "" where no address of the client is known."""
    base = settings.BUSINESS_CENTRAL_CLIENT_URL.rstrip("/")
    if page not in PAGES or not base:
        return ""
    number, field = PAGES[page]
    # On-premises (a user with a web service key) the client's address has neither tenant nor environment.
    place = "" if company.username else f"/{quote(company.tenant, safe='')}/{quote(company.environment, safe='')}"
    doubled = key.replace("'", "''")
    asked = {"company": company.name, "page": str(number), "filter": f"'{field}' IS '{doubled}'"}
    return f"{base}{place}/?{urlencode(asked, quote_via=quote)}"


def business_central_customer(company: BusinessCentralCompany, number: str) -> str:
    """The customer's Customer Card."""
    return business_central_page(company, "Customer Card", number)
