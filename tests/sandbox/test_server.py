"""The server: faults, cuts before and after the work, latency and caps, quota, audit, control doors, restarts."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.server import serve
from bcsync.sandbox.world import World
from tests.sandbox.conftest import Api, person

BOTH = [person("a@example.com"), person("b@example.com")]
FAMILY = "POST /v3/customers"


def test_every_answer_has_the_vendors_date_and_rate_headers(api: Api, world: World) -> None:
    world.clock.advance(5)
    headers = api("GET", "/v3/customers").headers
    assert headers["Date"] == "Sun, 01 Mar 2026 12:00:05 GMT"
    assert {name: headers[name] for name in headers if name.startswith("X-Rate")} == {
        "X-Rate-Limit-Requests-Left": "999",
        "X-Rate-Limit-Requests-Quota": "1000",
        "X-Rate-Limit-Time-Reset-Ms": "30000",
        "X-Rate-Limit-Time-Window-Ms": "30000",
    }


@pytest.mark.parametrize(("kind", "stored"), [("cut-before", 0), ("cut-after", 2)])
def test_a_cut_connection_leaves_the_work_undone_or_done(
    api: Api, store: StoreSide, world: World, kind: str, stored: int
) -> None:
    world.faults.add(kind, match=FAMILY)
    with pytest.raises(requests.ConnectionError):
        api("POST", "/v3/customers", BOTH)
    assert store.count() == stored
    assert [(call.status, call.wrote, call.fault) for call in world.audit.calls(family=FAMILY)] == [
        (0, stored > 0, kind)
    ]
    assert api("GET", "/v3/customers").status_code == 200


@pytest.mark.parametrize("kind", ["429", "429-no-headers", "500", "502", "503", "504"])
def test_a_refusal_strikes_once_and_nothing_is_done(api: Api, store: StoreSide, world: World, kind: str) -> None:
    world.faults.add(kind, vendor="bigcommerce", match="POST *")
    answer = api("POST", "/v3/customers", BOTH)
    assert (answer.status_code, store.count()) == (int(kind[:3]), 0)
    assert ("X-Rate-Limit-Time-Reset-Ms" in answer.headers) is (kind == "429")
    assert api("POST", "/v3/customers", BOTH).status_code == 200


def test_html_truncated_and_slow(api: Api, world: World) -> None:
    world.faults.add("html", match="GET *", times=1)
    assert api("GET", "/v3/customers").text.startswith("<html>")
    world.faults.add("truncated", match="GET *")
    with pytest.raises(requests.JSONDecodeError):
        api("GET", "/v3/customers").json()
    world.faults.add("slow", match="GET *", seconds=0.05)
    assert api("GET", "/v3/customers").elapsed.total_seconds() >= 0.05


def test_a_gateway_timeout_may_hide_work_that_was_done(api: Api, store: StoreSide, world: World) -> None:
    world.faults.add("504-after", match=FAMILY)
    assert api("POST", "/v3/customers", BOTH).status_code == 504
    assert (store.count(), len(world.audit.writes())) == (2, 1)


def test_a_bug_in_the_sandbox_is_seen(api: Api, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.stores["abc"], "customers", None)
    assert api("GET", "/v3/customers").status_code == 500
    assert [rule.splitlines()[0] for rule in world.audit.broken_rules] == [
        "the sandbox crashed in GET /v3/customers: Traceback (most recent call last):"
    ]


def test_a_stopped_server_answers_nobody_any_more(world: World, store: StoreSide) -> None:
    with requests.Session() as session:
        session.headers.update({"X-Auth-Token": store.token})
        with serve(world) as server:
            assert session.get(f"{server.url}/stores/abc/v3/customers", timeout=5).status_code == 200
        with pytest.raises(requests.ConnectionError):
            session.get(f"{server.url}/stores/abc/v3/customers", timeout=5)


def test_a_rate_strikes_a_seeded_share_for_ever(api: Api, world: World) -> None:
    def statuses() -> list[int]:
        world.faults.clear()
        world.faults.add(["500", "503"], rate=0.3, seed=7)
        return [api("GET", "/v3/customers").status_code for _ in range(40)]

    first = statuses()
    assert first == statuses()
    assert 0 < sum(status >= 500 for status in first) < 30


def test_skip_lets_the_first_ones_pass(api: Api, world: World) -> None:
    world.faults.add("500", match="GET *", skip=2)
    assert [api("GET", "/v3/customers").status_code for _ in range(4)] == [200, 200, 500, 200]


def test_more_at_once_than_the_cap_are_429_without_headers(api: Api, store: StoreSide, world: World) -> None:
    ids = [store.add_customer(email=f"p{number}@example.com")["id"] for number in range(4)]
    world.latency = 0.2
    barrier = threading.Barrier(4)

    def put(id: int) -> requests.Response:
        barrier.wait()
        body = [{"id": id, "phone": "1"}]
        return requests.put(f"{api.root}/v3/customers", json=body, headers=api.session.headers, timeout=10)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(put, ids))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert not [name for name in refused.headers if name.startswith("X-Rate")]
    assert world.audit.broken_rules == ["4 PUT /v3/customers in flight, the cap is 3"]
    assert world.audit.peaks["bigcommerce abc PUT /v3/customers"] == 4


def test_the_quota_is_refilled_when_the_window_is_over(api: Api, world: World) -> None:
    world.add_store("abc", quota=2)
    answers = [api("GET", "/v3/customers") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["X-Rate-Limit-Requests-Left"] for answer in answers] == ["1", "0", "0"]
    world.clock.advance(int(answers[-1].headers["X-Rate-Limit-Time-Reset-Ms"]) / 1000)
    assert api("GET", "/v3/customers").status_code == 200
    assert world.audit.broken_rules == []


def test_hammering_on_after_429_breaks_a_rule(api: Api, world: World) -> None:
    world.add_store("abc", quota=1)
    for _ in range(15):
        api("GET", "/v3/customers")
    assert world.audit.broken_rules == ["kept sending after 12 answers 429 in one window, last GET /v3/customers"]


def test_bad_manners_are_noted(api: Api, world: World) -> None:
    api("GET", "/v3/customers", headers={"User-Agent": None, "Accept": "*/*"})
    api("GET", "/v3/customers?id:in=" + ",".join(map(str, range(51))))
    api("GET", "/v3/customers?email:in=" + ",".join(f"p{number}@x.com" for number in range(21)))
    assert world.audit.broken_rules == [
        "no Accept: application/json in GET /v3/customers",
        "51 values in id:in of GET /v3/customers, at most 50 are safe",
        "21 values in email:in of GET /v3/customers, at most 20 are safe",
    ]


def test_the_audit_counts_calls_items_and_writes(api: Api, world: World) -> None:
    api("POST", "/v3/customers", BOTH)
    api("POST", "/v3/customers", BOTH)
    api("GET", "/v3/customers")
    summary = world.audit.summary()
    assert summary == {
        "calls": 3,
        "writes": {"bigcommerce": 1},
        "families": {
            "bigcommerce": {
                FAMILY: {"calls": 2, "items": 2, "refused": 1},
                "GET /v3/customers": {"calls": 1, "items": 2, "refused": 0},
            }
        },
        "statuses": {"200": 2, "422": 1},
        "peaks": {"bigcommerce abc": 1, f"bigcommerce abc {FAMILY}": 1, "bigcommerce abc GET /v3/customers": 1},
        "broken_rules": [],
    }


def test_the_control_doors(api: Api, world: World, store: StoreSide) -> None:
    root = api.root.removesuffix("/stores/abc") + "/sandbox"
    assert requests.get(f"{root}/health", timeout=5).json() == {"status": "ok", "stores": ["abc"], "companies": []}
    assert requests.post(f"{root}/faults", json={"kind": "500"}, timeout=5).status_code == 200
    assert api("GET", "/v3/customers").status_code == 500
    assert requests.post(f"{root}/faults", json={"kind": "fire"}, timeout=5).status_code == 400
    changed = requests.post(f"{root}/switches", json={"unknown_state": "accept"}, timeout=5).json()
    assert changed == world.switches.as_dict()
    assert changed["unknown_state"] == "accept"
    assert requests.get(f"{root}/audit", timeout=5).json()["calls"] == 1
    requests.post(f"{root}/audit/reset", timeout=5)
    assert world.audit.calls() == []
    store.add_customer(email="ann@example.com")
    assert requests.get(f"{root}/state", timeout=5).json() == world.state()
    assert requests.get(f"{root}/state?ids=0", timeout=5).json() == world.state(ids=False)
    edit = {"store": "abc", "does": "change_customer", "who": "ann@example.com", "fields": {"company": "Able"}}
    assert requests.post(f"{root}/people", json=edit, timeout=5).status_code == 200
    assert store.customer("ann@example.com")["company"] == "Able"
    assert requests.post(f"{root}/people", json={**edit, "does": "close"}, timeout=5).status_code == 400
    assert requests.post(f"{root}/clock", json={"advance": 60}, timeout=5).json() == {"now": "2026-03-01T12:01:00Z"}


def test_one_connection_carries_many_requests(api: Api, world: World) -> None:
    ports = set()
    for _ in range(5):
        with api.session.get(f"{api.root}/v3/customers", stream=True, timeout=5) as answer:
            connection = getattr(answer.raw, "connection", None) or answer.raw._connection
            ports.add(connection.sock.getsockname()[1])
            answer.content  # noqa: B018 - reading it gives the connection back
    assert len(ports) == 1


def test_a_world_in_a_file_survives_a_restart(tmp_path: Path) -> None:
    world = World(tmp_path / "world.sqlite3")
    store = world.add_store("abc", token="secret", scopes={"store_v2_customers"}, channels=["Main", "Outlet"])
    store.add_customer(email="ann@example.com", form_fields={"A": "1"})
    before = world.state()
    world.close()
    again = World(tmp_path / "world.sqlite3")
    assert again.state() == before
    assert (again.stores["abc"].token, len(again.stores["abc"].channels())) == ("secret", 2)
    with serve(again) as server:
        headers = {"X-Auth-Token": "secret"}
        assert requests.get(f"{server.url}/stores/abc/v3/customers", headers=headers, timeout=5).status_code == 200
    again.close()


def test_states_without_ids_are_equal_when_only_ids_and_stamps_differ() -> None:
    worlds = World(), World()
    worlds[1].clock.advance(99)
    worlds[1].add_store("abc").add_customer(email="gone@example.com")
    worlds[1].stores["abc"].delete_customer("gone@example.com")
    for world in worlds:
        store = world.add_store("abc")
        group = store.add_customer_group("Trade")
        fields = {"attributes": {"VAT": "1"}, "form_fields": {"A": "1"}, "customer_group_id": group}
        store.add_customer(email="ann@example.com", metafields=[{"namespace": "n", "key": "k", "value": "v"}], **fields)
    assert worlds[0].state() != worlds[1].state()
    assert worlds[0].state(ids=False) == worlds[1].state(ids=False)
    worlds[0].stores["abc"].change_customer("ann@example.com", phone="1")
    assert worlds[0].state(ids=False) != worlds[1].state(ids=False)
    for world in worlds:
        world.close()
