"""Each failure says on the run's page what it is, in the vendor's words, who can mend it and how; a retry mends it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
from django.utils.html import escape

from bcsync.clients.bigcommerce_errors import EXISTS, GONE, PLAN_LIMIT, TAKEN
from bcsync.clients.bigcommerce_metafields import FOREIGN
from customers.cause_words import BUSINESS_CENTRAL, EITHER, OURS
from customers.models import Run, RunRecord
from mapping.rows import IssueKind
from tests.customers.failing import SECRETS, Town, Who, town
from tests.customers.failures import ADD, CODES, MAP, OUTAGES, REFUSALS, UPDATE, Failure, to_dk, with_dk, without_dk
from tests.customers.failures_of_creates import ADDED, FOUND, MAPPED
from tests.delivery.test_house import code

ALONE = [*OUTAGES, *REFUSALS, *FOUND, *ADDED, *MAPPED]
FAILURES = [*ALONE, *CODES]
UPDATED = [failure for failure in FAILURES if failure.job == UPDATE]
SPARE = 3
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[tuple[Town, list[Who]]]:
    """Made once: every failure has a customer of its own."""
    unblocked = django_db_blocker.unblock()  # type: ignore[attr-defined]
    with unblocked, pytest.MonkeyPatch.context() as patch, town(patch, len(UPDATED) + SPARE) as made:
        yield made


def whom(stage: tuple[Town, list[Who]], failure: Failure) -> Who:
    made, pairs = stage
    if failure.job == UPDATE:
        return pairs[UPDATED.index(failure)]
    return made.pair() if failure.job == ADD else made.shopper()


def run(made: Town, job: str, *people: Who) -> Run:
    if job == ADD:
        return made.run_job(made.store, job, number_from=people[0].number, number_to=people[-1].number)
    if job == MAP:
        made.run_job(made.store, "import_customers")
    return made.run_job(made.store, job, only=[who.pk for who in people])


def retry(made: Town, failed: Run, group: dict[str, str]) -> Run:
    """What the group's button does."""
    form = {"reach": "group", **{name: group[name] for name in ("outcome", "cause", "field")}}
    made.client.post(f"{failed.get_absolute_url()}retry-failed/", form)
    again = made.store.runs.latest("pk")
    assert again != failed
    return made.run_job.go_on(again)


def explains(failure: Failure, record: RunRecord, group: dict[str, Any], text: str) -> None:
    """The record, its group and the page say of the failure what its row says."""
    assert (record.outcome, record.field, group["n"]) == (failure.outcome, failure.field, 1)
    assert record.cause.startswith(failure.cause), record.cause
    assert failure.words in record.words
    assert (group["who"], failure.advice in group["what_to_do"]) == (failure.who, True), group["what_to_do"]
    shown = [group["title"], group["who"], group["what_to_do"], record.reason, record.words[:300]]
    assert [each for each in shown if escape(each) not in text] == []
    assert [each for each in SECRETS if each in text] == []
    assert [each for each in ("{", "}", "None") if each in group["title"] + group["what_to_do"]] == []


@pytest.mark.parametrize("failure", ALONE, ids=[f"{each.job}: {each.name}" for each in ALONE])
def test_a_failure_is_explained_and_its_retry_mends_it(stage: tuple[Town, list[Who]], failure: Failure) -> None:
    made, who = stage[0], whom(stage, failure)
    failure.change(who)
    failure.spoil(who)
    try:
        failed = run(made, failure.job, who)
    finally:
        made.world.faults.clear()
        failure.mend(who)
    page = made.client.get(failed.get_absolute_url())
    (record,), (group,) = failed.records.all(), page.context["failures"]
    explains(failure, record, group, page.content.decode())
    assert group["again"] == bool(failure.again)
    if failure.again and failure.retried:
        if failure.job == MAP:
            made.run_job(made.store, "import_customers")
        again = retry(made, failed, group)
        assert again.counts == {failure.again: 1}, again.message


def test_each_code_of_business_central_is_a_group_of_its_own(stage: tuple[Town, list[Who]]) -> None:
    """All in one run, each answered once; who gets which is chance, for several are written at a time."""
    made, people = stage[0], [whom(stage, failure) for failure in CODES]
    for failure, who in zip(CODES, people, strict=True):
        failure.change(who)
        failure.spoil(replace(who, times=1))
    failed = run(made, UPDATE, *people)
    made.world.faults.clear()
    page = made.client.get(failed.get_absolute_url())
    text, groups = page.content.decode(), {group["cause"]: group for group in page.context["failures"]}
    records = {record.cause: record for record in failed.records.all()}
    assert len(groups) == len(records) == len(CODES)
    for failure in CODES:
        cause = next(each for each in records if f"{each}:".startswith(f"{failure.cause}:"))
        explains(failure, records[cause], groups[cause], text)


def test_the_retry_of_a_group_is_for_its_records_alone_and_the_list_shows_just_those(
    stage: tuple[Town, list[Who]],
) -> None:
    """Two of one cause, though their words differ in what is their own; a third of another."""
    made, people = stage[0], stage[1][-SPARE:]
    for who in people[:2]:
        to_dk(who)
    people[2].business(country="US", state="Xy", postalCode="10001", city="Troy")
    without_dk(people[0])
    failed = run(made, UPDATE, *people)
    page = made.client.get(failed.get_absolute_url())
    groups = {group["field"]: group for group in page.context["failures"]}
    listed = {}
    for field, group in groups.items():
        query = {name: group[name] for name in ("outcome", "cause", "field")}
        found = made.client.get(failed.get_absolute_url(), query).context["page"].object_list
        listed[field] = {record.customer.email for record in found}
    with_dk(people[0])
    again = retry(made, failed, groups["country_code"])
    assert {field: group["n"] for field, group in groups.items()} == {"country_code": 2, "state_or_province": 1}
    assert listed == {
        "country_code": {people[0].email, people[1].email}, "state_or_province": {people[2].email},
    }  # fmt: skip
    assert (again.counts, set(again.scope["only"])) == ({"updated": 2}, {people[0].pk, people[1].pk})


# The first: a row of our copy that goes between a request and its answer. The second: test_a_page_that_vanishes.py.
NOT_HERE = {"not_in_mirror", "unread"}


def test_every_cause_that_has_words_has_a_row() -> None:
    told = {part for failure in FAILURES for part in re.split(r":\s?", failure.cause)}
    told |= {"http_" for cause in told if cause.startswith("http_")}
    assert {*EITHER, *OURS, *BUSINESS_CENTRAL} - told == NOT_HERE


def test_every_cause_in_the_code_has_words() -> None:
    """Keys of ours, and codes that the clients give by themselves; kinds that reject nothing are none."""
    keys = set(get_args(IssueKind)) - {"unmapped"}
    for path, tree in code().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "ours":
                keys |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
            # What an administrator must mend stops the run, and is no record's.
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") != "ConfigurationError"
                and (path.parent.name == "clients")
            ):
                named = {word.arg: word.value for word in node.keywords}
                keys |= {c.value for c in [named.get("code")] if isinstance(c, ast.Constant) and c.value}
    keys |= {TAKEN, EXISTS, GONE, PLAN_LIMIT, FOREIGN}
    assert keys - {*EITHER, *OURS, *BUSINESS_CENTRAL} == set()
    assert len(keys) > 12
