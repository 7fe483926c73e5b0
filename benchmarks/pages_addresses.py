"""What the benchmark of the pages asks for, and as whom. An address of ours is asked for here or left out with a reason
(tests/pages/test_every_page_is_measured.py).
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.urls import reverse

from benchmarks.pages_customers import found_one, of_customers
from customers.models import Customer, RecurringTask, Run
from mapping.pages import TITLES

RECORDS = {
    "first page": "", "page 500": "page=500", "last page": "page=999999", "created": "outcome=created",
    "rejected": "outcome=rejected", "created, page 500": "outcome=created&page=500",
    "needs somebody": "outcome=somebody", "to do": "outcome=todo", "of a cause": "cause=email%3A+422",
    "search, name": "search=townes", "search, two names": "search=robert+townes", "search, nobody": "search=qzxwv",
    "search, everybody": "search=e", "search, name of the rejected": "outcome=rejected&search=bond",
    "search, two letters": "search=zz", "search, page 100": "search=townes&page=100",
}  # fmt: skip
PLAN = {
    "first page": "", "page 500": "page=500", "last page": "page=999999", "would be created": "would=created",
    "would be created, page 500": "would=created&page=500", "field of all": "field=last_name",
    "field of a third": "field=company", "rare field": "field=VAT+number", "field of nobody": "field=none",
    "field and outcome": "field=company&would=created", "search, name": "search=townes",
    "search, value": "search=before+4242", "search, nobody": "search=qzxwv", "search, everybody": "search=after",
    "search, two letters": "search=zz", "search and field": "search=townes&field=VAT+number",
    "search, page 200": "search=after&page=200",
}  # fmt: skip
RUNS = {
    "first page": "", "page 500": "page=500", "of a kind": "kind=import_customers", "of a state": "status=planned",
    "by a click": "trigger=click", "that did something": "did=1", "of a day": "day=2026-11-20",
    "of another kind": "kind=undo",
}  # fmt: skip
READINESS = {
    "first page": "", "page 500": "page=500", "last page": "page=999999", "a reason": "reason=missing-email",
    "a reason, page 500": "reason=missing-email&page=500", "needs a person": "group=review",
    "not ready": "group=not_ready", "blocked": "group=blocked", "search, name": "search=waiting",
    "search, one": "search=customer+4242", "search, number": "search=C1100", "search, e-mail": "search=shared77",
    "search, nobody": "search=qzxwv", "search of a reason": "reason=missing-email&search=customer+42",
}  # fmt: skip
CONFLICTS = {
    "first page": "", "page 100": "page=100", "last page": "page=999999", "of a field": "part=core&field=phone",
    "that wait": "stands=waits", "overwritten": "stands=overwritten", "of a customer": "customer=52",
}  # fmt: skip
ADDING = {
    "everybody": "", "page 10": "page=10", "of a country": "country=GB", "of a name": "name=customer+4242",
    "of nobody": "name=qzxwv", "number range": "number=C1000100..C1000200", "only those ready": "only_ready=on",
    "blocked": "blocked=yes", "changed since": "changed_since=2026-11-20", "those alone": "number=C2000001..",
}  # fmt: skip
TIMELINE = {"": "", "changes": "show=changes", "decisions": "show=decisions", "trouble": "show=trouble",
            "webhooks": "show=events"}  # fmt: skip
# URL name -> why no answer is measured there. What takes POST alone is an action: it starts a run or decides.
LEFT_OUT = {
    "sign_in": "a form", "sign_out": "lists nothing", "healthz": "lists nothing", "glossary": "a fixed text",
    "static": "files", "connect_store": "a form", "export_setup": "the set-up alone, however many customers",
    "import_setup": "a form", "new_recurring_task": "a form", "reader_setting": "a form",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A page. form: what is posted, for what answers a POST with a list and changes nothing."""

    address: str
    form: dict[str, Any] = field(default_factory=dict)


def administrator() -> User:
    """A superuser, who also sees every list of the admin."""
    who, made = User.objects.get_or_create(username="benchmark", defaults={"is_staff": True, "is_superuser": True})
    if made:
        who.groups.add(Group.objects.get(name="administrator"))
    return who


