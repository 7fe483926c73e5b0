"""The five errors a vendor call can end in, each naming who has to act: we later, nobody, the data's owner,
the administrator, or us (a bug or a schema never seen). `str(error)` is one sentence for that person.
"""

from __future__ import annotations


class VendorError(Exception):
    """Base of everything a client raises.

    vendor: "BigCommerce" or "Business Central". message: one clear sentence: what is wrong, where, what to do.
    status: HTTP status or None. code: the vendor's error code. words: the vendor's own words, already redacted.
    field: the field that was refused, in the vendor's spelling. call: the call's family, like "POST /v3/customers".
    gist: of a refusal, the words without this record's own values: what refusals of one kind have in common.
    """

    gist: str = ""

    def __init__(
        self,
        vendor: str,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        words: str = "",
        field: str = "",
        call: str = "",
    ) -> None:
        # Both go into args, so that the exception survives pickling between processes.
        super().__init__(vendor, message)
        self.vendor = vendor
        self.message = message
        self.status = status
        self.code = code
        self.words = words
        self.field = field
        self.call = call

    def __str__(self) -> str:
        return self.message


class RetryLater(VendorError):
    """We act: the vendor is busy or unreachable and our tries are used up. retry_after: seconds, None if unknown."""

    retry_after: float | None = None

    def __init__(
        self,
        vendor: str,
        message: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        code: str = "",
        words: str = "",
        field: str = "",
        call: str = "",
    ) -> None:
        super().__init__(vendor, message, status=status, code=code, words=words, field=field, call=call)
        self.retry_after = retry_after


class LostAnswer(RetryLater):
    """A create was sent and its answer was lost: it may have happened. Look it up before sending it again."""


class Changed(RetryLater):
    """The record changed since it was read (stale ETag): read it again, then decide."""


class SkipRecord(VendorError):
    """There is nothing to do for this record."""


class Rejected(VendorError):
    """The vendor refuses this record's data: its owner has to mend `field`."""


class ConfigurationError(VendorError):
    """The administrator has to act: token, scope, tenant, environment, company or secret."""


class UnexpectedAnswer(VendorError):
    """We have to act: the answer is not what the vendor documents (HTML, truncated JSON, a schema never seen).

    after: of a page of a list that was read and is strange, where the next one begins, "" behind the last; else None.
    """

    after: str | None = None
