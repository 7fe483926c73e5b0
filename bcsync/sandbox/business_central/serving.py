"""One request below a company: reads, counts, writes and navigation of an entity set, in the vendor's answers."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bcsync.sandbox.business_central import information, writing
from bcsync.sandbox.business_central.books import Books
from bcsync.sandbox.business_central.entities import CONTACTS, ENTITY_SETS, FINANCIAL_DETAILS
from bcsync.sandbox.business_central.errors import BusinessCentralError, bad_query, dialog, not_found
from bcsync.sandbox.business_central.model import EntitySet
from bcsync.sandbox.business_central.options import Options, expansions, selected
from bcsync.sandbox.business_central.reading import Row, count_rows, read_rows, renderer
from bcsync.sandbox.business_central.tables import etag
from bcsync.sandbox.business_central.target import Segment, key_columns, resource_not_found
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.business_central.company import CompanySide

EXPANDED = {
    "currency": ("currencies", "currency"),
    "paymentTerm": ("paymentTerms", "payment_terms"),
    "shipmentMethod": ("shipmentMethods", "shipment_method"),
    "paymentMethod": ("paymentMethods", "payment_method"),
}


@dataclass
class Asked:
    """A request with everything already parsed. `context`: what @odata.context begins with."""

    company: "CompanySide"
    request: Request
    options: Options
    context: str

    @property
    def books(self) -> Books:
        return self.company.books


def serve_entity(asked: Asked, entity: EntitySet, segments: tuple[Segment, ...]) -> Response:
    """Answer a request on an entity set, one of its records, its $count or what hangs below a record."""
    first, rest = segments[0], segments[1:]
    method = asked.request.method
    if first.key is None:
        if rest and rest[0].name == "$count" and method == "GET":
            return Response(200, str(count_rows(asked.books, entity, asked.options)), content_type="text/plain")
        if rest:
            raise resource_not_found(rest[0].name)
        _check_method(entity, method, {"GET", "POST"})
        return _collection(asked, entity) if method == "GET" else _post(asked, entity)
    row = find(asked.books, entity, first)
    if rest:
        return _below(asked, entity, row, rest)
    _check_method(entity, method, {"GET", "PATCH", "DELETE"})
    if method == "GET":
        return _one(asked, entity, row)
    return _patch(asked, entity, row) if method == "PATCH" else _delete(asked, entity, row)


def find(books: Books, entity: EntitySet, segment: Segment) -> Row:
    """Return the row that the key names, within the page's own filter. Raises 404."""
    columns = key_columns(entity, segment)
    where = " AND ".join(["company = ?", f"({entity.where or '1'})", *(f"{column} = ?" for column in columns)])
    rows = list(books.tables.query(entity.table, f"{where} LIMIT 1", [books.tables.company, *columns.values()]))
    if not rows:
        raise not_found(entity.caption or entity.type_name, f"{segment.key}")
    return rows[0]


def _collection(asked: Asked, entity: EntitySet, scope: tuple[str, list[Any]] | None = None) -> Response:
    rows, token = read_rows(asked.books, entity, asked.options, scope)
    body: dict[str, Any] = {"@odata.context": f"{asked.context}{entity.name}"}
    if asked.options.count:
        body["@odata.count"] = count_rows(asked.books, entity, asked.options, scope)
    body["value"] = _shown(asked, entity, rows)
    if token:
        kept = [part for name, part in asked.options.raw if name not in ("$skiptoken", "aid")]
        query = "&".join([*kept, "aid=FIN", f"$skiptoken={token.replace('=', '%3D')}"])
        body["@odata.nextLink"] = f"{asked.request.base_url}{asked.request.raw_path}?{query}"
    return Response(200, json.dumps(body, ensure_ascii=False, separators=(",", ":")), items=len(rows))


def _one(asked: Asked, entity: EntitySet, row: Row, status: int = 200) -> Response:
    body = {"@odata.context": f"{asked.context}{entity.name}/$entity", **_shown(asked, entity, [row])[0]}
    return Response(status, body, {"ETag": etag(row["version"])}, items=1)


def _shown(asked: Asked, entity: EntitySet, rows: list[Row]) -> list[Row]:
    render = renderer(entity, selected(entity, asked.options.select), asked.books.settings.local_currency)
    shown = [render(row) for row in rows]
    if entity.name == "customerContacts":
        information.claim_customers(asked.books, rows, shown)
    for name, nested in expansions(asked.options.expand).items() if asked.options.expand else ():
        _expand(asked, entity, name, nested, rows, shown)
    return shown