def asked(large: str, small: str) -> dict[str, Asked]:
    """Everything: its name on the report -> what is asked."""
    runs = Run.objects.filter(store__hash=large)
    everybody, plan = runs.order_by("pk")[0].pk, runs.filter(status="planned").order_by("pk")[0].pk
    found = {
        **_of("Stores", "stores"), **_of("Store card", "store", large), **_of("Parked", "parked", large),
        **_of("Runs,", "runs", queries=RUNS), **_of("Runs of a store,", "store_runs", large, queries=RUNS),
        **_of("Run of everybody,", "run", everybody, queries=RECORDS), **_of("Plan,", "run", plan, queries=PLAN),
        **_of("Progress", "run_progress", runs.filter(status="running")[0].pk),
        **_of("Readiness,", "readiness", large, queries=READINESS),
        **_of("Conflicts,", "conflicts", large, queries=CONFLICTS),
        **_of("Shared e-mails,", "review_emails", large, queries={"first page": "", "page 100": "page=100"}),
        **_of("Alarms,", "alarms", queries={"first page": "", "page 100": "page=100"}),
        **_of("Recurring Tasks", "recurring_tasks"),
        **_of("Recurring Tasks of a store", "store_recurring_tasks", large),
        **_of("Recurring Task", "recurring_task", RecurringTask.objects.all()[0].pk),
        **_of("Add Customers,", "add_customers",
              queries={key: f"store={large}&{each}" for key, each in ADDING.items()}),
        **_of("Preview of Add Customers", "add_customers_preview", queries={"": f"store={large}"}),
        **_setup(large), **_single(large), **_files(large, everybody, plan), **_admin(),
    }  # fmt: skip
    lists = {"": reverse("store_customers", args=[large]), "of all stores: ": reverse("customers"),
             "of the small store: ": reverse("store_customers", args=[small])}  # fmt: skip
    for of, address in lists.items():
        for name, query in of_customers(found_one()).items():
            found[f"Customers {of}{name}"] = Asked(f"{address}?{query}")
    return found


def _of(title: str, name: str, *args: Any, queries: dict[str, str] | None = None) -> dict[str, Asked]:
    address = reverse(name, args=args)
    return {f"{title} {key}".strip(): Asked(f"{address}?{query}" if query else address)
            for key, query in (queries or {"": ""}).items()}  # fmt: skip


def _single(large: str) -> dict[str, Asked]:
    """Pages of one customer: linked, and in Review."""
    one, review = found_one(), Customer.objects.filter(status="review", store__hash=large).order_by("pk")
    lists = {"of a filtered list": urlencode({"list": "country=GB&sort=name"}), "of a search": "list=search%3Dtownes"}
    return {
        **_of("Card", "customer_card", one.pk, queries={**TIMELINE, **lists}),
        **_of("Card of one in Review", "customer_card", review[0].pk),
        **_of("FactBoxes", "factboxes", one.pk),
        **_of("Map to,", "map_to", review[0].pk, queries={"": "", "name": "search=waiting+customer+42",
                                                         "number": "search=C1000100", "nobody": "search=qzxwv"}),
        **_of("Review,", "review", large, queries={
            "first": "", "one in the middle": f"customer={review[len(review) // 2].pk}", "those above 60": "least=60",
        }),
    }  # fmt: skip


def _setup(large: str) -> dict[str, Asked]:
    found = {f"Set-up, {name.replace('_', ' ')}": Asked(reverse(name, args=[large])) for name in TITLES}
    return {
        **found, **_of("Set-up", "setup", large), **_of("Set-up, changes", "setup_changes", large),
        **_of("Set-up, preview", "setup_preview", large, queries={"": "", "find a name": "find=waiting+customer+42",
                                                                 "find nobody": "find=qzxwv"}),
        **_of("Set-up, effect", "setup_effect", large),
    }  # fmt: skip


def _files(large: str, everybody: int, plan: int) -> dict[str, Asked]:
    """The first bytes of each export, and a decision about more than one request decides about."""
    store, every = {"store": large}, {"reach": "all", "every": "1"}
    posted: dict[str, tuple[str, list[Any], dict[str, Any]]] = {
        "Export of customers": ("export_customers", [], {**store, **every, "filter": ""}),
        "Export of customers, a search": ("export_customers", [], {**store, **every, "filter": "search=townes"}),
        "Export of a run": ("export_records", [everybody], {}),
        "Export of a plan": ("export_records", [plan], {}),
        "Export of Readiness": ("export_readiness", [large], {}),
        "Export of Conflicts": ("export_conflicts", [large], {}),
        "Skip more than may be": ("skip", [], {**store, **every, "filter": "status=linked", "reason": "too many"}),
    }  # fmt: skip
    return {title: Asked(reverse(name, args=args), {"do": "1", **form}) for title, (name, args, form) in posted.items()}


def _admin() -> dict[str, Asked]:
    """Django's lists of every table of ours: the first page, page 100 and a search."""
    found = {}
    for model in admin.site._registry:
        if model._meta.app_label in ("stores", "mapping", "customers"):
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            for title, query in (("", ""), (", page 100", "?p=100"), (", search", "?q=4242"), (", nobody", "?q=qzxwv")):
                found[f"Admin, {model.__name__}{title}"] = Asked(address + query)
    return found
