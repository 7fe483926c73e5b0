"""Creating and changing customers: only what differs, under the ETag that was read, and what came back is what holds.

learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/api/dynamics_customer_update
"""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from bcsync.clients.business_central_capabilities import Capabilities, PublishedPage, page_title
from bcsync.clients.business_central_errors import VENDOR, blame
from bcsync.clients.business_central_join import plain_record
from bcsync.clients.business_central_literals import segment, text
from bcsync.clients.business_central_record import BusinessCentralRecord
from bcsync.clients.business_central_session import Row, Session
from bcsync.clients.errors import Changed, ConfigurationError, Rejected, SkipRecord, VendorError

# What a changed country blanks (when the old one was not blank) and a post code may overwrite from its table.
FOLLOWS_COUNTRY = ("city", "state", "postalCode")
# Whatever order Business Central applies members in, the second time only what is still wrong goes, and then it holds.
CORRECTIONS = 2
ANSWERED_ONLY = ("id", "lastModifiedDateTime", "balanceDue", "taxAreaDisplayName", "@odata.etag")


def create(session: Session, values: Mapping[str, Any]) -> BusinessCentralRecord:
    """Create a customer. Raises LostAnswer when it may be done: look it up before trying again."""
    sent = _outgoing(values)
    row = session.write("POST", session.api("customers"), sent, "/customers")
    # Once it is created its id must reach the caller, or it would be created again: a failed correction only shows.
    with contextlib.suppress(VendorError):
        row = _correct(session, row, {name: sent[name] for name in FOLLOWS_COUNTRY if sent.get(name)})
    return _record(row, sent)


def update(session: Session, customer_id: str, etag: str, changes: Mapping[str, Any]) -> BusinessCentralRecord:
    """Send the changed members; see BusinessCentral.update_customer."""
    sent = _outgoing(changes)
    if not sent:
        raise ValueError("an update without a change is no request")
    path, family = session.api(f"customers({customer_id})"), "/customers({id})"
    keep: Row = {}
    if "country" in sent:
        keep = {name: sent[name] for name in FOLLOWS_COUNTRY if name in sent}
        if len(keep) < len(FOLLOWS_COUNTRY):
            before = session.one(path, family)
            if str(before.get("@odata.etag") or "") != etag:
                raise Changed(VENDOR, "The customer changed in Business Central; it is read again first.", call=family)
            keep = {name: sent.get(name, before.get(name) or "") for name in FOLLOWS_COUNTRY}
    row = session.write("PATCH", path, sent, family, etag)
    row = _correct(session, row, keep or {name: sent[name] for name in FOLLOWS_COUNTRY if name in sent})
    return _record(row, sent)


def delete(session: Session, customer_id: str, etag: str) -> None:
    """Delete a customer; see BusinessCentral.delete_customer. Its number stays used and its contacts stay."""
    with contextlib.suppress(SkipRecord):
        session.remove(session.api(f"customers({customer_id})"), "/customers({id})", etag)


def _correct(session: Session, row: Row, wanted: Row) -> Row:
    """Send again what country or post code took along, and return the row as it then is."""
    for _ in range(CORRECTIONS):
        wrong = {name: value for name, value in wanted.items() if not _same(row.get(name), value)}
        if not wrong:
            break
        path = session.api(f"customers({row['id']})")
        row = session.write("PATCH", path, wrong, "/customers({id})", str(row.get("@odata.etag") or "*"))
    return row


def _record(row: Row, sent: Row) -> BusinessCentralRecord:
    record = plain_record(row)
    changed = {name: row.get(name) for name, value in sent.items() if name in row and not _same(row[name], value)}
    if changed:
        record.extra["read_back"] = changed
    return record


def update_card(
    session: Session, capabilities: Capabilities, number: str, changes: Mapping[str, str]
) -> dict[str, str]:
    """Change values that only the published Customer Card has; see BusinessCentral.update_customer_card."""
    page = _page(capabilities, "customer_card", "Posting groups can be written only")
    return _update_page(session, page, f"({segment(text(number))})", changes, alike=_same)


