"""The whole cast through the demo's jobs: every outcome as its table says, and both systems exactly as expected."""

from typing import Any

import pytest

from bcsync.clients.business_central_auth import forget_tokens
from bcsync.sandbox import cast
from bcsync.sandbox.cast import second_act
from bcsync.sandbox.world import World
from customers.models import Run
from tests.customers.stage import connect_cast, play
from tests.fixtures import driver, serving, told

JOBS_WITH_LINES = ("import_customers", "try_mapping", "add_customers", "update_customers")


@pytest.mark.django_db
def test_every_member_of_the_cast_ends_as_its_table_says(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_tokens()
    world = World()
    cast.seed(world)
    with serving(world, settings, monkeypatch):
        stores = connect_cast()
        runs = play(driver(world), stores, JOBS_WITH_LINES)
        writes = len(world.audit.writes())
        again = play(driver(world), stores, ("update_customers",))
    assert wrong_lines(runs) == []
    assert cast.differences(world.state()) == []
    assert world.audit.broken_rules == []
    assert len(world.audit.writes()) == writes
    assert {run.status for run in again.values()} == {"succeeded"}
    assert {name: sum(run.counts.values()) - run.looked_at for name, run in runs.items()} == dict.fromkeys(runs, 0)
    world.close()


@pytest.mark.django_db
def test_the_day_after_every_kind_of_change_ends_as_its_table_says(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_tokens()
    world = World()
    cast.seed(world, with_demo_customers=False)
    with serving(world, settings, monkeypatch):
        first, _ = connect_cast()
        run_job = driver(world)
        play(run_job, [first], JOBS_WITH_LINES)
        second_act.play(world)
        said = {job: told(run_job(first, job)) for job in ("import_customers", "try_mapping", "update_customers")}
        world.audit.reset()
        assert run_job(first, "update_customers").status == "succeeded"
    assert world.audit.writes() == []
    shop = world.stores[cast.FIRST]
    for event in second_act.EVENTS:
        for job, lines in said.items():
            line, expected = lines.get(event.email), event.expected.get(job)
            assert (line is None) == (expected is None), f"{event.key} {job}: {line}"
            assert line is None or expected is None or is_as(line, expected), f"{event.key} {job}: {line}"
        found = tuple(sorted(address["address1"] for address in shop.customer(event.email)["addresses"]))
        assert not event.lines or found == event.lines, event.key
    assert shop.customer("pia@phone.example")["phone"] == "+44 20 7946 0105"
    assert shop.customer("c71060@add.example")["company"] == "The Books' Name"
    assert shop.customer("c71010@add.example")["first_name"] == "Renata"
    world.close()


def wrong_lines(runs: dict[tuple[str, str], Run]) -> list[str]:
    """What a run says of a member and the table does not, as sentences."""
    said = {name: told(run) for name, run in runs.items()}
    wrong = []
    for (hash, job), lines in said.items():
        for member in cast.CAST:
            line, expected = lines.get(name_in(member, hash, job)), cast.EXPECTED.get((hash, job, member.key))
            if (line is None) != (expected is None) or (line and expected and not is_as(line, expected)):
                wrong.append(f"{hash} {job} {member.key}: {line}, expected {expected}")
    return wrong


def name_in(member: cast.Member, hash: str, job: str) -> str:
    """By what the job's records name the member; "" when the job does not know it."""
    if job == "add_customers":
        return str((member.customer or {}).get("number", ""))
    who = member.shopper if hash == cast.FIRST else member.second
    return str((who or {}).get("email", ""))


def is_as(line: tuple[str, str], expected: cast.Said) -> bool:
    outcome, gists = expected
    return line[0] == outcome and all(gist in line[1] for gist in gists)


def test_the_cast_is_large_and_names_everybody_once() -> None:
    keys = [member.key for member in cast.CAST]
    numbers = [member.customer["number"] for member in cast.CAST if member.customer]
    emails = [member.shopper["email"] for member in cast.CAST if member.shopper]
    assert len(keys) >= 60
    for names in (keys, numbers, emails):
        assert len(names) == len(set(names))
    assert {outcome for outcome, _ in cast.EXPECTED.values()} == {
        "created", "linked", "defaulted", "updated", "skipped", "review", "rejected",
    }  # fmt: skip


def test_differences_are_sentences_that_name_the_place() -> None:
    world = World()
    cast.seed(world)
    world.stores[cast.SECOND].change_customer("sam@default.example", first_name="Samuel")
    world.companies[cast.COMPANY["name"]].delete_customer("79000")
    found = cast.differences(world.state())
    first_name = "stores › m8d2r5w4z1 › customers › sam@default.example › first_name is 'Samuel'; expected 'Sam'."
    assert first_name in found
    assert any(line.startswith("companies › CRONUS UK Ltd. › customers: '79000' is missing") for line in found)
    assert any("'c71010@add.example' is missing" in line for line in found)
    world.close()
