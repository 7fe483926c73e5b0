"""/subscriptions of API v2.0: the validation handshake, three days of life, renewal, at most 200 an environment.

https://learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/dynamics-subscriptions
"""

import re
import uuid
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.business_central.errors import BusinessCentralError, dialog, not_found
from bcsync.sandbox.business_central.notifications import LIFETIME, SETS, expire, remove, stamp
from bcsync.sandbox.business_central.tables import etag
from bcsync.sandbox.business_central.target import Segment
from bcsync.sandbox.business_central.writing import check_match
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.business_central.company import CompanySide

MOST = 200
STATE_LENGTH = 2048
HANDSHAKE_SECONDS = 5.0
RESOURCE = re.compile(r"^/?api/v2\.0/companies\(([0-9a-fA-F-]{36})\)/(\w+)$")
EDITABLE = {"notificationUrl", "resource", "clientState"}
Row = dict[str, Any]


def serve(granted: list["CompanySide"], request: Request, segments: tuple[Segment, ...], root: str) -> Response:
    """Answer a request on the subscriptions of one environment."""
    world, key = granted[0].world, segments[0].key
    expire(world)
    if key is None:
        if request.method == "GET":
            return _listed(granted, root)
        if request.method == "POST":
            return _create(granted, request, root)
        raise BusinessCentralError(405, "BadRequest_MethodNotAllowed", "Method not allowed on this entity.")
    id = key.strip("'").lower()
    row = world.subscriptions.subscriptions.get(id)
    if not row or not _mine(granted, row):
        raise not_found("Subscription", f"Subscription ID='{id}'")
    if request.method == "GET":
        return _one(row, root)
    if request.method not in ("PATCH", "DELETE"):
        raise BusinessCentralError(405, "BadRequest_MethodNotAllowed", "Method not allowed on this entity.")
    if not request.header("if-match"):
        world.audit.broke(f"{request.family}: a write without If-Match")
    check_match({"version": row["version"]}, request.header("if-match"))
    if request.method == "DELETE":
        remove(world, id)
        return Response(204, items=1)
    return _save(granted, {**row, **_body(request)}, root, 200)


def _create(granted: list["CompanySide"], request: Request, root: str) -> Response:
    first = granted[0]
    here = (first.tenant, first.environment)
    if first.world.subscriptions.subscriptions.count("tenant = ? AND environment = ?", here) >= MOST:
        raise dialog(f"The maximum number of {MOST} subscriptions has been reached.")
    row = {"subscriptionId": uuid.uuid4().hex, "clientState": "", "version": 0, **_body(request)}
    return _save(granted, row, root, 201)


def _save(granted: list["CompanySide"], row: Row, root: str, status: int) -> Response:
    """Check, shake hands, and store with three more days."""
    world = granted[0].world
    company, entity = _resource(granted, str(row.get("resource") or ""))
    url = str(row.get("notificationUrl") or "")
    if not re.match(r"https://|http://(127\.0\.0\.1|localhost|testserver)[:/]", url):
        raise BusinessCentralError(400, "BadRequest", "The notificationUrl must be an https URL.")
    if len(row["clientState"]) > STATE_LENGTH:
        raise BusinessCentralError(400, "Application_StringExceededLength", "The clientState is too long.")
    method = world.switches.handshake_method
    if not world.webhooks.handshake(method, url, uuid.uuid4().hex, HANDSHAKE_SECONDS):
        words = f"The notification URL {url} did not answer the validation request with the validation token."
        raise BusinessCentralError(400, "BadRequest", words)
    now = world.clock.timestamp()
    row |= {
        "userId": str(uuid.UUID(int=0)),
        "lastModifiedDateTime": stamp(now),
        "expirationDateTime": stamp(now + LIFETIME),
        "version": row["version"] + 1,
    }
    id = row["subscriptionId"]
    columns: Row = {"tenant": company.tenant, "environment": company.environment, "company": company.id}
    columns |= {"entity": entity, "expires": now + LIFETIME}
    table = world.subscriptions.subscriptions
    if table.get(id):
        table.put(id, row, **columns)
    else:
        table.insert(row, id=id, **columns)
    return _one(row, root, status)


def _resource(granted: list["CompanySide"], resource: str) -> tuple["CompanySide", str]:
    match = RESOURCE.match(resource)
    company = next((one for one in granted if match and one.id == match[1].lower()), None)
    if not match or company is None or match[2] not in SETS.values():
        raise BusinessCentralError(400, "BadRequest", f"The resource '{resource}' cannot be subscribed to.")
    return company, match[2]


def _body(request: Request) -> Row:
    try:
        body = request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BusinessCentralError(400, "BadRequest", "The request body is not a JSON object.")
    unknown = sorted(set(body) - EDITABLE)
    if unknown:
        raise BusinessCentralError(400, "BadRequest", f"The property '{unknown[0]}' does not exist or is read-only.")
    return body


def _mine(granted: list["CompanySide"], row: Row) -> bool:
    match = RESOURCE.match(row["resource"])
    return match is not None and match[1].lower() in {one.id for one in granted}


def _listed(granted: list["CompanySide"], root: str) -> Response:
    rows = [row for row in granted[0].world.subscriptions.subscriptions.select() if _mine(granted, row)]
    value = [_shown(row) for row in rows]
    return Response(200, {"@odata.context": f"{root}/$metadata#subscriptions", "value": value}, items=len(value))


def _one(row: Row, root: str, status: int = 200) -> Response:
    body = {"@odata.context": f"{root}/$metadata#subscriptions/$entity", **_shown(row)}
    return Response(status, body, {"ETag": etag(row["version"])}, items=1)


def _shown(row: Row) -> Row:
    shown = {name: value for name, value in row.items() if name != "version"}
    return {"@odata.etag": etag(row["version"]), **shown}
