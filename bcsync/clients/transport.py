"""One HTTP transport for both vendors: session, time-outs, safe retries, rate limits, redaction, one log line per call."""

from __future__ import annotations

import json as jsonlib
import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn, Protocol
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter

from bcsync.clients import VERSION
from bcsync.clients.errors import (
    ConfigurationError,
    LostAnswer,
    Rejected,
    RetryLater,
    UnexpectedAnswer,
    VendorError,
)
from bcsync.clients.gate import Gate
from bcsync.clients.redaction import redact, secrets_in
from bcsync.clients.throttle import backoff, http_date, told_wait

logger = logging.getLogger("bcsync.clients")

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT_FOR_WRITES = 25.0
READ_TIMEOUT_FOR_READS = 60.0
# How long a write can be under way at most: who takes over a run waits this long before looking anything up.
WRITE_TIMEOUT = CONNECT_TIMEOUT + READ_TIMEOUT_FOR_WRITES
MAX_TRIES = 4
# An answer that cannot be read is asked for once more; twice the same is not an accident.
MAX_UNREADABLE = 2
# All waits for 429 of one call together; then the job waits, not the worker.
MAX_RATE_WAIT = 120.0
RETRY_BASE = 0.5
RETRY_STATUSES = frozenset({408, 425, 500, 502, 503, 504})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REPEATABLE_METHODS = SAFE_METHODS | {"PUT", "PATCH", "DELETE"}
POOL_SIZE = 16
SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Answer:
    """A successful answer. data: parsed JSON, bytes or None when empty. date: the vendor's Date header, aware UTC."""

    status: int
    headers: Mapping[str, str]
    data: Any
    date: datetime | None


@dataclass(frozen=True)
class Call:
    """One request that went out, for counting. status 0: no answer came. seconds: wall time."""

    vendor: str
    method: str
    family: str
    status: int
    seconds: float


@dataclass(frozen=True)
class Failure:
    """A final answer that is not 2xx, for the vendor's own explanation. data: parsed JSON or None; text: redacted start."""

    vendor: str
    method: str
    family: str
    status: int
    headers: Mapping[str, str]
    data: Any
    text: str


class Authorize(Protocol):
    """Gives the authorization headers; with force=True new ones. The same ones again mean: they cannot be renewed."""

    def __call__(self, force: bool = False) -> Mapping[str, str]: ...


@dataclass
class _Attempt:
    """What one call has been through: tries used, unreadable answers, pauses for 429, whether the token was renewed."""

    method: str
    url: str
    family: str
    repeatable: bool
    expect: str
    tries: int = 0
    unreadable: int = 0
    throttled: int = 0
    waited: float = 0.0
    renewed: bool = False

    @property
    def safe(self) -> bool:
        return self.method in SAFE_METHODS


