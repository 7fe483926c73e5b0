"""Reading API v2.0: $filter with its restrictions, $orderby, pages with nextLink, $select, $expand, $count."""

from typing import Any

import pytest

from bcsync.sandbox.business_central.company import CompanySide
from tests.sandbox.business_central.conftest import Caller


@pytest.fixture
def five(company: CompanySide) -> CompanySide:
    for number, name, country in (
        ("10000", "Adatum", "GB"),
        ("20000", "Trey Research", "DE"),
        ("30000", "School of Fine Art", "GB"),
        ("40000", "Alpine Ski House", "DE"),
        ("50000", "Relecloud", "US"),
    ):
        company.add_customer(number=number, displayName=name, country=country, email=f"{number}@x.example")
    return company


def numbers(rows: list[dict[str, Any]]) -> list[str]:
    return [row["number"] for row in rows]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("number eq '10000'", ["10000"]),
        ("number eq '10000' or number eq '50000'", ["10000", "50000"]),
        ("country eq 'GB' and displayName eq 'Adatum'", ["10000"]),
        ("country eq 'gb'", ["10000", "30000"]),
        ("displayName eq 'adatum'", []),
        ("tolower(displayName) eq 'adatum'", ["10000"]),
        ("number ge '20000' and number le '30000'", ["20000", "30000"]),
        ("startswith(displayName,'A')", ["10000", "40000"]),
        ("endswith(displayName,'Art')", ["30000"]),
        ("contains(displayName,'Re')", ["20000", "50000"]),
        ("contains(email,'@x')", ["10000", "20000", "30000", "40000", "50000"]),
        ("type eq 'Person'", []),
        ("type eq Microsoft.NAV.contactType'Company' and number lt '20000'", ["10000"]),
        ("displayName eq 'O''Hara'", []),
        ("lastModifiedDateTime gt 2099-01-01T00:00:00Z", []),
        (
            "lastModifiedDateTime ge 2000-01-01T00:00:00.000Z and number ne '10000'",
            ["20000", "30000", "40000", "50000"],
        ),
        ("paymentTermsId eq 00000000-0000-0000-0000-000000000000 and number gt '40000'", ["50000"]),
        ("contacts/any(c: c/number eq '1') and number eq '20000'", ["20000"]),
    ],
)
def test_filter(caller: Caller, five: CompanySide, condition: str, found: list[str]) -> None:
    assert numbers(caller.find("customers", f"$filter={condition.replace(' ', '%20')}")) == found


@pytest.mark.parametrize(
    ("condition", "status", "code"),
    [
        ("number eq '1' or displayName eq 'A'", 501, "BadRequest_MethodNotImplemented"),
        ("number in ('10000','20000')", 400, "BadRequest_NotFound"),
        ("contains(tolower(displayName),'a')", 501, "BadRequest_MethodNotImplemented"),
        ("not (number eq '1')", 501, "BadRequest_MethodNotImplemented"),
        ("nickname eq 'A'", 400, "BadRequest_NotFound"),
        ("number eq 10000", 400, "BadRequest_NotFound"),
        ("number eq", 400, "BadRequest_NotFound"),
        ("type eq 'Robot'", 400, "Unknown"),
        ("blocked eq 'All'", 400, "BadRequest_NotFound"),
        ("lastModifiedDateTime gt '2020-01-01T00:00:00Z'", 400, "BadRequest_NotFound"),
        ("number eq '123456789012345678901'", 400, "Application_FilterErrorException"),
    ],
)
def test_filter_refused(caller: Caller, condition: str, status: int, code: str) -> None:
    assert caller.refusal("GET", f"customers?$filter={condition.replace(' ', '%20')}") == (status, code)


def test_a_long_list_of_numbers(caller: Caller, five: CompanySide) -> None:
    condition = " or ".join(f"number eq '{number}'" for number in range(10000, 10900))
    assert numbers(caller.find("customers", f"$filter={condition.replace(' ', '%20')}")) == ["10000"]


def test_blocked_in_a_filter_is_a_switch(caller: Caller, five: CompanySide) -> None:
    caller.world.switches.blocked_in_filter = True
    five.change_customer("20000", blocked="All")
    assert numbers(caller.find("customers", "$filter=blocked%20eq%20'All'")) == ["20000"]
    assert len(caller.find("customers", "$filter=blocked%20eq%20'%20'")) == 4


def test_a_plus_is_no_space(caller: Caller) -> None:
    assert caller.refusal("GET", "customers?$filter=number+eq+'1'")[0] == 400
    assert caller.world.audit.broken_rules == ["GET /customers: '+' in the query; OData 4 wants %20"]


@pytest.mark.parametrize("order", ["", "$orderby=country%20desc,number", "$orderby=lastModifiedDateTime"])
def test_pages_follow_the_opaque_next_link(caller: Caller, five: CompanySide, order: str) -> None:
    whole = numbers(caller.find("customers", order))
    prefer = {"prefer": "odata.maxpagesize=2"}
    page = caller.get(f"customers?$select=number&{order}", **prefer)
    pages = [numbers(page["value"])]
    while link := page.get("@odata.nextLink"):
        assert "aid=FIN&$skiptoken=" in link
        page = caller.get(link, **prefer)
        pages.append(numbers(page["value"]))
    assert [len(one) for one in pages] == [2, 2, 1]
    assert [number for one in pages for number in one] == whole
    assert caller.world.audit.broken_rules == []


