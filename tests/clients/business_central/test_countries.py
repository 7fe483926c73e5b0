"""Which source wins for an ISO code, and what is said when it is wrong."""

import pytest

from bcsync.clients.business_central_countries import Iso, iso_of

PUBLISHED = {"GB": "GB", "EL": "EL", "NI": "GB", "DE": "", "UK": "gb"}


@pytest.mark.parametrize(
    ("code", "published", "table", "expected"),
    [
        ("", PUBLISHED, {}, Iso("", "", "")),
        ("GB", PUBLISHED, {}, Iso("GB", "published page", "")),
        ("UK", PUBLISHED, {}, Iso("GB", "published page", "")),
        ("NI", PUBLISHED, {}, Iso("GB", "published page", "")),
        ("DE", PUBLISHED, {}, Iso("DE", "country code", "")),
        ("DE", None, {}, Iso("DE", "country code", "")),
        ("EL", None, {"EL": "GR"}, Iso("GR", "store table", "")),
        ("NI", None, {"NI": "gb"}, Iso("GB", "store table", "")),
    ],
)
def test_source(code: str, published: dict[str, str] | None, table: dict[str, str], expected: Iso) -> None:
    assert iso_of(code, published, table) == expected


def test_an_invalid_iso_code_is_named_and_mapped_through_the_table() -> None:
    assert iso_of("EL", PUBLISHED, {"EL": "GR"}) == Iso(
        "GR",
        "store table",
        'Business Central gives country/region EL the ISO code "EL", unknown to ISO 3166-1; '
        "the store's country table makes it GR.",
    )


def test_an_invalid_iso_code_without_a_table_says_where_to_mend_it() -> None:
    found = iso_of("EL", PUBLISHED, {})
    assert (found.code, found.source) == ("", "")
    assert "page Countries/Regions (10)" in found.problem


def test_an_unknown_code_and_a_wrong_table_stay_unknown() -> None:
    assert iso_of("XX", None, {}).code == ""
    assert iso_of("XX", None, {"XX": "Greece"}) == Iso(
        "", "", 'The store\'s country table maps XX to "GREECE", which is not an ISO 3166-1 code.'
    )
