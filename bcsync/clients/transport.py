"""One HTTP transport for both vendors: time-outs, safe retries, rate limits, fence, redaction, a log line per call."""

from __future__ import annotations

import json as jsonlib
import logging
import os
import random as randomlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

import requests

from bcsync.clients.errors import ConfigurationError, Rejected, UnexpectedAnswer, VendorError
from bcsync.clients.gate import Gate
from bcsync.clients.redaction import redact, secrets_in
from bcsync.clients.retry import (
    REPEATABLE_METHODS,
    RETRY_STATUSES,
    Attempt,
    after_no_answer,
    after_server_error,
    after_throttled,
    after_unreadable,
)
from bcsync.clients.throttle import http_date
from bcsync.clients.wire import (
    SHOWN_CHARACTERS,
    beginning,
    encode_body,
    never_sent,
    new_session,
    plain_path,
    shape,
    with_params,
)

logger = logging.getLogger("bcsync.clients")

# Seconds. The environment shortens them where a test has to see a worker replaced quickly.
CONNECT_TIMEOUT = float(os.environ.get("CONNECT_TIMEOUT", "5"))
READ_TIMEOUT_FOR_WRITES = float(os.environ.get("READ_TIMEOUT_FOR_WRITES", "20"))
READ_TIMEOUT_FOR_READS = 60.0
# How long a write can be under way at most: who takes over a run waits this long before looking anything up.
WRITE_TIMEOUT = CONNECT_TIMEOUT + READ_TIMEOUT_FOR_WRITES


@dataclass(frozen=True)
class Answer:
    """A successful answer. data: parsed JSON, bytes, or None when empty. date: the vendor's Date header, aware UTC."""

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
    """A final answer that is not 2xx, for the vendor's own explanation. data: parsed JSON or None; text: its start."""

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


