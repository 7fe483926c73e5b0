"""Every kind of alarm: how grave, its name, what to do, the page that mends it. docs/operating.md lists them all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """level: bad or warn, as of a finding. page: an address's name with its fragment; words: of the link to it."""

    level: str
    title: str
    what_to_do: str
    page: str
    words: str


_WEBHOOKS = ("store#webhooks", "Webhooks")
_CONNECTION = ("store#connection", "Test Connection")

# The gravest first: a page keeps this order.
KINDS: dict[str, Kind] = {
    "watchdog_silent": Kind(
        "bad", "The watchdog does not look", "See that beat, a worker and Redis run.",
        "runs", "Runs",
    ),
    "app_uninstalled": Kind(
        "bad", "The app was uninstalled",
        "Nothing can be read from or written to this store. Make a new API account, enter its token, Test Connection.",
        *_CONNECTION,
    ),
    "token_refused": Kind(
        "bad", "The connection must be mended",
        "Enter a token or secret that is good, or grant what is missing, then Test Connection.", *_CONNECTION,
    ),
    "queue_stuck": Kind(
        "bad", "The queue does not move",
        "See that workers run and that there are enough of them: start more, or stop a run that holds them up.",
        "runs", "Runs",
    ),
    "run_silent": Kind(
        "bad", "A run without heartbeat",
        "Its worker died and no other took over: see that beat and workers run; Stop and Resume start it anew.",
        "run", "The run",
    ),
    "run_stopped": Kind(
        "bad", "A run that starts by itself stopped",
        "Mend what its message names; Resume goes on where it was. A crash is in the log under the run's number.",
        "run", "The run",
    ),
    "list_doubted": Kind(
        "bad", "A list lacks customers and is not believed",
        "See whether our app may still see all customers there (permissions, security filters). If they were deleted "
        "in truth, an administrator says so on the card.",
        "store#lists", "The list",
    ),
    "schedule_missed": Kind(
        "bad", "A schedule did not run", "See that beat and a worker run, and that no other run holds the store up.",
        "store_recurring_tasks", "Recurring Tasks",
    ),
    "subscription_ending": Kind(
        "bad", "A Business Central subscription ends and was not renewed",
        "Check and mend; it says what Business Central answers. Until then changes there arrive by polling alone.",
        *_WEBHOOKS,
    ),
    "webhook_blocked": Kind(
        "bad", "BigCommerce sends nothing to us",
        "See why the receivers did not answer: proxy, certificate, pages, database. The block lasts three minutes.",
        *_WEBHOOKS,
    ),
    "webhook_inactive": Kind(
        "bad", "Webhooks do not work",
        "Mend what is named, then Check and mend. Until then polling alone carries changes.", *_WEBHOOKS,
    ),
    "events_waiting": Kind(
        "warn", "Events wait and nobody takes them",
        "See which run is active in this store, and that beat and a worker run.", "store_runs", "Runs of the store",
    ),
    "deliveries_failing": Kind(
        "warn", "BigCommerce could not deliver some events",
        "See why the receivers did not answer in time; the next schedule brings what was lost.", *_WEBHOOKS,
    ),
    "secret_wrong": Kind(
        "warn", "Deliveries with a wrong secret",
        "Check and mend gives every hook the right secret. If it goes on, a stranger knows the address: New secret.",
        *_WEBHOOKS,
    ),
    "events_missing": Kind(
        "warn", "No event for a day",
        "Check and mend; change a customer at the vendor and see whether its event arrives.", *_WEBHOOKS,
    ),
    "failures_rising": Kind(
        "warn", "More customers fail than usual",
        "Look at the last runs' failures by cause, mend the most frequent one, Retry failed.",
        "store_runs", "Runs of the store",
    ),
    "plan_waiting": Kind(
        "warn", "A plan waits for approval",
        "Look at what it would change; approve or discard it. Until then these changes are not made.",
        "store_runs?status=planned", "Plans",
    ),
    "drift_found": Kind(
        "warn", "Drift was found",
        "See in the run what differs and why; Plan Update mends these pairs. Webhook missed: Check and mend.",
        "store_runs?kind=reconcile", "Checks for drift",
    ),
    "customers_parked": Kind(
        "warn", "Customers were parked",
        "They are left alone until their data or the set-up changes: look at the reasons.",
        "parked", "Parked customers",
    ),
    "mail_failed": Kind(
        "warn", "Mails of the watchdog cannot be sent",
        "See EMAIL_URL and the addresses; manage.py sendtestemail tries it. It is tried again every ten minutes.",
        "stores", "Stores",
    ),
}  # fmt: skip
GRAVITY = {name: place for place, name in enumerate(KINDS)}
# Told by what has happened over hours and days, so looked at every few minutes only.
SLOW = frozenset(
    {"failures_rising", "events_missing", "customers_parked", "run_stopped", "token_refused", "drift_found"}
)


def kind_of(name: str) -> Kind:
    """The kind; of a row that an older version wrote, one that says no more than its text."""
    return KINDS.get(name, Kind("warn", name.replace("_", " ").capitalize(), "", "stores", "Stores"))
