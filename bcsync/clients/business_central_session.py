"""The plain calls to one Business Central environment and company: paths, paging, batches of reads, guarded writes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bcsync.clients.business_central_errors import VENDOR, Whereabouts, blame, code_and_words, judge
from bcsync.clients.business_central_literals import query, segment
from bcsync.clients.errors import LostAnswer, Rejected, UnexpectedAnswer
from bcsync.clients.transport import Answer, Transport, unexpected

# learn.microsoft.com/dynamics365/business-central/dev-itpro/administration/operational-limits-online
MAX_PAGE_SIZE = 20_000
MAX_BATCH = 100
# Messages come in the user's language; we read codes, people read the words.
LANGUAGE = {"Accept-Language": "en-US"}
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

Row = dict[str, Any]


def scalar(row: Row, name: str) -> Any:
    """A property that holds one value; None where it is missing. UnexpectedAnswer for an object or a list."""
    value = row.get(name)
    if isinstance(value, dict | list):
        unexpected(VENDOR, "a row", f"one value in `{name}`", row)
    return value


class Session:
    """One environment and, once known, one company. first_date, vendor_date: Date of the first and the latest answer.

    reader sends what changes nothing, $batch included, and so has no fence; writer has it.
    """

    def __init__(self, reader: Transport, writer: Transport, *, root: str, where: Whereabouts) -> None:
        self.reader = reader
        self.writer = writer
        self.root = root
        self.where = where
        self.company_id = ""
        self.vendor_date: datetime | None = None
        self.first_date: datetime | None = None

    def api(self, path: str, **options: str) -> str:
        """Return the path of something below the company in API v2.0; options are $-options without the $."""
        return f"{self.root}/api/v2.0/companies({self.company_id})/{path}" + _options(options)

    def page(self, service: str, key: str = "", **options: str) -> str:
        """Return the path of a published page. By the company's id: its name may change and is case-sensitive."""
        return f"{self.root}/ODataV4/Company(Id={self.company_id})/{segment(service)}{key}" + _options(options)

    def get(self, path: str, family: str, headers: Mapping[str, str] | None = None, expect: str = "json") -> Answer:
        """Send one read."""
        answer = self.reader.request(
            "GET", path, headers={**LANGUAGE, **(headers or {})}, family=f"GET {family}", expect=expect
        )
        self._tells_time(answer)
        return answer

    def _tells_time(self, answer: Answer) -> None:
        self.vendor_date = answer.date or self.vendor_date
        self.first_date = self.first_date or answer.date

    def pages(self, path: str, family: str, page_size: int) -> Iterator[list[Row]]:
        """Yield the collection's rows page by page: ceil(N / page_size) calls, nextLink followed exactly as it came."""
        prefer = {"Prefer": f"odata.maxpagesize={min(page_size, MAX_PAGE_SIZE)}"}
        seen: set[str] = set()
        while path:
            data = self.get(path, family, prefer).data
            rows = data.get("value") if isinstance(data, dict) else None
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                unexpected(VENDOR, f"GET {family}", "a list of rows in value", data)
            yield rows
            seen.add(path)
            path = str(data.get("@odata.nextLink") or "")
            if path in seen:
                raise UnexpectedAnswer(VENDOR, f"Business Central's next page of GET {family} is a page already read.")

    def one(self, path: str, family: str) -> Row:
        """Return one entity."""
        return entity(self.get(path, family), f"GET {family}")

    def read_batch(self, urls: Iterable[str], family: str) -> Iterator[tuple[str, Row | None]]:
        """Yield (url, entity or None when it is gone) for urls relative to the company, up to 100 in one call."""
        waiting = list(dict.fromkeys(urls))
        while waiting:
            part, waiting = waiting[:MAX_BATCH], waiting[MAX_BATCH:]
            answered = self._send_batch(part, family)
            # A server that stops at the first failure leaves the rest unanswered: they go again.
            waiting = [url for url in part if url not in answered] + waiting
            yield from answered.items()

    def _send_batch(self, urls: list[str], family: str) -> dict[str, Row | None]:
        requests = [
            {
                "id": f"r{place}",
                "method": "GET",
                "url": f"companies({self.company_id})/{url}",
                "headers": dict(LANGUAGE),
            }
            for place, url in enumerate(urls)
        ]
        answer = self.reader.request(
            "POST", f"{self.root}/api/v2.0/$batch", json={"requests": requests}, family="POST /$batch", idempotent=True,
            headers={**LANGUAGE, "Prefer": "odata.continue-on-error"},
        )  # fmt: skip
        self._tells_time(answer)
        responses = answer.data.get("responses") if isinstance(answer.data, dict) else None
        if not isinstance(responses, list) or not responses:
            unexpected(VENDOR, "POST /$batch", "responses", answer.data)
        by_id = {f"r{number}": url for number, url in enumerate(urls)}
        known = [response for response in responses if isinstance(response, dict) and response.get("id") in by_id]
        if not known:
            unexpected(VENDOR, "POST /$batch", "the ids that were sent", answer.data)
        return {by_id[response["id"]]: self._inner(response, family) for response in known}

    def _inner(self, response: Row, family: str) -> Row | None:
        status, body = int(response.get("status") or 0), response.get("body")
        if 200 <= status < 300 and isinstance(body, dict):
            return body
        code, words = code_and_words(body)
        if status == 404 or code == "Internal_RecordNotFound":
            return None
        kind, sentence = judge(status, code, words, f"GET {family}", self.where)
        raise kind(VENDOR, sentence, status=status, code=code, words=words, call="POST /$batch")

    def write(self, method: str, path: str, values: Row, family: str, etag: str = "") -> Row:
        """Send one POST or PATCH and return the entity as Business Central now has it.

        Raises Rejected with the field to blame, Changed for a stale etag, LostAnswer for a create that may be done.
        """
        headers = {**LANGUAGE, "If-Match": etag} if method == "PATCH" else LANGUAGE
        call, again = f"{method} {family}", method != "POST"
        try:
            answer = self.writer.request(method, path, json=values, headers=headers, family=call, idempotent=again)
        except Rejected as error:
            raise blame(error, values) from None
        self._tells_time(answer)
        if method == "POST" and not isinstance(answer.data, dict):
            raise LostAnswer(VENDOR, f"Business Central answered {call} without the new record.", call=call)
        return entity(answer, call)

    def remove(self, path: str, family: str, etag: str) -> None:
        """Send one DELETE; it is answered without a body. Raises as write, SkipRecord when it is gone."""
        headers = {**LANGUAGE, "If-Match": etag}
        self.writer.request("DELETE", path, headers=headers, family=f"DELETE {family}", idempotent=True)


def entity(answer: Answer, call: str) -> Row:
    """Return the answer's object; UnexpectedAnswer when it is none."""
    if not isinstance(answer.data, dict) or "value" in answer.data:
        unexpected(VENDOR, call, "one record", answer.data)
    return answer.data


def _options(options: Mapping[str, str]) -> str:
    return query({f"${name}": value for name, value in options.items()})
