"""Who is calling: Entra's token endpoint (client credentials), bearer tokens, and basic authentication on premises.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from bcsync.sandbox.business_central.errors import BusinessCentralError
from bcsync.sandbox.messages import Request, Response

if TYPE_CHECKING:
    from bcsync.sandbox.business_central.company import CompanySide
    from bcsync.sandbox.world import World

SCOPE = "https://api.businesscentral.dynamics.com/.default"
LIFETIME = 3599
KEY = b"the sandbox signs its tokens so that they outlive a restart"


def token(world: "World", request: Request) -> Response:
    """Answer POST /{tenant}/oauth2/v2.0/token."""
    tenant = request.path.split("/")[1]
    form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
    client, secret = form.get("client_id", ""), form.get("client_secret", "")
    registered = [one for one in world.companies.values() if one.tenant == tenant]
    if not registered:
        words = f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
        return _refuse(400, "invalid_request", 90002, words)
    if form.get("grant_type") != "client_credentials":
        words = f"AADSTS70003: The app requested an unsupported grant type '{form.get('grant_type', '')}'."
        return _refuse(400, "unsupported_grant_type", 70003, words)
    if form.get("scope") != SCOPE:
        words = f"AADSTS70011: The provided value for scope {form.get('scope', '')} is not valid."
        return _refuse(400, "invalid_scope", 70011, words)
    known = [one for one in registered if one.client_id == client and client]
    if not known:
        words = f"AADSTS700016: Application with identifier '{client}' was not found in the directory '{tenant}'."
        return _refuse(401, "invalid_client", 700016, words)
    if known[0].client_secret != secret:
        words = f"AADSTS7000215: Invalid client secret provided for app '{client}'."
        return _refuse(401, "invalid_client", 7000215, words)
    if known[0].secret_expired:
        words = f"AADSTS7000222: The provided client secret keys for app '{client}' are expired."
        return _refuse(401, "invalid_client", 7000222, words)
    body = {"tenant": tenant, "client": client, "until": world.clock.timestamp() + LIFETIME}
    answer = {"token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME, "access_token": _sign(body)}
    return Response(200, answer, wrote=False)


def authenticate(world: "World", request: Request, tenant: str, environment: str) -> list["CompanySide"]:
    """Return the companies of the environment that the caller may enter. Raises 401, or 404 for no such environment."""
    scheme, _, credentials = request.header("authorization").partition(" ")
    here = [one for one in world.companies.values() if one.environment == environment and tenant in ("", one.tenant)]
    if scheme.lower() == "basic":
        granted = [one for one in here if one.basic_user and _basic(one.basic_user, one.basic_key) == credentials]
    elif scheme.lower() == "bearer":
        claims = _claims(world, credentials)
        if tenant and claims["tenant"] != tenant:
            raise _rejected()
        if not here:
            raise BusinessCentralError(404, "NoEnvironment", f"Environment '{environment}' does not exist.")
        granted = [one for one in here if (one.client_id, one.tenant) == (claims["client"], claims["tenant"])]
    else:
        granted = []
    if not granted:
        raise _rejected()
    return granted


def _basic(user: str, key: str) -> str:
    return base64.b64encode(f"{user}:{key}".encode()).decode()


def _sign(body: dict[str, Any]) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(body).encode())
    return f"{payload.decode()}.{hmac.new(KEY, payload, hashlib.sha256).hexdigest()}"


def _claims(world: "World", access_token: str) -> dict[str, Any]:
    payload, _, signature = access_token.partition(".")
    if not hmac.compare_digest(signature, hmac.new(KEY, payload.encode(), hashlib.sha256).hexdigest()):
        raise _rejected()
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload))
    if claims["until"] <= world.clock.timestamp():
        raise _rejected()
    return claims


def _rejected() -> BusinessCentralError:
    return BusinessCentralError(
        401, "Authentication_InvalidCredentials", "The server has rejected the client credentials."
    )


def _refuse(status: int, error: str, number: int, words: str) -> Response:
    body = {"error": error, "error_description": f"{words} Trace ID: sandbox", "error_codes": [number]}
    return Response(status, body, wrote=False)
