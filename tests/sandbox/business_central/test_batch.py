"""$batch: stop at the first failure, continue on request, snapshots that lie, the limit of 100, counting."""

from typing import Any

import pytest

from bcsync.sandbox.business_central.company import CompanySide
from tests.sandbox.business_central.conftest import API, Caller

JSON = {"content_type": "application/json", "accept": "application/json"}


def send(caller: Caller, operations: list[dict[str, Any]], **headers: str) -> list[dict[str, Any]]:
    body = {"requests": operations}
    return caller.call("POST", f"{API}/$batch", body, status=200, **{**JSON, **headers})["responses"]


def post(caller: Caller, id: str, **values: Any) -> dict[str, Any]:
    return {"id": id, "method": "POST", "url": f"companies({caller.company.id})/customers", "body": values}


def test_it_stops_at_the_first_failure_and_keeps_what_was_done(caller: Caller) -> None:
    operations = [post(caller, "a", displayName="A"), post(caller, "b"), post(caller, "c", displayName="C")]
    responses = send(caller, operations)
    assert [(one["id"], one["status"]) for one in responses] == [("a", 201), ("b", 400)]
    assert responses[1]["body"]["error"]["code"] == "Application_DialogException"
    assert [row["name"] for row in caller.company.customers()] == ["A"]


def test_it_continues_when_asked_to(caller: Caller) -> None:
    operations = [post(caller, "a", displayName="A"), post(caller, "b"), post(caller, "c", displayName="C")]
    responses = send(caller, operations, prefer="odata.continue-on-error")
    assert [one["status"] for one in responses] == [201, 400, 201]
    assert [row["name"] for row in caller.company.customers()] == ["A", "C"]


def test_a_snapshot_is_rolled_back_whole_and_still_says_created(caller: Caller) -> None:
    operations = [post(caller, "a", displayName="A"), post(caller, "b")]
    responses = send(caller, operations, isolation="snapshot")
    assert [one["status"] for one in responses] == [201, 400]
    assert caller.company.customers() == []
    assert caller.world.audit.writes() == []


def test_reads_and_writes_with_if_match(caller: Caller, company: CompanySide) -> None:
    customer = company.add_customer(number="10000", displayName="A", contact=("Ana", "Lopez"))
    path = f"companies({company.id})/customers({customer['id']})"
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    operations = [
        {"id": "1", "method": "GET", "url": f"{path}/contactsInformation"},
        {"id": "2", "method": "PATCH", "url": path, "headers": headers, "body": {"city": "York"}},
        {"id": "3", "method": "GET", "url": f"companies({company.id})/customers?$filter=city%20eq%20'York'"},
    ]
    responses = send(caller, operations)
    assert [one["status"] for one in responses] == [200, 200, 200]
    assert [one["contactName"] for one in responses[0]["body"]["value"]] == ["A", "Ana Lopez"]
    assert responses[1]["headers"]["ETag"] == responses[1]["body"]["@odata.etag"]
    assert [one["number"] for one in responses[2]["body"]["value"]] == ["10000"]
    inner = caller.world.audit.calls(inner=True)
    assert [(call.family, call.wrote) for call in inner] == [
        ("GET /customers({id})/contactsInformation", False),
        ("PATCH /customers({id})", True),
        ("GET /customers", False),
    ]


def test_more_than_a_hundred_are_refused(caller: Caller) -> None:
    body = {"requests": [post(caller, str(index), displayName="A") for index in range(101)]}
    assert caller.refusal("POST", f"{API}/$batch", body, **JSON) == (500, "Unknown")
    assert caller.company.customers() == []
    assert caller.world.audit.broken_rules == ["POST /$batch: 101 operations, 100 are allowed"]


@pytest.mark.parametrize(("counted", "calls"), [(True, 4), (False, 1)])
def test_whether_inner_requests_count_is_a_switch(caller: Caller, counted: bool, calls: int) -> None:
    caller.world.switches.batch_inner_counted = counted
    caller.company.calls.clear()
    send(caller, [post(caller, str(index), displayName="A") for index in range(3)])
    assert len(caller.company.calls) == calls
