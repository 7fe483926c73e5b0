"""What Business Central's refusals mean, by error code and not by status: each becomes one of the five errors. Pure.

Codes: learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices/dynamics-error-codes
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bcsync.clients.errors import (
    Changed,
    ConfigurationError,
    Rejected,
    RetryLater,
    SkipRecord,
    UnexpectedAnswer,
    VendorError,
)
from bcsync.clients.gist import gist_of
from bcsync.clients.redaction import redact
from bcsync.clients.transport import Failure

VENDOR = "Business Central"

# Business Central's captions, which its messages use, and our names of the same fields.
CAPTIONS = {
    "Country/Region Code": "country",
    "VAT Registration number": "taxRegistrationNumber",
    "VAT Registration No.": "taxRegistrationNumber",
    "Salesperson Code": "salespersonCode",
    "Payment Terms": "paymentTermsId",
    "Currency Code": "currencyCode",
    "Currency": "currencyCode",
    "Address 2": "addressLine2",
    "Phone No.": "phoneNumber",
    "Post Code": "postalCode",
    "Home Page": "website",
    "email address": "email",
    "Address": "addressLine1",
    "E-Mail": "email",
    "Email": "email",
    "County": "state",
    "City": "city",
    "Name": "displayName",
    "No.": "number",
}
# A caption may be part of a longer one (No., Phone No.), and a refused field's is named beside that of what it is
# checked against (VAT Registration number, Country/Region Code): the longer one says more.
LONGEST_FIRST = sorted(CAPTIONS.items(), key=lambda entry: -len(entry[0]))
RETRY_CODES = frozenset({"Internal_ServerError", "Internal_TenantUnavailable", "Application_CallbackNotAllowed"})
DATA_CODES = frozenset(
    {
        "Unknown",
        "BadRequest_InvalidOperation",
        "Internal_InvalidTableRelation",
        "Internal_EntityWithSameKeyExists",
        "Internal_DataNotFoundFilter",
    }
)
OUR_CODES = frozenset({"BadRequest_InvalidToken", "BadRequest_MethodNotAllowed", "BadRequest_MethodNotImplemented"})
NO_ENVIRONMENT = frozenset({"NoEnvironment", "Environment_NotFound"})


@dataclass(frozen=True)
class Whereabouts:
    """What the sentences name: which Business Central, and as whom we come."""

    tenant: str
    environment: str
    company: str
    user: str

    def place(self) -> str:
        return f'environment "{self.environment}"' + (f" of tenant {self.tenant}" if self.tenant else "")


def code_and_words(data: Any) -> tuple[str, str]:
    """Return the error code and the vendor's own words, without the correlation id; ("", "") for anything else."""
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return "", ""
    words = re.sub(r"\s*CorrelationId:\s*\S+\s*$", "", str(error.get("message") or ""))
    return str(error.get("code") or ""), redact(words)


def explainer(where: Whereabouts) -> Callable[[Failure], VendorError]:
    """Return what the transport asks for the error of a final answer that is not 2xx."""

    def explain(failure: Failure) -> VendorError:
        code, words = code_and_words(failure.data)
        words = words or failure.text
        kind, sentence = judge(failure.status, code, words, failure.family, where)
        return kind(VENDOR, sentence, status=failure.status, code=code, words=words, call=failure.family)

    return explain


def judge(status: int, code: str, words: str, call: str, where: Whereabouts) -> tuple[type[VendorError], str]:
    """Return the error class and its sentence. status: only where no code says more (HTML, empty bodies)."""
    if code == "Request_EntityChanged" or status == 412:
        return Changed, "Business Central says that somebody changed the record meanwhile; it is read again first."
    configuration = _configuration(status, code, words, call, where)
    if configuration:
        return ConfigurationError, configuration
    if code in RETRY_CODES or status == 429 or (status >= 500 and code not in OUR_CODES):
        return RetryLater, f"Business Central could not answer {call} ({code or status}: {words}); try again later."
    if code == "Internal_RecordNotFound" or (status == 404 and "customers(" in call):
        return SkipRecord, f"Business Central no longer has the record of {call}."
    if code in DATA_CODES or code.startswith("Application_"):
        return Rejected, f"Business Central refuses the data: {words}"
    return UnexpectedAnswer, f"Business Central did not accept {call} ({code or status}): {words}"


