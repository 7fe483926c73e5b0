"""Business Central's side of the server: token, API v2.0 and published pages."""

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from bcsync.sandbox.business_central import auth, subscriptions
from bcsync.sandbox.business_central.batch import serve_batch
from bcsync.sandbox.business_central.entities import ENTITY_SETS
from bcsync.sandbox.business_central.errors import BusinessCentralError, error_body
from bcsync.sandbox.business_central.limits import count_request
from bcsync.sandbox.business_central.metadata import api_metadata, pages_metadata
from bcsync.sandbox.business_central.options import Options, parse_options
from bcsync.sandbox.business_central.reading import next_was_preferred
from bcsync.sandbox.business_central.serving import Asked, flat_information, method_not_allowed, serve_entity
from bcsync.sandbox.business_central.target import Segment, Target, parse_target, resource_not_found
from bcsync.sandbox.messages import Refusal, Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.business_central.company import CompanySide
    from bcsync.sandbox.world import World


def handle(world: "World", request: Request) -> Response:
    """Answer one Business Central request, inside a transaction that Refusal rolls back."""
    if request.path.endswith("/oauth2/v2.0/token"):
        return auth.token(world, request)
    try:
        return _answer(world, request)
    except BusinessCentralError as error:
        raise Refusal(refused(error)) from error


def refused(error: BusinessCentralError) -> Response:
    """Return the answer that an error becomes."""
    return Response(error.status, error_body(error.code, error.message, str(uuid.uuid4())), wrote=False)


def _answer(world: "World", request: Request) -> Response:
    target = parse_target(request.raw_path or request.path)
    granted = auth.authenticate(world, request, target.tenant, target.environment)
    count_request(granted, request)
    _watch_query(world, request)
    options = parse_options(request.query, request.header("prefer"))
    if target.segments[:1] == (Segment("$batch"),) and target.root == "api":
        if request.method != "POST":
            raise method_not_allowed()
        return serve_batch(world, request, target.base, lambda inner: _inner(world, granted, inner))
    return _route(granted, request, target, options)


def _inner(world: "World", granted: list["CompanySide"], request: Request) -> Response:
    """One request inside a batch, undone alone when it fails; whether it counts against the limit is not documented."""
    try:
        with world.storage.transaction():
            if world.switches.batch_inner_counted:
                count_request(granted, request)
            target = parse_target(request.raw_path)
            return _route(granted, request, target, parse_options(request.query, request.header("prefer")))
    except BusinessCentralError as error:
        return refused(error)


def _route(granted: list["CompanySide"], request: Request, target: Target, options: Options) -> Response:
    world = granted[0].world
    _watch_paging(world.audit.broke, request, options)
    root, segments = f"{request.base_url}{target.base}", target.segments
    if segments and segments[0].name == "$metadata":
        body = _api_document(granted) if target.root == "api" else _pages_document(granted)
        return Response(200, body, content_type="application/xml")
    names = ("companies",) if target.root == "api" else ("Company", "companies")
    if segments and segments[0].name in names and segments[0].key is None and len(segments) == 1:
        if request.method != "GET":
            raise method_not_allowed()
        return _companies(granted, root)
    if segments and segments[0].name == "subscriptions" and target.root == "api":
        return subscriptions.serve(granted, request, segments, root)
    company, rest = _company(granted, segments, options, names)
    asked = Asked(company, request, options, f"{root}/$metadata#{names[0]}({company.id})/")
    if not rest:
        return Response(200, {"@odata.context": f"{root}/$metadata#companies/$entity", **_shown_company(company)})
    if target.root == "ODataV4":
        page = company.pages().get(rest[0].name)
        if page is None:
            raise resource_not_found(rest[0].name)
        return serve_entity(asked, page, rest)
    entity = ENTITY_SETS.get(rest[0].name)
    if entity is None or (entity.name == "customerContacts" and not company.settings.customer_contacts):
        raise resource_not_found(rest[0].name)
    if entity.name == "contactsInformation":
        return flat_information(asked)
    return serve_entity(asked, entity, rest)


def _company(
    granted: list["CompanySide"], segments: tuple[Segment, ...], options: Options, names: tuple[str, ...]
) -> tuple["CompanySide", tuple[Segment, ...]]:
    """Return the company that the path or ?company= names, and the segments below it."""
    wanted, rest = options.company, segments
    if segments and segments[0].name in names:
        key = segments[0].key or ""
        wanted, rest = key.removeprefix("Id=").removeprefix("id="), segments[1:]
        if wanted.startswith("'") and wanted.endswith("'"):
            wanted = wanted[1:-1].replace("''", "'")
    if not wanted:
        raise resource_not_found(segments[0].name if segments else "")
    for company in granted:
        # A name is case-sensitive, an id is not.
        if company.name == wanted or company.id == wanted.lower():
            return company, rest
    raise BusinessCentralError(404, "Internal_CompanyNotFound", f"Cannot find company '{wanted}'.")


def _companies(granted: list["CompanySide"], root: str) -> Response:
    value = [_shown_company(company) for company in sorted(granted, key=lambda one: one.name)]
    return Response(200, {"@odata.context": f"{root}/$metadata#companies", "value": value}, items=len(value))


def _shown_company(company: "CompanySide") -> dict[str, str]:
    return {
        "id": company.id,
        "systemVersion": "29.0.0.0",
        "name": company.name,
        "displayName": company.name,
        "businessProfileId": "",
    }


def _api_document(granted: list["CompanySide"]) -> str:
    shown = any(company.settings.customer_contacts for company in granted)
    return api_metadata(entity for entity in ENTITY_SETS.values() if shown or entity.name != "customerContacts")


def _pages_document(granted: list["CompanySide"]) -> str:
    """Web services belong to the environment: what any of its companies publishes is in the document."""
    pages = {name: page for company in granted for name, page in company.pages().items()}
    return pages_metadata(pages.values())


def _watch_query(world: "World", request: Request) -> None:
    if "+" in request.query:
        world.audit.broke(f"{request.family}: '+' in the query; OData 4 wants %20")


def _watch_paging(note: Callable[[str], None], request: Request, options: Options) -> None:
    if options.skip and options.top is not None:
        note(f"{request.family}: $top and $skip used for paging")
    if options.skiptoken and next_was_preferred(options) and not options.preferred:
        note(f"{request.family}: nextLink followed without sending Prefer again")
