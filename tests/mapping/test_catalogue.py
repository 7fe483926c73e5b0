"""The catalogue says the truth about both sides, and the default rows keep to it."""

from dataclasses import fields

import pytest

from bcsync.clients.business_central_record import BusinessCentralRecord, ShipTo
from mapping.catalogue import FIELDS, OPEN_TABLES, find, limit_of
from mapping.defaults import DEFAULT_REQUIRED, DEFAULT_ROWS, TRACKING_ID, TRACKING_NUMBER
from mapping.diff_addresses import UNIQUENESS
from mapping.rows import metafield_rows
from mapping.transforms import TRANSFORMS


def test_every_field_is_listed_once():
    names = [(field.system, field.table, field.name) for field in FIELDS]
    assert len(names) == len(set(names))


def test_every_attribute_is_one_of_the_record():
    record = {field.name for field in fields(BusinessCentralRecord)}
    ship_to = {field.name for field in fields(ShipTo)}
    for field in FIELDS:
        if field.attribute:
            assert field.attribute in (ship_to if field.table == "ship_to" else record), field
    assert set(DEFAULT_REQUIRED) <= record


@pytest.mark.parametrize("row", DEFAULT_ROWS, ids=lambda row: str(row.target))
def test_every_default_row_reads_and_writes_what_there_is(row):
    target = find("bigcommerce", row.target.table, row.target.name)
    assert find("business_central", row.source.table, row.source.name)
    assert target
    assert target.writable
    assert {step.name for step in row.steps} <= set(TRANSFORMS)


def test_no_two_default_rows_write_one_target():
    targets = [row.target for row in DEFAULT_ROWS]
    assert len(targets) == len(set(targets))


def test_the_default_rows_fill_the_whole_address():
    for table in ("address", "ship_to_address"):
        assert {row.target.name for row in DEFAULT_ROWS if row.target.table == table} == set(UNIQUENESS)


def test_the_tracking_metafields_are_for_this_app_only():
    rows = metafield_rows(DEFAULT_ROWS)
    assert {key: row.permission_set for key, row in rows.items()} == dict.fromkeys(
        (TRACKING_ID, TRACKING_NUMBER), "app_only"
    )


def test_an_open_table_takes_any_name_and_a_closed_one_only_its_own():
    assert all(find("bigcommerce", table, "anything") for table in OPEN_TABLES)
    assert find("bigcommerce", "customer", "anything") is None
    assert find("business_central", "customer", "anything") is None
    assert (limit_of("attribute", "x"), limit_of("customer", "first_name"), limit_of("address", "address1")) == (
        255,
        100,
        None,
    )
