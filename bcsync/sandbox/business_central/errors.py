"""What Business Central says when it refuses: one exception and the body that carries it.

https://learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices/dynamics-error-codes
"""

from typing import Any


class BusinessCentralError(Exception):
    """A request that Business Central refuses: HTTP status, its error code and its words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def error_body(code: str, message: str, correlation: str) -> dict[str, Any]:
    """Return the error object; Business Central appends the correlation id to every message."""
    return {"error": {"code": code, "message": f"{message}  CorrelationId:  {correlation}."}}


def dialog(message: str) -> BusinessCentralError:
    """An AL Error() call that reached the caller."""
    return BusinessCentralError(400, "Application_DialogException", message)


def bad_query(message: str) -> BusinessCentralError:
    """A query option that Business Central cannot parse or bind."""
    return BusinessCentralError(400, "BadRequest_NotFound", message)


def not_found(caption: str, keys: str) -> BusinessCentralError:
    """A record that does not exist (any more)."""
    return BusinessCentralError(
        404,
        "Internal_RecordNotFound",
        f"The {caption} does not exist. Identification fields and values: {keys}",
    )


def relation(field: str, table: str, value: str) -> BusinessCentralError:
    """A code that its own table does not hold."""
    return BusinessCentralError(
        400,
        "Internal_InvalidTableRelation",
        f"The field {field} of table {table} contains a value ({value}) that cannot be found in the related table.",
    )


def too_long(field: str, length: int, value: str) -> BusinessCentralError:
    """A text above the field's length."""
    return BusinessCentralError(
        400,
        "Application_StringExceededLength",
        f"The length of the string is {len(value)}, but it must be less than or equal to {length} characters. "
        f"Field: {field}. Value: {value}",
    )
