"""What the demo prints."""

import io

from bcsync.embedded.report import Progress, call_lines, outcome_lines, system_lines


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_outcomes_come_with_their_reasons_grouped_by_kind() -> None:
    reasons = [("skipped", "City is empty."), ("skipped", "City is empty."), ("created", "")]
    reasons += [("review", f'Phone "+44{number}" is shared by 2 customers.') for number in range(3)]
    assert outcome_lines({"created": 5, "review": 3, "skipped": 2}, reasons) == [
        "        5  created",
        "        3  review",
        '               3 × Phone "+440" is shared by 2 customers.',
        "        2  skipped",
        "               2 × City is empty.",
    ]


def test_nobody_to_look_at_is_said() -> None:
    assert outcome_lines({}, []) == ["        nobody to look at"]


def test_calls_stand_beside_the_least_possible() -> None:
    calls = {"BigCommerce GET /v3/customers": 3, "BigCommerce GET /v2/store": 1, "BigCommerce GET /v3/channels": 1}
    assert [line.split() for line in call_lines(calls, {"BigCommerce GET /v3/customers": 2, "fixed: store": 2})] == [
        ["5", "vendor", "calls;", "the", "least", "possible:", "4"],
        ["3", "BigCommerce", "GET", "/v3/customers", "least", "2"],
        ["2", "BigCommerce", "GET", "/v2/store,", "BigCommerce", "GET", "/v3/channels", "least", "2"],
    ]


def test_both_systems_are_counted() -> None:
    customer = {"addresses": [1, 2], "attributes": [], "form_fields": [1], "metafields": None}
    state = {
        "stores": {"abc123": {"customers": {"a@example.com": customer, "b@example.com": customer}}},
        "companies": {"CRONUS": {"customers": {"1": {}}, "contacts": {}, "ship_to": {"1 A": {}}}},
    }
    assert system_lines(state, {"abc123": 1}) == [
        "  BigCommerce store abc123: 2 customers, 4 addresses, 0 attributes, 2 form fields, 0 metafields; 1 linked",
        "  Business Central company CRONUS: 1 customers, 0 contacts, 1 ship-to",
    ]


def test_progress_redraws_in_a_terminal_and_is_a_line_per_state_elsewhere() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for out in (terminal, pipe):
        progress = Progress("Import", out)
        progress.show("running: plan", 0, None)
        progress.show("running: plan", 15, 30)
        progress.show("running: apply", 30, 30)
        progress.end()
    assert pipe.getvalue() == "  Import: running: plan\n  Import: running: apply\n"
    assert "\n" not in terminal.getvalue()
    assert f"[{'#' * 15}{'.' * 15}] 15 of 30" in terminal.getvalue()
    assert "0 of ?" in terminal.getvalue()
