"""Looks customers up by e-mail, name and time, as when the answer to a create was lost."""

from datetime import datetime

from bcsync.clients.business_central_join import SELECT, plain_record
from bcsync.clients.business_central_literals import moment, text
from bcsync.clients.business_central_record import BusinessCentralRecord
from bcsync.clients.business_central_session import Session


def find(
    session: Session, email: str, display_name: str, modified_since: datetime | None, page_size: int
) -> list[BusinessCentralRecord]:
    """See BusinessCentral.find_customers."""
    if modified_since is not None:
        condition = f"lastModifiedDateTime ge {moment(modified_since)}"
    else:
        condition = f"email eq {text(email)}" if email else f"displayName eq {text(display_name)}"
    path = session.api("customers", filter=condition, select=SELECT)
    records = [plain_record(row) for page in session.pages(path, "/customers", page_size) for row in page]
    wanted = {"email": email, "display_name": display_name}
    return [
        record
        for record in records
        if all(not value or getattr(record, name).casefold() == value.casefold() for name, value in wanted.items())
    ]