def test_a_row_added_behind_the_page_is_still_met(caller: Caller, five: CompanySide) -> None:
    page = caller.get("customers", prefer="odata.maxpagesize=4")
    five.add_customer(number="00001", displayName="Early")
    five.add_customer(number="60000", displayName="Late")
    rest = caller.get(page["@odata.nextLink"], prefer="odata.maxpagesize=4")
    assert numbers(rest["value"]) == ["50000", "60000"]


def test_paging_habits_that_break_rules(caller: Caller, five: CompanySide) -> None:
    page = caller.get("customers?$top=4", prefer="odata.maxpagesize=2")
    caller.get(page["@odata.nextLink"])
    caller.get("customers?$top=2&$skip=2")
    assert caller.world.audit.broken_rules == [
        "GET /customers: nextLink followed without sending Prefer again",
        "GET /customers: $top and $skip used for paging",
    ]
    changed = page["@odata.nextLink"].replace("$top=4", "$top=5")
    assert caller.refusal("GET", changed) == (400, "BadRequest_NotFound")


def test_top_spans_pages(caller: Caller, five: CompanySide) -> None:
    page = caller.get("customers?$top=3", prefer="odata.maxpagesize=2")
    rest = caller.get(page["@odata.nextLink"], prefer="odata.maxpagesize=2")
    assert (numbers(page["value"]), numbers(rest["value"])) == (["10000", "20000"], ["30000"])
    assert "@odata.nextLink" not in rest


def test_too_large_a_page(caller: Caller) -> None:
    assert caller.refusal("GET", "customers", prefer="odata.maxpagesize=20001") == (413, "Unknown")


def test_count(caller: Caller, five: CompanySide) -> None:
    body = caller.get("customers?$count=true&$top=1&$filter=country%20eq%20'GB'")
    assert (body["@odata.count"], len(body["value"])) == (2, 1)
    assert caller.get("customers/$count") == "5"


def test_select_and_unknown_options(caller: Caller, five: CompanySide) -> None:
    row = caller.find("customers", "$select=number,displayName&$top=1")[0]
    assert set(row) == {"@odata.etag", "number", "displayName"}
    assert caller.refusal("GET", "customers?$select=nickname") == (400, "BadRequest_NotFound")
    assert caller.refusal("GET", "customers?$apply=x") == (400, "BadRequest_NotFound")
    assert caller.refusal("GET", "customers?$expand=nickname") == (400, "BadRequest_NotFound")


def test_one_record_carries_its_etag_in_body_and_header(caller: Caller, five: CompanySide) -> None:
    row = caller.find("customers", "$top=1")[0]
    one = caller.get(f"customers({row['id']})")
    assert caller.last.headers["ETag"] == one["@odata.etag"] == row["@odata.etag"]
    assert caller.refusal("GET", "customers(00000000-0000-0000-0000-000000000001)")[0] == 404


def test_expand_of_contacts_information_and_of_a_reference(caller: Caller, company: CompanySide) -> None:
    company.add_customer(number="10000", displayName="Adatum", contact=("Robert", "Townes"), payment_terms="14 DAYS")
    company.add_customer(number="20000", displayName="Ana Lopez", type="Person")
    expand = "$expand=contactsInformation($expand=contact($select=number,email)),paymentTerm"
    rows = caller.find("customers", expand)
    shown = [[(one["contactName"], one["contactType"]) for one in row["contactsInformation"]] for row in rows]
    assert shown == [[("Adatum", "Company"), ("Robert Townes", "Person")], [("Ana Lopez", "Person")]]
    first = rows[0]["contactsInformation"][1]
    assert (first["relatedId"], first["relatedType"]) == (rows[0]["id"], "Customer")
    assert first["contact"]["number"] == first["contactNumber"]
    assert [row["paymentTerm"] and row["paymentTerm"]["code"] for row in rows] == ["14 DAYS", None]
    assert caller.get(f"customers({rows[0]['id']})/contactsInformation")["value"] == [
        {key: value for key, value in one.items() if key != "contact"} for one in rows[0]["contactsInformation"]
    ]


def test_contacts_information_wants_its_customer(caller: Caller, five: CompanySide) -> None:
    assert caller.refusal("GET", "contactsInformation") == (400, "Application_DialogException")
    customer = caller.find("customers", "$top=1")[0]
    query = f"$filter=relatedId%20eq%20{customer['id']}%20and%20relatedType%20eq%20'Customer'"
    assert [one["contactName"] for one in caller.find("contactsInformation", query)] == ["Adatum"]


def test_reference_sets_have_no_iso_code(caller: Caller) -> None:
    countries = caller.find("countriesRegions", "$filter=code%20eq%20'EL'")
    assert set(countries[0]) == {
        "@odata.etag",
        "id",
        "code",
        "displayName",
        "addressFormat",
        "lastModifiedDateTime",
    }
    for name in (
        "paymentTerms",
        "paymentMethods",
        "shipmentMethods",
        "currencies",
        "taxAreas",
        "salespeoplePurchasers",
    ):
        caller.get(name)