def _expand(asked: Asked, entity: EntitySet, name: str, nested: Options, rows: list[Row], shown: list[Row]) -> None:
    if name not in {navigation for navigation, _, _ in entity.navigation}:
        raise bad_query(f"Could not find a property named '{name}' on type 'Microsoft.NAV.{entity.type_name}'.")
    if name == "contactsInformation":
        found = information.contacts_by_customer(asked.books, [row["no"] for row in rows])
        for row, out in zip(rows, shown, strict=True):
            contacts = found.get(row["no"], [])
            out[name] = _information(asked, row, contacts, nested)
        return
    if name == "customerFinancialDetail":
        render = renderer(FINANCIAL_DETAILS, selected(FINANCIAL_DETAILS, nested.select))
        for row, out in zip(rows, shown, strict=True):
            out[name] = render(row)
        return
    set_name, column = EXPANDED[name]
    target = ENTITY_SETS[set_name]
    render = renderer(target, selected(target, nested.select))
    for row, out in zip(rows, shown, strict=True):
        found_row = asked.books.tables.one("reference", kind=column, code=row[column]) if row[column] else None
        out[name] = render(found_row) if found_row else None


def _information(asked: Asked, customer: Row, contacts: list[Row], options: Options) -> list[Row]:
    shown = [information.information(customer, contact) for contact in contacts]
    if options.expand:
        nested = expansions(options.expand)
        if set(nested) != {"contact"}:
            raise bad_query(f"The $expand '{options.expand}' is not valid on contactsInformation.")
        render = renderer(CONTACTS, selected(CONTACTS, nested["contact"].select))
        for contact, out in zip(contacts, shown, strict=True):
            out["contact"] = render(contact)
    if options.select:
        names = {"@odata.etag", "contact", *(name.strip() for name in options.select.split(","))}
        shown = [{key: value for key, value in out.items() if key in names} for out in shown]
    return shown


def _below(asked: Asked, entity: EntitySet, row: Row, rest: tuple[Segment, ...]) -> Response:
    name = rest[0].name
    if len(rest) > 1 or rest[0].key is not None or name not in {navigation for navigation, _, _ in entity.navigation}:
        raise resource_not_found(name)
    if asked.request.method != "GET":
        raise method_not_allowed()
    if name == "contactsInformation":
        contacts = information.contacts_by_customer(asked.books, [row["no"]]).get(row["no"], [])
        value = _information(asked, row, contacts, asked.options)
        return Response(
            200, {"@odata.context": f"{asked.context}contactsInformation", "value": value}, items=len(value)
        )
    if name == "customerFinancialDetail":
        return _one(asked, FINANCIAL_DETAILS, row)
    set_name, column = EXPANDED[name]
    target = ENTITY_SETS[set_name]
    found = asked.books.tables.one("reference", kind=column, code=row[column]) if row[column] else None
    return _one(asked, target, found) if found else Response(204)


def flat_information(asked: Asked) -> Response:
    """Answer contactsInformation read without its customer above it: it wants both filters."""
    if "relatedId" not in asked.options.filter or "relatedType" not in asked.options.filter:
        raise dialog("id type not specified.")
    for customer_id in asked.options.filter.replace("'", " ").replace(")", " ").split():
        row = asked.books.tables.one("customer", id=customer_id.lower())
        if row:
            contacts = information.contacts_by_customer(asked.books, [row["no"]]).get(row["no"], [])
            value = _information(asked, row, contacts, Options(expand=asked.options.expand))
            return _listed(asked, value)
    return _listed(asked, [])


def _listed(asked: Asked, value: list[Row]) -> Response:
    return Response(200, {"@odata.context": f"{asked.context}contactsInformation", "value": value}, items=len(value))


def _post(asked: Asked, entity: EntitySet) -> Response:
    row = writing.create(asked.books, entity, _body(asked.request))
    if "return-no-content" in asked.request.header("prefer") or "return=minimal" in asked.request.header("prefer"):
        return Response(204, None, {"ETag": etag(row["version"])}, items=1)
    return _one(asked, entity, row, 201)


def _patch(asked: Asked, entity: EntitySet, row: Row) -> Response:
    _check_match(asked, row, required=True)
    body = _body(asked.request)
    if entity.name == "customerContacts" and "customerId" in body:
        asked.company.world.audit.broke(f"{asked.request.family}: customerId moves the whole company to that customer")
        information.move_company(asked.books, row, str(body.pop("customerId")).lower())
    return _one(asked, entity, writing.modify(asked.books, entity, row, body))


def _delete(asked: Asked, entity: EntitySet, row: Row) -> Response:
    _check_match(asked, row, required=False)
    writing.delete(asked.books, entity, row)
    return Response(204, items=1)


def _check_match(asked: Asked, row: Row, required: bool) -> None:
    sent = asked.request.header("if-match")
    if not sent:
        asked.company.world.audit.broke(f"{asked.request.family}: a write without If-Match")
    if sent or required:
        writing.check_match(row, sent)


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BusinessCentralError(400, "BadRequest", "The request body is not a JSON object.")
    return body


def _check_method(entity: EntitySet, method: str, possible: set[str]) -> None:
    if method not in possible or method not in entity.methods:
        raise method_not_allowed()


def method_not_allowed() -> BusinessCentralError:
    """The method that a page does not offer."""
    return BusinessCentralError(405, "BadRequest_MethodNotAllowed", "Method not allowed on this entity.")
