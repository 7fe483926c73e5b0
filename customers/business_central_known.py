"""What the Business Central mirror knows while changes are read: whom it has as listed, and whose contact is whose."""

from collections.abc import Mapping, Sequence
from typing import Any

from bcsync.clients.business_central_known import Known
from bcsync.clients.business_central_literals import parse_moment
from bcsync.clients.business_central_record import BusinessCentralRecord, record_from_json
from customers.models import BusinessCentralCustomer
from stores.models import BusinessCentralCompany

SHIP_TO = frozenset({"ship_to"})


class Mirrored(Known):
    """Of one company. current: ids (lower case) of those that were listed as the mirror has them.

    keeps: "ship_to", where those of the mirror are as good as read; then `filled` puts them into what was read.
    mirrored_ship_to: keep them for each page of rows whose customers the mirror has, all of them: a ship-to address
    leaves its customer's stamp alone, so that stamp says nothing of it, and the list of all of them is read on its own.
    """

    def __init__(
        self,
        company: BusinessCentralCompany,
        keeps: frozenset[str] = frozenset(),
        *,
        mirrored_ship_to: bool = False,
    ) -> None:
        self.company, self.keeps, self.mirrored_ship_to = company, keeps, mirrored_ship_to
        self.current: set[str] = set()

    def news(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """A stamp moves with every change of its customer: one that we have needs nothing read beside it."""
        ids = [str(row["id"]).lower() for row in rows]
        mine = BusinessCentralCustomer.objects.filter(company=self.company, remote_id__in=ids, gone_at=None)
        stamps = {str(id): at for id, at in mine.values_list("remote_id", "last_modified")}
        fresh = []
        for id, row in zip(ids, rows, strict=True):
            at = parse_moment(row.get("lastModifiedDateTime"))
            if at is not None and stamps.get(id) == at:
                self.current.add(id)
            else:
                fresh.append(row)
        if self.mirrored_ship_to:
            known = all(str(row["id"]).lower() in stamps for row in fresh)
            self.keeps = SHIP_TO if known else frozenset()
        return fresh

    def families(self, numbers: Sequence[str]) -> Mapping[str, str]:
        mine = BusinessCentralCustomer.objects.filter(company=self.company, number__in=numbers).exclude(contact_key="")
        return dict(mine.values_list("number", "contact_key"))

    def filled(self, records: list[BusinessCentralRecord]) -> list[BusinessCentralRecord]:
        """The records with what was not read for them."""
        if self.keeps:
            rows = BusinessCentralCustomer.objects.filter(
                company=self.company, remote_id__in=[record.id for record in records]
            )
            known = {str(row.remote_id): record_from_json(row.data).ship_to for row in rows}
            for record in records:
                record.ship_to = known.get(record.id.lower(), [])
        return records