class Transport:
    """Sends requests to one vendor's base URL. May be used from several threads.

    gate: asked before and told after each call. authorize: see Authorize. on_call: called with a Call in the thread
    that sent it. fence: called right before each write is sent; what it raises stops the write. explain: makes the
    vendor's own error of a Failure. sleep, clock, random: injected by tests.
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
        random: randomlib.Random | None = None,
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
        self._random = random or randomlib.Random()
        self._session = new_session()

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

        params are percent-encoded (a space as %20). form sends a form instead of JSON. family names the call in counts
        and messages. idempotent=False (the default of POST) is never sent again after a lost answer: LostAnswer.
        expect: "json" or "bytes". Raises a VendorError. A whole URL must be on the base URL's host: credentials go
        nowhere else.
        """
        method = method.upper()
        url = with_params(self._url(path_or_url), params)
        repeatable = method in REPEATABLE_METHODS if idempotent is None else idempotent
        attempt = Attempt(self.vendor, method, family or f"{method} {plain_path(url)}", repeatable)
        body, body_headers = encode_body(json, form)
        accept = "application/json" if expect == "json" else "*/*"
        own = {"Accept": accept, **body_headers, **(headers or {})}
        while True:
            credentials = self._credentials()
            response, trouble = self._send(attempt, url, {**own, **credentials}, body)
            secrets = secrets_in(credentials)
            if response is None:
                wait = self._after_no_answer(attempt, trouble, secrets)
            elif 200 <= response.status_code < 300:
                answer = self._read(response, expect)
                if answer is not None:
                    return answer
                came = beginning(response.content, secrets)
                wait = after_unreadable(attempt, response.status_code, came, self._random)
            elif response.status_code == 401 and self._renewed(attempt, credentials):
                wait = 0.0
            else:
                wait = self._after_failure(attempt, response, secrets)
            if wait > 0:
                self._sleep(wait)

    def _credentials(self) -> Mapping[str, str]:
        """The authorization headers. A value no header can carry would be shown by the exception about it."""
        credentials = self.authorize()
        if not all(value.isascii() and value.isprintable() for value in credentials.values()):
            sentence = f"The credentials for {self.vendor} hold characters that cannot be right: enter them again."
            raise ConfigurationError(self.vendor, sentence)
        return credentials

    def _url(self, path_or_url: str) -> str:
        if not path_or_url.startswith(("http://", "https://")):
            return f"{self.base_url}/{path_or_url.lstrip('/')}"
        host = urlsplit(path_or_url).netloc
        if host != urlsplit(self.base_url).netloc:
            raise UnexpectedAnswer(self.vendor, f"{self.vendor} points to another host ({host}): not followed.")
        return path_or_url

    def _send(
        self, attempt: Attempt, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[requests.Response | None, Exception | None]:
        """One request on the wire, gate and fence included: the response, or what prevented it."""
        attempt.tries += 1
        timeout = (CONNECT_TIMEOUT, READ_TIMEOUT_FOR_READS if attempt.safe else READ_TIMEOUT_FOR_WRITES)
        response, trouble = None, None
        self.gate.enter()
        try:
            if self.fence is not None and not attempt.safe:
                self.fence()
            started = self._clock()
            try:
                # A redirect would carry the token to wherever it points.
                response = self._session.request(
                    attempt.method, url, data=body, headers=dict(headers), timeout=timeout, allow_redirects=False
                )
            except requests.RequestException as error:
                trouble = error
            seconds = self._clock() - started
            if response is not None:
                self.gate.observe(response.headers)
        finally:
            self.gate.leave()
        self._note(attempt, response.status_code if response is not None else 0, seconds)
        return response, trouble

    def _note(self, attempt: Attempt, status: int, seconds: float) -> None:
        times = attempt.tries + attempt.throttled
        facts = (self.vendor, attempt.family, status or "no answer", seconds * 1000, self.run_id or "-", times)
        logger.info("%s %s %s in %d ms run=%s try=%d", *facts)
        if self.on_call is not None:
            self.on_call(Call(self.vendor, attempt.method, attempt.family, status, seconds))

    def _renewed(self, attempt: Attempt, used: Mapping[str, str]) -> bool:
        """Whether a 401 is worth one more try with new credentials: where the vendor's tokens expire."""
        if attempt.renewed:
            return False
        attempt.renewed = True
        return dict(self.authorize(force=True)) != dict(used)

    def _read(self, response: requests.Response, expect: str) -> Answer | None:
        """The answer of a 2xx, None when it cannot be read."""
        data: Any = response.content or None
        if expect == "json" and data is not None:
            try:
                data = jsonlib.loads(data)
            except ValueError:
                return None
        return Answer(response.status_code, response.headers, data, http_date(response.headers.get("Date")))

    def _after_no_answer(self, attempt: Attempt, trouble: Exception | None, secrets: list[str]) -> float:
        words = redact(f"{type(trouble).__name__}: {trouble}", secrets)[:SHOWN_CHARACTERS]
        sent = trouble is None or not never_sent(trouble)
        return after_no_answer(attempt, urlsplit(self.base_url).netloc, words, sent=sent, random=self._random)

    def _after_failure(self, attempt: Attempt, response: requests.Response, secrets: list[str]) -> float:
        status, headers = response.status_code, response.headers
        words = beginning(response.content, secrets)
        if status == 429:
            pause, wait = after_throttled(attempt, headers, words, self._random)
            self.gate.penalize(pause)
            return wait
        if status in RETRY_STATUSES:
            return after_server_error(attempt, status, headers, words, self._random)
        try:
            data = jsonlib.loads(response.content)
        except ValueError:
            data = None
        raise self.explain(Failure(self.vendor, attempt.method, attempt.family, status, headers, data, words))


def explain_by_status(failure: Failure) -> VendorError:
    """The error of an answer that nobody explains better, by its status alone."""
    kind: type[VendorError] = UnexpectedAnswer
    if failure.status in (401, 403):
        kind = ConfigurationError
    elif 400 <= failure.status < 500 and failure.data is not None:
        kind = Rejected
    sentence = f"{failure.vendor} answered {failure.status} to {failure.family}: {failure.text or 'nothing'}"
    return kind(failure.vendor, sentence, status=failure.status, words=failure.text, call=failure.family)


def unexpected(vendor: str, family: str, what: str, data: Any) -> NoReturn:
    """Raise UnexpectedAnswer for a parsed answer of a wrong shape. what: what was expected. It may hold customers, so
    the error tells its shape, not what it says.
    """
    came = redact(shape(data))[:SHOWN_CHARACTERS]
    raise UnexpectedAnswer(vendor, f"{vendor} answered {family} without {what}: {came}", words=came, call=family)