class Transport:
    """Sends requests to one vendor's base URL. May be used from several threads.

    gate: asked before and told after each call. authorize: see Authorize. on_call: called with a Call in the thread that
    sent it. fence: called right before each write is sent; what it raises stops the write. explain: makes the vendor's
    own error of a Failure. sleep, clock, random: injected by tests.
    """

    def __init__(
        self,
        vendor: str,
        base_url: str,
        *,
        gate: Gate,
        authorize: Authorize,
        run_id: str = "",
        on_call: Callable[[Call], None] | None = None,
        fence: Callable[[], None] | None = None,
        explain: Callable[[Failure], VendorError] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        random: random.Random = random.Random(),
    ) -> None:
        self.vendor = vendor
        self.base_url = base_url.rstrip("/")
        self.gate = gate
        self.authorize = authorize
        self.run_id = run_id
        self.on_call = on_call
        self.fence = fence
        self.explain = explain or explain_by_status
        self._sleep = sleep
        self._clock = clock
        self._random = random
        self._session = _session()

    def request(
        self,
        method: str,
        path_or_url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        family: str = "",
        idempotent: bool | None = None,
        expect: str = "json",
    ) -> Answer:
        """Send one request and return its 2xx answer.

        params are percent-encoded (space as %20). form sends a form instead of JSON. family names the call in counts and
        messages. idempotent=False (POST's default) is never sent again after a lost answer: LostAnswer. expect: "json" or
        "bytes". Raises a VendorError. A URL must be on the base URL's host: credentials go nowhere else.
        """
        method = method.upper()
        url = self._url(path_or_url, params)
        family = family or f"{method} {_plain_path(url)}"
        repeatable = method in REPEATABLE_METHODS if idempotent is None else idempotent
        attempt = _Attempt(method, url, family, repeatable, expect)
        body = _body(json, form)
        own = {"Accept": "application/json" if expect == "json" else "*/*", **body[1], **(headers or {})}
        force = False
        while True:
            credentials = self.authorize(force=True) if force else self.authorize()
            force = False
            secrets = secrets_in(credentials)
            response, trouble = self._send(attempt, {**own, **credentials}, body[0], secrets)
            if response is None:
                self._after_no_answer(attempt, trouble, secrets)
            elif response.status_code == 401 and not attempt.renewed and self._renewable(credentials):
                attempt.renewed = True
            elif 200 <= response.status_code < 300:
                answer = self._read(attempt, response, secrets)
                if answer is not None:
                    return answer
            else:
                self._after_failure(attempt, response, secrets)

    def _url(self, path_or_url: str, params: Mapping[str, Any] | None) -> str:
        if path_or_url.startswith(("http://", "https://")):
            if urlsplit(path_or_url).netloc != urlsplit(self.base_url).netloc:
                raise UnexpectedAnswer(
                    self.vendor, f"{self.vendor} points to another host ({urlsplit(path_or_url).netloc}); not followed."
                )
            url = path_or_url
        else:
            url = f"{self.base_url}/{path_or_url.lstrip('/')}"
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params, quote_via=quote, safe=":,$")
        return url

    def _renewable(self, used: Mapping[str, str]) -> bool:
        return dict(self.authorize(force=True)) != dict(used)

    def _send(
        self, attempt: _Attempt, headers: Mapping[str, str], body: bytes | None, secrets: list[str]
    ) -> tuple[requests.Response | None, requests.RequestException | None]:
        """One request on the wire, gate and fence included. Answers the response, or what prevented it."""
        attempt.tries += 1
        read_timeout = READ_TIMEOUT_FOR_READS if attempt.safe else READ_TIMEOUT_FOR_WRITES
        response, trouble = None, None
        self.gate.enter()
        try:
            if self.fence is not None and not attempt.safe:
                self.fence()
            started = self._clock()
            try:
                response = self._session.request(
                    attempt.method,
                    attempt.url,
                    data=body,
                    headers=dict(headers),
                    timeout=(CONNECT_TIMEOUT, read_timeout),
                    allow_redirects=False,
                )
                self.gate.observe(response.headers)
            except requests.RequestException as error:
                trouble = error
            self._note(attempt, response, self._clock() - started)
        finally:
            self.gate.leave()
        return response, trouble

    def _note(self, attempt: _Attempt, response: requests.Response | None, seconds: float) -> None:
        status = response.status_code if response is not None else 0
        logger.info(
            "%s %s %s in %d ms run=%s try=%d",
            self.vendor,
            attempt.family,
            status or "no answer",
            seconds * 1000,
            self.run_id or "-",
            attempt.tries,
        )
        if self.on_call is not None:
            self.on_call(Call(self.vendor, attempt.method, attempt.family, status, seconds))

    def _read(self, attempt: _Attempt, response: requests.Response, secrets: list[str]) -> Answer | None:
        """The answer of a 2xx; None when it cannot be read and asking again is safe."""
        date = http_date(response.headers.get("Date"))
        if attempt.expect == "bytes" or not response.content:
            return Answer(response.status_code, response.headers, response.content or None, date)
        try:
            return Answer(response.status_code, response.headers, jsonlib.loads(response.content), date)
        except ValueError:
            attempt.unreadable += 1
        came = _beginning(response, secrets)
        sentence = f"{self.vendor} answered {attempt.family} with something that is not JSON: {came}"
        if not attempt.repeatable:
            raise LostAnswer(self.vendor, sentence, status=response.status_code, words=came, call=attempt.family)
        if attempt.unreadable >= MAX_UNREADABLE:
            raise UnexpectedAnswer(self.vendor, sentence, status=response.status_code, words=came, call=attempt.family)
        self._sleep(self._growing_wait(attempt))
        return None

    def _after_no_answer(self, attempt: _Attempt, trouble: Exception | None, secrets: list[str]) -> None:
        """Wait before the next try, or raise when there is none."""
        words = f"{type(trouble).__name__}: {redact(str(trouble), secrets)}"[:SHOWN_CHARACTERS]
        sent = not _never_sent(trouble)
        if sent and not attempt.repeatable:
            raise LostAnswer(
                self.vendor,
                f"The answer of {self.vendor} to {attempt.family} was lost; it is looked up before it is sent again.",
                words=words,
                call=attempt.family,
            )
        if attempt.tries >= MAX_TRIES:
            host = urlsplit(self.base_url).netloc
            raise RetryLater(
                self.vendor,
                f"{self.vendor} at {host} could not be reached for {attempt.family} in {attempt.tries} tries; "
                "try again later.",
                words=words,
                call=attempt.family,
            )
        self._sleep(self._growing_wait(attempt))

    def _after_failure(self, attempt: _Attempt, response: requests.Response, secrets: list[str]) -> None:
        """Wait before the next try, or raise what the answer means."""
        status = response.status_code
        told = told_wait(response.headers)
        if status == 429:
            self._wait_for_rate(attempt, told)
            return
        failure = self._failure(attempt, response, secrets)
        if status not in RETRY_STATUSES:
            raise self.explain(failure)
        if not attempt.repeatable:
            raise LostAnswer(
                self.vendor,
                f"{self.vendor} answered {status} to {attempt.family}, which may have been done; "
                "it is looked up before it is sent again.",
                status=status,
                words=failure.text,
                call=attempt.family,
            )
        if attempt.tries >= MAX_TRIES or (told or 0.0) > MAX_RATE_WAIT:
            raise RetryLater(
                self.vendor,
                f"{self.vendor} answered {status} to {attempt.family} in {attempt.tries} tries; try again later.",
                retry_after=told,
                status=status,
                words=failure.text,
                call=attempt.family,
            )
        # A rate header on a 5xx tells of the quota, not of the trouble: only Retry-After counts here.
        asked = told_wait({"Retry-After": response.headers.get("Retry-After", "")})
        self._sleep(max(self._growing_wait(attempt), asked or 0.0))

    def _wait_for_rate(self, attempt: _Attempt, told: float | None) -> None:
        """429 is never processed, so it may always be sent again: pause everybody at the gate, then this call."""
        attempt.throttled += 1
        attempt.tries -= 1
        wait = told if told is not None else backoff(attempt.throttled, self._random)
        if attempt.waited + wait > MAX_RATE_WAIT:
            raise RetryLater(
                self.vendor,
                f"{self.vendor} keeps refusing {attempt.family} because too much is asked at once; try again later.",
                retry_after=wait,
                status=429,
                call=attempt.family,
            )
        self.gate.penalize(wait)
        # A little apart from each other, or all that were refused together come back together.
        wait += self._random.uniform(0.0, min(1.0, RETRY_BASE * attempt.throttled)) if told is not None else 0.0
        attempt.waited += max(wait, 0.1)
        self._sleep(wait)

    def _growing_wait(self, attempt: _Attempt) -> float:
        base = RETRY_BASE if attempt.safe else RETRY_BASE * 2
        ceiling = base * 3 ** (attempt.tries - 1)
        return ceiling * (0.5 + self._random.random() / 2)

    def _failure(self, attempt: _Attempt, response: requests.Response, secrets: list[str]) -> Failure:
        try:
            data = jsonlib.loads(response.content)
        except ValueError:
            data = None
        return Failure(
            self.vendor,
            attempt.method,
            attempt.family,
            response.status_code,
            response.headers,
            data,
            _beginning(response, secrets),
        )


