"""Where the cast lives: two stores on one company, with what a demo needs to connect and set them up."""

from typing import Any

FIRST, SECOND = "k3v9x1q7p2", "m8d2r5w4z1"
TENANT, ENVIRONMENT, NAME = "cronus.example", "Production", "CRONUS UK Ltd."

# The sandbox's own secrets: they open nothing else.
COMPANY: dict[str, str] = {
    "tenant": TENANT,
    "environment": ENVIRONMENT,
    "name": NAME,
    "client_id": "5f0c1d9e-0000-4000-8000-00000000ca57",
    "client_secret": "sandbox-secret-of-the-application",
}
STORES: dict[str, dict[str, Any]] = {
    FIRST: {
        "name": "Fabrikam Outdoor",
        "token": "sandbox-token-of-fabrikam",
        "client_id": "fabrikam-account",
        "client_secret": "sandbox-webhook-secret-of-fabrikam",
        "channels": ["Fabrikam Outdoor"],
    },
    SECOND: {
        "name": "Fabrikam Trade",
        "token": "sandbox-token-of-trade",
        "client_id": "trade-account",
        "client_secret": "sandbox-webhook-secret-of-trade",
        "channels": ["Fabrikam Trade", "Fabrikam Trade Outlet"],
    },
}
# How each store is set up in bcsync: switches of connect_store.
SETTINGS: dict[str, dict[str, str]] = {
    FIRST: {"create-unknown": "on"},
    SECOND: {"create-unknown": "off", "default-customer": "79000", "update-business-central": "on"},
}
# Who owns a field, where that is not Business Central: (target table, target field) -> owner.
OWNERS: dict[str, dict[tuple[str, str], str]] = {SECOND: {("customer", "phone"): "bigcommerce"}}
# Rows of customer templates by store, with bcsync's field names.
TEMPLATES: dict[str, tuple[dict[str, Any], ...]] = {
    FIRST: (
        {"country": "GB", "values": {"salespersonCode": "JO"}},
        {"country": "DE", "values": {"salespersonCode": "OF", "currencyCode": "EUR", "customerPriceGroup": "RETAIL"}},
        {"country": "", "values": {"salespersonCode": "LT"}},
    ),
    SECOND: (
        {"country": "FR", "default_customer_number": "79010"},
        {"country": "IE", "default_customer_number": "79999"},
    ),
}
# Add Customers in the second store: its storefront has to be chosen, and only Danish customers are wanted there.
OPTIONS: dict[tuple[str, str], dict[str, Any]] = {(SECOND, "add_customers"): {"channel": 2, "country": "DK"}}


def connections() -> list[tuple[list[str], dict[str, str]]]:
    """For each store the words of `manage.py connect_store` and the environment variables with its secrets."""
    found = []
    for hash, store in STORES.items():
        words = [
            "--hash",
            hash,
            "--name",
            store["name"],
            "--bigcommerce-client-id",
            store["client_id"],
            "--writes",
            "on",
        ]
        words += ["--tenant", TENANT, "--environment", ENVIRONMENT, "--company", NAME]
        words += ["--client-id", COMPANY["client_id"]]
        for name, value in SETTINGS[hash].items():
            words += [f"--{name}", value]
        secrets = {
            "BIGCOMMERCE_ACCESS_TOKEN": store["token"],
            "BIGCOMMERCE_CLIENT_SECRET": store["client_secret"],
            "BUSINESS_CENTRAL_CLIENT_SECRET": COMPANY["client_secret"],
        }
        found.append((words, secrets))
    return found


def options(hash: str, job: str) -> dict[str, Any]:
    """What a job's command is given beside --store."""
    approve = {} if job == "import_customers" else {"approve": True}
    return {**approve, **OPTIONS.get((hash, job), {})}
