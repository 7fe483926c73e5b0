"""Two real workers, two operators who press whatever there is: totals add up, nobody is doubled, nothing is stuck."""

import json
from collections import Counter

import pytest

from tests.customers import test_kill
from tests.customers.test_kill import Place, own_database, place
from tests.fixtures import FIRST

__all__ = ["own_database", "place"]
SEED, STEPS, CUSTOMERS = 11, 12, 90


@pytest.fixture(autouse=True)
def _small_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_kill, "CUSTOMERS", CUSTOMERS)
    monkeypatch.setattr(test_kill, "LATENCY", "0.1")


@pytest.mark.parametrize("place", [FIRST], indirect=True)
def test_stop_and_resume_in_mid_run_then_anything_at_once(place: Place) -> None:
    for _ in range(2):
        place.worker()
    place.celery("beat", "--loglevel", "ERROR")
    found = json.loads(place.python("-m", "tests.customers.operators", FIRST, str(SEED), str(STEPS)))
    first = found["stopped"]
    assert (first["stopping"], first["stopped"], first["resume_offered"]) == (True, "stopped", True)
    assert 0 < first["there"] <= CUSTOMERS
    assert first["to_do"] > 0
    assert first["title"].startswith("Stopped · Add Customers, run 1")
    assert (first["ended"], first["counts"]) == ("succeeded", {"created": CUSTOMERS})
    assert (first["adds_up"], first["adds_up_then"]) == (True, True)
    assert found["errors"] == []
    assert set(found["statuses"]) <= {"200", "302", "404"}, found["statuses"]
    assert (found["active"], found["wrong"]) == (0, []), found["runs"]
    assert not [run for run in found["runs"] if run[2] == "crashed"], found["runs"]
    customers = place.state()["stores"][FIRST]["customers"]
    emails = Counter(each["email"] for each in customers.values())
    assert set(emails) == {f"kestrel{number}@post.example" for number in range(CUSTOMERS)}
    assert max(emails.values()) == 1
    assert {len(each["addresses"]) for each in customers.values()} == {1}
    assert {len(each["metafields"]) for each in customers.values()} <= {0, 2}