def explain_by_status(failure: Failure) -> VendorError:
    """The error of an answer that nobody explains better, by its status alone."""
    kinds: dict[int, type[VendorError]] = {401: ConfigurationError, 403: ConfigurationError}
    kind = kinds.get(failure.status, Rejected if 400 <= failure.status < 500 and failure.data else UnexpectedAnswer)
    sentence = f"{failure.vendor} answered {failure.status} to {failure.family}: {failure.text}"
    return kind(failure.vendor, sentence, status=failure.status, words=failure.text, call=failure.family)


def unexpected(vendor: str, family: str, what: str, data: Any) -> NoReturn:
    """Raise UnexpectedAnswer for a parsed answer of a wrong shape. what: what was expected."""
    came = redact(jsonlib.dumps(data, default=str)[: SHOWN_CHARACTERS * 2])[:SHOWN_CHARACTERS]
    raise UnexpectedAnswer(
        vendor, f"{vendor} answered {family} without {what}: {came}", words=came, call=family
    )


def _session() -> requests.Session:
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.headers["User-Agent"] = f"bcsync/{VERSION}"
    # Shared by threads, so it keeps no cookies; and a .netrc of the machine must not replace our authorization.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.auth = _as_it_is
    return session


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _body(json: Any, form: Mapping[str, str] | None) -> tuple[bytes | None, dict[str, str]]:
    if form is not None:
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    if json is None:
        return None, {}
    body = jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
    return body, {"Content-Type": "application/json"}


def _never_sent(trouble: Exception | None) -> bool:
    """Whether the connection was never made, so that the request cannot have been processed."""
    if isinstance(trouble, (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)):
        return True
    reason = getattr(trouble.args[0], "reason", None) if trouble is not None and trouble.args else None
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")


def _beginning(response: requests.Response, secrets: list[str]) -> str:
    # Redacted before it is cut, so that half a secret never stays.
    text = response.content[: SHOWN_CHARACTERS * 20].decode("utf-8", "replace")
    return redact(re.sub(r"\s+", " ", text), secrets)[:SHOWN_CHARACTERS]


def _plain_path(url: str) -> str:
    return re.sub(r"/\d+(?=/|$)", "/{id}", urlsplit(url).path)
