"""A small company with known codes, and a caller that talks to it without sockets."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from bcsync.sandbox.business_central.auth import SCOPE
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.messages import Request, Response
from bcsync.sandbox.server import dispatch
from bcsync.sandbox.world import World

TENANT = "contoso.example"
ROOT = f"/v2.0/{TENANT}/Production"
API = f"{ROOT}/api/v2.0"


class Caller:
    """Sends requests as the registered application; `last` is the last answer."""

    def __init__(self, world: World, company: CompanySide) -> None:
        self.world, self.company = world, company
        self.base = f"{API}/companies({company.id})"
        self.pages = f"{ROOT}/ODataV4/Company('{quote(company.name)}')"
        self.token = self.new_token()

    def new_token(self, **changes: str) -> str:
        answer = self.ask_token(**changes)
        assert answer.status == 200, answer.body
        return answer.body["access_token"]

    def ask_token(self, tenant: str = TENANT, **changes: str) -> Response:
        form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "secret", "scope": SCOPE}
        body = urlencode({**form, **changes}).encode()
        return self.send("POST", f"/{tenant}/oauth2/v2.0/token", body=body)

    def send(self, method: str, url: str, body: bytes = b"", **headers: str) -> Response:
        raw_path, _, query = url.partition("?")
        sent = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        from_path = raw_path.replace("%20", " ").replace("%27", "'")
        response = dispatch(self.world, Request(method, from_path, query, sent, body, raw_path))
        assert response is not None
        return response

    def call(self, method: str, path: str, body: Any = None, status: int = 0, **headers: str) -> Any:
        """Call below the company (or by a whole path) with the token; returns the parsed body and checks the status."""
        url = path if path.startswith("/") else f"{self.base}/{path}"
        data = b"" if body is None else json.dumps(body).encode()
        headers.setdefault("authorization", f"Bearer {self.token}")
        response = self.send(method, url, data, **headers)
        expected = status or {"POST": 201, "DELETE": 204}.get(method, 200)
        assert response.status == expected, (response.status, response.body)
        self.last = response
        if response.body is None or response.content_type != "application/json":
            return response.body
        return json.loads(response.body) if isinstance(response.body, str) else response.body

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        return self.call("GET", path, status=status, **headers)

    def find(self, entity: str, query: str, **headers: str) -> list[dict[str, Any]]:
        return self.get(f"{entity}?{query}", **headers)["value"]

    def refusal(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """(status, error code) of a call that is refused."""
        url = path if path.startswith("/") else f"{self.base}/{path}"
        data = b"" if body is None else json.dumps(body).encode()
        headers.setdefault("authorization", f"Bearer {self.token}")
        response = self.send(method, url, data, **headers)
        assert response.status >= 400, response.body
        return response.status, response.body["error"]["code"]

    def patch(self, customer: dict[str, Any], body: Any, **more: Any) -> Any:
        path = f"customers({customer['id']})"
        return self.call("PATCH", path, body, **{"if_match": customer["@odata.etag"], **more})


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture
def company(world: World) -> CompanySide:
    company = world.add_company(TENANT, "Production", "Contoso & Co.", client_id="app", client_secret="secret")
    with world.storage.transaction():
        for code, iso in (("GB", "GB"), ("DE", "DE"), ("EL", "EL"), ("NI", "GB"), ("US", "US")):
            company.put_reference("country", code, f"Country {code}", iso=iso)
        for kind, code in (("currency", "EUR"), ("payment_terms", "14 DAYS"), ("salesperson", "JO")):
            company.put_reference(kind, code)
        for kind in ("customer_posting_group", "gen_bus_posting_group", "vat_bus_posting_group"):
            company.put_reference(kind, "DOMESTIC")
        company.put_reference("customer_price_group", "RETAIL")
    return company


@pytest.fixture
def caller(world: World, company: CompanySide) -> Caller:
    return Caller(world, company)
