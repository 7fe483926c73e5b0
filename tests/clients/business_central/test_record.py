"""A record goes through JSON and comes back equal."""

import json
from datetime import UTC, datetime

from bcsync.clients.business_central_record import (
    BusinessCentralRecord,
    ShipTo,
    record_from_json,
    record_to_json,
)


def test_json_both_ways() -> None:
    record = BusinessCentralRecord(
        id="1",
        display_name="Zoë",
        last_modified=datetime(2026, 1, 2, tzinfo=UTC),
        ship_to=[ShipTo("A", city="Bath")],
        contact_phones=["1"],
        privacy_blocked=False,
    )
    assert record_from_json(json.loads(json.dumps(record_to_json(record)))) == record
