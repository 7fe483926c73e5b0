"""What may be wrong with a connection or an answer: one clear sentence on the run, nothing lost."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import watching
from customers.models import Customer, Run
from stores.models import BusinessCentralCompany, Store
from tests.fixtures import APP_SECRET, COMPANY, FIRST, RunJob
from tests.pages import data

SECRETS = (f"token-{FIRST}", APP_SECRET, "wrong-secret-of-mine")


def company(**values: Any) -> Any:
    return lambda world: BusinessCentralCompany.objects.update(**values)


def store_with(**values: Any) -> Any:
    return lambda world: Store.objects.update(**values)


def answers(kind: str, vendor: str, call: str, **options: Any) -> Any:
    return lambda world: world.faults.add(kind, vendor, call, times=99, **options)


def refuses(status: int, code: str, words: str, call: str = "GET */customers") -> Any:
    body = {"error": {"code": code, "message": words}}
    return answers("answer", "business_central", call, status=status, body=body)


IMPORT, MAP, READ = "import_customers", "try_mapping", "GET /v3/customers"
WRONG: dict[str, tuple[str, Any, tuple[str, ...]]] = {
    "store hash": (IMPORT, store_with(hash="nosuchstore"), ("check the store hash", "nosuchstore")),
    "token": (IMPORT, store_with(access_token="wrong-secret-of-mine"), ("refuses the access token", FIRST)),
    "client secret": (MAP, company(client_secret="wrong-secret-of-mine"), ("client secret", "is wrong")),
    "expired secret": (MAP, lambda world: setattr(world.companies[COMPANY], "secret_expired", True), ("has expired",)),
    "tenant": (MAP, company(tenant="nowhere.example"), ("there is no tenant nowhere.example",)),
    "environment": (MAP, company(environment="Nowhere"), ('no environment "Nowhere"',)),
    "company": (MAP, company(name="Nobody Ltd.", remote_id=None), ('no company "Nobody Ltd."', COMPANY)),
    "web page from BigCommerce": (IMPORT, answers("html", "bigcommerce", READ), (READ, "a web page")),
    "web page from Business Central": (MAP, answers("html", "business_central", "GET */customers"), ("a web page",)),
    "scope": (
        IMPORT,
        answers(
            "answer", "bigcommerce", READ, status=403, body={"status": 403, "title": "You don't have a required scope"}
        ),
        ("store_v2_customers_read_only", FIRST),
    ),
    "unknown schema": (IMPORT, answers("answer", "bigcommerce", READ, body={"rows": []}), (READ, "without a list")),
    "permission": (MAP, refuses(403, "Authorization_Forbidden", "No read permission"), ("permission sets", "No read")),
    "application not registered": (MAP, refuses(401, "Authentication_InvalidCredentials", ""), ("API.ReadWrite.All",)),
    "company deleted": (MAP, refuses(404, "Internal_CompanyNotFound", "gone"), ("choose its company again",)),
    "truncated JSON": (IMPORT, answers("truncated", "bigcommerce", READ), (READ, "breaks off", "try again")),
}


def page_of(client: Client, address: str) -> str:
    client.force_login(User.objects.first() or data.user("administrator"))
    return client.get(address).content.decode()


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_sentence_on_the_run_the_role_centre_and_the_terminal(
    store: Store,
    shop: StoreSide,
    business: CompanySide,
    world: World,
    run_job: RunJob,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    client: Client,
    what: str,
) -> None:
    shop.add_customer(email="ann@example.com", first_name="Ann", last_name="Able")
    run_job(store, "import_customers")
    before, mirror = world.state(), list(Customer.objects.values_list("email", "gone_at"))
    job, spoil, gists = WRONG[what]
    spoil(world)
    with pytest.raises(SystemExit) as ended:
        call_command(job, store=Store.objects.get().hash)
    run = Run.objects.latest("pk")
    watching.look(timezone.now(), slow=True)
    pages = [page_of(client, address) for address in ("/", run.get_absolute_url())]
    assert (ended.value.code, run.message in capfd.readouterr().err) == (2, True)
    assert escape(run.message) in pages[1]
    # What an administrator must mend is an alarm; the rest goes with the run, whose end the role centre shows.
    known = run.message if run.cursor.get("stopped_by") == "configuration" else run.get_status_display()
    assert escape(known) in pages[0]
    assert [secret for secret in SECRETS for page in pages if secret in page] == []
    assert run.status in (Run.Status.STOPPED, Run.Status.CRASHED)
    assert [gist for gist in gists if gist not in run.message] == []
    assert [each for each in ("Traceback", "\n", "ann@example.com") if each in run.message] == []
    assert [secret for secret in SECRETS if secret in run.message + caplog.text] == []
    assert (world.state(), list(Customer.objects.values_list("email", "gone_at"))) == (before, mirror)


def test_an_empty_store_is_no_trouble(store: Store, world: World, run_job: RunJob) -> None:
    for job in ("import_customers", "try_mapping", "add_customers", "update_customers"):
        run = run_job(store, job)
        assert (run.status, run.looked_at, run.counts) == ("succeeded", 0, {}), job
    assert world.audit.writes() == []


def test_a_store_that_answers_with_nobody_all_at_once_loses_nothing(
    store: Store, shop: StoreSide, run_job: RunJob, world: World
) -> None:
    """Whoever is gone is marked; the rows, and what is known of them, stay, and come back with the customers."""
    shop.add_customer(email="ann@example.com", first_name="Ann", last_name="Able", phone="+442079460001")
    run_job(store, "import_customers")
    world.companies[COMPANY].add_customer(number="10", displayName="Ten", country="GB", phoneNumber="020 7946 0001")
    run_job(store, "try_mapping")
    Customer.objects.update(gone_at="2026-01-01T00:00Z")
    run_job(store, "import_customers")
    ann = Customer.objects.get()
    assert (ann.gone_at, ann.status, ann.link.business_central_customer.number) == (None, "linked", "10")