def update_names(session: Session, capabilities: Capabilities, contact: str, changes: Mapping[str, str]) -> None:
    """Change first_name, middle_name, surname of a contact by its number; see BusinessCentral.update_contact_names."""
    if capabilities.has("name_details") or not capabilities.customer_contacts:
        page = _page(capabilities, "name_details", "Names of contacts can be written only")
        _update_page(session, page, f"({segment(text(contact))})", changes)
        return
    found = session.pages(session.api("contacts", filter=f"number eq {text(contact)}", select="id"), "/contacts", 1)
    ids = [str(row["id"]) for rows in found for row in rows]
    if not ids:
        raise SkipRecord(VENDOR, f"Business Central no longer has contact {contact}.", call="GET /contacts")
    path, family = session.api(f"customerContacts({ids[0]})"), "/customerContacts({id})"
    row = session.one(path, family)
    first = " ".join(filter(None, (changes.get("first_name", ""), changes.get("middle_name", ""))))
    wanted = {"firstName": first} if "first_name" in changes else {}
    wanted |= {"lastName": changes["surname"]} if "surname" in changes else {}
    different = {name: value for name, value in wanted.items() if not _equal(row.get(name), value)}
    if different:
        session.write("PATCH", path, different, family, str(row.get("@odata.etag") or "*"))


def update_ship_to(
    session: Session, capabilities: Capabilities, number: str, code: str, changes: Mapping[str, str]
) -> None:
    """Change a ship-to address by our names (address, city ...); see BusinessCentral.update_ship_to."""
    page = _page(capabilities, "ship_to", "Ship-to addresses can be written only")
    keys = {"customer_number": number, "code": code}
    named = {page.properties[role]: value for role, value in keys.items() if role in page.properties}
    place = ",".join(f"{segment(name)}={segment(text(named[name]))}" for name in page.key)
    _update_page(session, page, f"({place})", changes, follow=("city", "county", "post_code"))


def _page(capabilities: Capabilities, kind: str, only: str) -> PublishedPage:
    page = capabilities.published.get(kind)
    if page is None:
        raise ConfigurationError(VENDOR, f"{only} through {page_title(kind).lower()}: publish it first.")
    return page


def _equal(read: Any, sent: Any) -> bool:
    """As it is written, case too: for names and addresses, where a person wrote it that way on purpose."""
    return str(read or "").strip() == str(sent or "").strip()


def _update_page(
    session: Session,
    page: PublishedPage,
    key: str,
    changes: Mapping[str, str],
    follow: tuple[str, ...] = (),
    alike: Callable[[Any, Any], bool] = _equal,
) -> dict[str, str]:
    """Change a published page's row by our roles, only what is not alike, and return the row by our roles.

    follow: roles that another country blanks; what they said before goes again, as in `update`.
    """
    unknown = sorted(set(changes) - set(page.properties))
    if unknown:
        sentence = f"The published page {page.service} does not show {unknown[0]}."
        raise Rejected(VENDOR, sentence, field=unknown[0])
    path, family = session.page(page.service, key), f"/ODataV4/{page.service}({{id}})"
    row = session.one(path, family)
    wanted = dict(changes)
    if "country" in changes:
        wanted = {role: str(row.get(page.properties[role]) or "") for role in follow if role in page.properties}
        wanted |= changes
    for _ in range(1 + (CORRECTIONS if follow else 0)):
        different = {role: value for role, value in wanted.items() if not alike(row.get(page.properties[role]), value)}
        if not different:
            break
        sent = {page.properties[role]: value for role, value in different.items()}
        try:
            row = session.write("PATCH", path, sent, family, str(row.get("@odata.etag") or "*"))
        except Rejected as error:
            roles = {name: role for role, name in page.properties.items()}
            error.field = roles.get(error.field, error.field)
            raise blame(error, different) from None
    return {role: str(row.get(name) or "") for role, name in page.properties.items()}


def _outgoing(values: Mapping[str, Any]) -> Row:
    """Return what may be sent: the blank option travels as _x0020_, members that only answers have stay here."""
    sent = {name: value for name, value in values.items() if name not in ANSWERED_ONLY}
    for name in ("blocked", "type"):
        if sent.get(name) == "":
            sent[name] = "_x0020_"
    return sent


def _same(read: Any, sent: Any) -> bool:
    """Business Central trims and upper-cases codes: that is no difference."""
    if isinstance(read, str) and isinstance(sent, str):
        return read.strip().casefold() == sent.strip().casefold()
    return bool(read == sent)
