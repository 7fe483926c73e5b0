"""How we come in: OAuth2 client credentials with a token cached in the process, or basic authentication on-premises."""

import base64
import hashlib
import re
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote

from bcsync.clients.business_central_errors import VENDOR
from bcsync.clients.errors import ConfigurationError, UnexpectedAnswer, VendorError
from bcsync.clients.gate import NoGate
from bcsync.clients.transport import Call, Failure, Transport, unexpected

ENTRA = "Microsoft Entra"
TOKEN_CALL = "POST oauth2/v2.0/token"
# The resource is Business Central's, whatever address the API is reached at.
SCOPE = "https://api.businesscentral.dynamics.com/.default"
# Renewed this long before it runs out, so that a call under way never meets an expired token.
EARLY_SECONDS = 120.0

# code -> (what is wrong, what to do); learn.microsoft.com/entra/identity-platform/reference-error-codes
AADSTS: dict[str, str] = {
    "7000215": "the client secret of application {client} is wrong: enter the secret's value (not its ID) again.",
    "7000222": "the client secret of application {client} has expired: make a new one in Microsoft Entra and enter it.",
    "90002": "there is no tenant {tenant}: check the tenant id or domain.",
    "900023": "{tenant} is neither a tenant id nor a domain: check the tenant.",
    "700016": "tenant {tenant} has no application {client}: check the client id, and that this tenant gave consent.",
    "7000112": "application {client} is disabled in tenant {tenant}: enable it in Microsoft Entra.",
    "7000218": "application {client} sent no client secret: enter it.",
    "53003": "a conditional access policy of tenant {tenant} blocks application {client}: exclude it from the policy.",
}

_lock = threading.Lock()
_tokens: dict[tuple[str, str, str, str], tuple[str, float]] = {}
_fetching: dict[tuple[str, str, str, str], threading.Lock] = {}


class ClientCredentials:
    """Gives the bearer header of one application; equal applications share one token in this process."""

    def __init__(
        self,
        login_url: str,
        tenant: str,
        client_id: str,
        client_secret: str,
        *,
        on_call: Callable[[Call], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tenant = tenant
        self.client_id = client_id
        self._secret = client_secret
        self._clock = clock
        # Only a hash is kept in the key, so that the secret is in no dump of the cache.
        digest = hashlib.sha256(client_secret.encode()).hexdigest()
        self._key = (login_url, tenant, client_id, digest)
        self._transport = Transport(
            ENTRA, login_url, gate=NoGate(), authorize=_nothing, on_call=on_call, explain=self._explain,
            sleep=sleep, clock=clock,
        )  # fmt: skip

    def __call__(self, force: bool = False) -> Mapping[str, str]:
        """Return the Authorization header; force fetches a new token. Raises ConfigurationError for a refusal."""
        stale = _tokens.get(self._key)
        with _lock:
            fetching = _fetching.setdefault(self._key, threading.Lock())
        with fetching:
            held = _tokens.get(self._key)
            # Whoever waited here while another thread renewed the token takes that one.
            forced = force and held == stale
            if held is None or forced or self._clock() >= held[1]:
                held = self._fetch()
                _tokens[self._key] = held
        return {"Authorization": f"Bearer {held[0]}"}

    def _fetch(self) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self._secret,
            "scope": SCOPE,
        }
        path = f"/{quote(self.tenant, safe='')}/oauth2/v2.0/token"
        started = self._clock()
        data = self._transport.request("POST", path, form=form, family=TOKEN_CALL, idempotent=True).data
        if not isinstance(data, dict) or not isinstance(data.get("access_token"), str):
            # Only the names of what came: a token may be among the values.
            unexpected(ENTRA, TOKEN_CALL, "an access_token", list(data) if isinstance(data, dict) else None)
        try:
            lifetime = float(data.get("expires_in", 0))
        except (TypeError, ValueError):
            lifetime = 0.0
        return data["access_token"], started + max(lifetime - EARLY_SECONDS, lifetime / 2)

    def _explain(self, failure: Failure) -> VendorError:
        data = failure.data if isinstance(failure.data, dict) else {}
        words = str(data.get("error_description") or failure.text)
        found = re.search(r"AADSTS(\d+)", words)
        code = found[1] if found else str(data.get("error") or "")
        about = AADSTS.get(code)
        kind: type[VendorError] = ConfigurationError if about or data.get("error") else UnexpectedAnswer
        if about:
            reason = about.format(client=self.client_id, tenant=self.tenant)
        else:
            said = words.splitlines()[0] if words else failure.status
            reason = f"{said} (application {self.client_id}, tenant {self.tenant})"
        sentence = f"Microsoft Entra refuses the sign-in: {reason}"
        shown = f"AADSTS{code}" if found else code
        return kind(ENTRA, sentence, status=failure.status, code=shown, words=words, call=failure.family)


def basic(username: str, web_service_key: str) -> Callable[..., Mapping[str, str]]:
    """Return the authorization of an on-premises server; ConfigurationError for non-ASCII, which it cannot read."""
    pair = f"{username}:{web_service_key}"
    if not pair.isascii():
        raise ConfigurationError(
            VENDOR, "Business Central on-premises reads only ASCII in user name and web service key: choose others."
        )
    header = {"Authorization": "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")}

    def authorize(force: bool = False) -> Mapping[str, str]:
        return header

    return authorize


def forget_tokens() -> None:
    """Forget every cached token, as a fresh process would."""
    with _lock:
        _tokens.clear()


def _nothing(force: bool = False) -> Mapping[str, str]:
    return {}
