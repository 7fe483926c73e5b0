"""Which vendor, side and path family a request belongs to: the words that audit, faults and concurrency caps share."""

import re

_KEY = re.compile(r"\((?:[^()']|'(?:[^']|'')*')*\)")
_COMPANY = re.compile(r"^/(?:companies|Company)\(\{id\}\)(?=/)", re.IGNORECASE)


def identify(method: str, path: str) -> tuple[str, str, str]:
    """(vendor, side, family) of a percent-decoded path; vendor "sandbox" is our own doors, "" is nobody.

    BigCommerce: side = store hash, ids become {id}: "GET /v3/customers/{id}/metafields".
    Business Central: side = what stands before the API ("tenant/environment"), keys become ({id}), no company:
    "PATCH /customers({id})", "GET /ODataV4/Customer_Card({id})", "GET /ODataV4/$metadata", "POST /token".
    """
    if path.startswith("/stores/"):
        _, _, store_hash, *rest = path.split("/")
        return "bigcommerce", store_hash, f"{method} /" + "/".join("{id}" if part.isdigit() else part for part in rest)
    if path.startswith("/storefronts/"):
        _, _, store_hash, *rest = path.split("/")
        return "bigcommerce", store_hash, f"{method} /" + "/".join(rest)
    if path.startswith("/sandbox"):
        return "sandbox", "", f"{method} {path}"
    if path.endswith("/oauth2/v2.0/token"):
        return "business_central", path.split("/")[1], f"{method} /token"
    for marker, shown in (("/api/v2.0", ""), ("/ODataV4", "/ODataV4")):
        before, found, after = path.partition(marker)
        if found:
            side = before.removeprefix("/v2.0").strip("/")
            return "business_central", side, f"{method} {shown}" + _COMPANY.sub("", _KEY.sub("({id})", after))
    return "", "", f"{method} {path}"