def _configuration(status: int, code: str, words: str, call: str, where: Whereabouts) -> str:
    """Return the sentence for what an administrator has to mend, or ""."""
    if code == "Internal_CompanyNotFound":
        return f'Business Central has no company "{where.company}" in {where.place()}: choose its company again.'
    if code.startswith("Authorization_") or (status == 403 and not code.startswith("Application_")):
        return (
            f"Business Central does not allow {where.user} to do {call}: give it the permission sets for it (such as "
            f"D365 BASIC and D365 CUSTOMER, EDIT) on page Microsoft Entra Applications. Business Central says: {words}"
        )
    if (code.startswith("Authentication_") or status == 401) and where.user.startswith("user "):
        return (
            f"Business Central does not let {where.user} into {where.place()}: check the user name and its web service "
            "key on the user's card in Business Central."
        )
    if code.startswith("Authentication_") or status == 401:
        return (
            f"Business Central does not let {where.user} into {where.place()}: register it on page "
            "Microsoft Entra Applications with State Enabled and its permission sets, and grant it API.ReadWrite.All "
            "in Microsoft Entra."
        )
    if code in NO_ENVIRONMENT or (status == 404 and call.endswith(("/companies", "/$metadata"))):
        return f"Business Central has no {where.place()}: check the environment's name (Business Central admin center)."
    if "run the data upgrade" in words:
        return f"Business Central must be upgraded before {call} can be used: {words}"
    if "/ODataV4/" in call and (status == 404 or code == "BadRequest_ResourceNotFound"):
        return (
            f"Business Central no longer publishes what {call} reads: publish it again on page Web Services, or run "
            "Test Connection to take over what is published now."
        )
    return ""


def blame(error: Rejected, values: Mapping[str, Any]) -> Rejected:
    """Return the same rejection with the field that the vendor's words point at, out of the values that were sent.

    A length refusal also gets its limit in the sentence. The field stays "" when nothing points at one.
    """
    name = error.field or _guess(error.code, error.words, values)
    limit = re.search(r"less than or equal to (\d+)", error.words)
    if limit and name:
        length = len(str(values.get(name, "")))
        sentence = f"{name} has {length} characters, and Business Central takes at most {limit[1]}: shorten it."
    else:
        sentence = f"Business Central refuses {name}: {error.words}" if name else error.message
    blamed = Rejected(
        VENDOR, sentence, status=error.status, code=error.code, words=error.words, field=name, call=error.call
    )  # fmt: skip
    blamed.gist = gist_of(error.words, values)
    return blamed


def _guess(code: str, words: str, values: Mapping[str, Any]) -> str:
    if code == "Internal_EntityWithSameKeyExists":
        return "number"
    named = [name for name in values if re.search(rf"\b{re.escape(name)}\b", words)]
    if len(named) == 1:
        return named[0]
    captions = [name for caption, name in LONGEST_FIRST if _mentions(words, caption)]
    sent = [name for name in captions if name in values]
    if sent and code != "Application_StringExceededLength":
        return sent[0]
    shown = {name: str(value) for name, value in values.items() if len(str(value)) > 1 and str(value) in words}
    if shown:
        return max(shown, key=lambda name: len(shown[name]))
    length = re.search(r"length of the string is (\d+)", words)
    fitting = [name for name, value in values.items() if length and len(str(value)) == int(length[1])]
    return fitting[0] if len(fitting) == 1 else (sent or captions or [""])[0]


def _mentions(words: str, caption: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(caption)}(?!\w)", words, re.IGNORECASE) is not None
