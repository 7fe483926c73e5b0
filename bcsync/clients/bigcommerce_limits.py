"""BigCommerce's documented numbers, and the OAuth scope each family of calls needs.
https://developer.bigcommerce.com/docs/rest-management/customers
"""

from __future__ import annotations

VENDOR = "BigCommerce"
MAX_PER_PAGE = 250
MAX_ITEMS_PER_WRITE = 10
# A customer shows at most so many of its addresses and of its attributes; the rest is asked for.
MAX_NESTED = 10
# Undocumented; what keeps a URL below 1,024 characters with room to spare.
MAX_IDS_PER_FILTER = 50
MAX_EMAILS_PER_FILTER = 20
INCLUDE = "addresses,attributes,formfields,storecredit"

# Requests of one family in flight at once; one more is answered 429 without rate headers.
CONCURRENCY = {
    "POST /v3/customers": 10,
    "PUT /v3/customers": 3,
    "DELETE /v3/customers": 3,
    "POST /v3/customers/addresses": 10,
    "PUT /v3/customers/addresses": 3,
    "DELETE /v3/customers/addresses": 3,
    "POST /v3/customers/attributes": 3,
    "PUT /v3/customers/attribute-values": 3,
    "DELETE /v3/customers/attribute-values": 3,
    "POST /v3/customers/metafields": 3,
    "PUT /v3/customers/metafields": 3,
    "DELETE /v3/customers/metafields": 3,
}

_SCOPES = (
    ("/v3/customers", "store_v2_customers", "customers"),
    ("/v2/customer_groups", "store_v2_customers", "customer groups"),
    ("/v2/store", "store_v2_information", "store information"),
    ("/v2/time", "store_v2_information", "store information"),
    ("/v2/countries", "store_v2_information", "countries and states"),
    ("/v3/channels", "store_channel_settings", "channels"),
)


def scope_for(family: str) -> tuple[str, str]:
    """(scope that would do, what it opens) for a family like "GET /v3/customers"; ("", "") where none is known."""
    method, _, path = family.partition(" ")
    for start, scope, opens in _SCOPES:
        if path.startswith(start):
            return (f"{scope}_read_only or {scope}" if method == "GET" else scope), opens
    return "", ""
