"""Changes of a set-up stay open in the database: every operator sees whom they touch until one plans or dismisses."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from bcsync.sandbox.bigcommerce.store import StoreSide
from bcsync.sandbox.business_central.company import CompanySide
from bcsync.sandbox.world import World
from customers import setup_effect, tasks
from customers.models import Run
from mapping.country_codes import save_country_codes
from mapping.document import apply_import, export, plan_import
from mapping.models import FieldMappingRow, MetafieldDefinition, OpenChanges, SetupChange
from mapping.seen import seen_of
from mapping.setup import setup_of
from stores.models import Store
from tests.fixtures import RunJob, outcomes
from tests.pages.test_setup_preview import MANNERS, linked, url

__all__ = ["linked"]
NOTES = {**MANNERS, "row": "new", "do": "save", "target": "customer.notes", "source": "customer.salespersonCode"}


@pytest.fixture(autouse=True)
def _not_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "queue", lambda *args, **options: None)


def text(client: Client, where: str) -> str:
    return client.get(where).content.decode()


def test_another_operator_sees_plans_and_then_nobody_is_asked_any_more(
    linked: Store, run_job: RunJob, signed_in: Any
) -> None:
    signed_in("administrator").post(url(linked, "field_mapping"), NOTES)
    operator = signed_in("operator")
    seen = text(operator, url(linked, "setup_effect"))
    opened = OpenChanges.objects.get()
    answer = operator.post(url(linked, "setup_effect"), {"job": "update_customers"})
    run = run_job.go_on(Run.objects.latest("pk"))
    closed = OpenChanges.objects.get()
    again = operator.post(url(linked, "setup_effect"), {"job": "update_customers"}, follow=True)

    assert "<strong>1 of 3 linked customers</strong> would be updated otherwise" in seen
    assert "The set-up was changed by" in seen
    assert (opened.rows, opened.began_by.username if opened.began_by else "") == (1, "administrator")
    assert [(each["job"], each["total"], each["touched"]) for each in opened.reach] == [("update_customers", 3, 1)]
    assert answer["Location"] == run.get_absolute_url()
    assert (run.mode, outcomes(run)) == ("plan", {"c10000@new.example": "updated"})
    assert (closed.closed, closed.run, closed.closed_by and closed.closed_by.username) == (
        "planned", run.pk, "operator",
    )  # fmt: skip
    assert "planned or dismissed already" in again.content.decode()
    assert Run.objects.filter(pk__gt=run.pk).count() == 0


def test_dismissed_is_dismissed_for_everybody_and_the_next_change_opens_anew(
    linked: Store, signed_in: Any, viewer: Client
) -> None:
    administrator, operator = signed_in("administrator"), signed_in("operator")
    administrator.post(url(linked, "field_mapping"), NOTES)
    assert viewer.post(url(linked, "setup_effect"), {"do": "forget"}).status_code == 403
    operator.post(url(linked, "setup_effect"), {"do": "forget"})
    assert "was not changed" in text(administrator, url(linked, "setup_effect"))
    row = linked.field_mapping.get(target_field="notes")
    administrator.post(
        url(linked, "field_mapping"), {**NOTES, "row": row.pk, "seen": seen_of(row), "source": "customer.city"}
    )
    assert [(each.closed, each.saves) for each in OpenChanges.objects.order_by("pk")] == [("dismissed", 1), ("", 1)]


def test_whatever_changes_the_setup_opens_it_and_undoing_the_change_touches_nobody(
    linked: Store, viewer: Client
) -> None:
    before, document = setup_of(linked), export(linked)
    MetafieldDefinition(store=linked, name="agent", source_table="customer", source_field="city").save()
    save_country_codes(linked, {"EL": "GR"})
    row = linked.field_mapping.get(target_table="customer", target_field="phone")
    row.save()
    opened = OpenChanges.objects.get()
    assert (opened.rows, opened.before) == (2, document)
    assert "3 of 3 linked customers" in text(viewer, url(linked, "setup_effect"))
    apply_import(linked, plan_import(linked, document))
    assert setup_of(linked) == before
    assert "The changes touch no customer" in text(viewer, url(linked, "setup_effect"))


def test_a_store_that_nobody_was_read_of_has_nothing_to_touch(store: Store) -> None:
    FieldMappingRow(
        store=store, target_table="customer", target_field="notes", source_table="customer", source_field="city"
    ).save()
    assert not OpenChanges.objects.exists()


def test_a_field_that_was_not_read_yet_is_said_and_the_plan_reads_it(
    linked: Store, business: CompanySide, shop: StoreSide, world: World, run_job: RunJob, signed_in: Any
) -> None:
    business.change_customer("20000", creditLimit=250)
    MetafieldDefinition(
        store=linked, namespace="shop", name="limit", source_table="customer", source_field="creditLimit"
    ).save()
    operator = signed_in("operator")
    seen = text(operator, url(linked, "setup_effect"))
    before = world.state()
    operator.post(url(linked, "setup_effect"), {"job": "update_customers"})
    run = run_job.go_on(Run.objects.latest("pk"))

    assert "1 field that it reads (customer.creditLimit) is read from Business Central by the next run" in seen
    assert "Plan Update for all linked customers" in seen
    assert (run.mode, outcomes(run)) == (
        "plan",
        dict.fromkeys((f"c{n}@new.example" for n in (10000, 20000, 30000)), "updated"),
    )
    assert world.state() == before


def test_of_more_than_can_be_compared_the_plan_is_of_all(
    linked: Store, run_job: RunJob, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup_effect, "MOST_COMPARED", 2)
    signed_in("administrator").post(url(linked, "field_mapping"), NOTES)
    operator = signed_in("operator")
    seen = text(operator, url(linked, "setup_effect"))
    operator.post(url(linked, "setup_effect"), {"job": "update_customers"})
    run = run_job.go_on(Run.objects.latest("pk"))

    assert "1 of the first 2 of 3 linked customers" in seen
    assert "Plan Update for all 3" in seen
    assert (outcomes(run), run.counts, run.scope) == ({"c10000@new.example": "updated"}, {"unchanged": 2}, {})


def test_the_store_card_says_it_too(linked: Store, signed_in: Any, viewer: Client) -> None:
    signed_in("administrator").post(url(linked, "field_mapping"), NOTES)
    assert "How many customers does that touch?" in text(viewer, reverse("store", args=[linked.hash]))
    text(viewer, url(linked, "setup_effect"))
    assert "1 of 3 linked customers" in text(viewer, reverse("store", args=[linked.hash]))


def test_a_row_that_is_saved_again_and_again_is_one_and_none_when_it_is_as_before(
    linked: Store, viewer: Client
) -> None:
    row = linked.field_mapping.get(target_table="customer", target_field="phone")
    for place in range(7):
        row.order = 500 + place
        row.save()
    MetafieldDefinition(store=linked, name="agent", source_table="customer", source_field="city").save()
    many = text(viewer, url(linked, "setup_effect"))
    opened = OpenChanges.objects.get()
    rows = opened.rows
    apply_import(linked, plan_import(linked, opened.before))
    none = text(viewer, url(linked, "setup_effect"))

    assert "(2 rows)" in many
    assert (opened.saves, rows, OpenChanges.objects.get().rows) == (8, 2, 0)
    assert "(and is as it was before)" in none


def test_a_rule_switched_on_the_store_card_in_the_admin_is_an_open_change(linked: Store, viewer: Client) -> None:
    root = User.objects.create_superuser("root", first_name="Rita", last_name="Root")
    client = Client()
    client.force_login(root)
    where = reverse("admin:stores_store_change", args=[linked.pk])

    def form() -> dict[str, Any]:
        shown = client.get(where).context["adminform"].form
        values = {name: shown[name].value() for name in shown.fields if shown[name].value() not in (None, False)}
        return {**values, "rules": "{}", "metafield_namespaces": "[]"}

    older = form()
    hostile = ('["email"]', '{"email": 3}', '{"x": true}')
    refused = [client.post(where, {**form(), "rules": words}).status_code for words in hostile]
    client.post(where, {**form(), "rules": '{"email": true}'})
    opened = OpenChanges.objects.get()
    change = SetupChange.objects.get()
    late = client.post(where, older)

    assert refused == [200, 200, 200]
    assert Store.objects.get(pk=linked.pk).rules == {"email": True}
    assert (opened.began_by, opened.rows) == (root, 1)
    assert (change.kind, change.row, change.via, change.after) == ("match rule", "E-mail", "admin", {"enabled": True})
    assert "3 of 3" not in text(viewer, url(linked, "setup_effect"))
    assert "Rita Root" in text(viewer, url(linked, "setup_effect"))
    assert "Somebody changed this since you opened it" in late.content.decode()


def test_a_rule_switched_by_connect_store_is_an_open_change(linked: Store) -> None:
    call_command("connect_store", "--hash", linked.hash, "--rule", "email=on", "--rule", "phone=on")
    assert Store.objects.get(pk=linked.pk).rules == {"email": True}
    assert OpenChanges.objects.get().rows == 1
    assert SetupChange.objects.get().via == "connect_store"
    call_command("connect_store", "--hash", linked.hash, "--rule", "email=off")
    assert Store.objects.get(pk=linked.pk).rules == {}
    assert OpenChanges.objects.get().rows == 0


def test_a_country_code_changed_in_the_admin_or_by_connect_store_is_an_open_change(linked: Store) -> None:
    root = User.objects.create_superuser("root")
    client = Client()
    client.force_login(root)
    where = reverse("admin:stores_businesscentralcompany_change", args=[linked.company_id])
    shown = client.get(where).context["adminform"].form
    form = {name: shown[name].value() for name in shown.fields if shown[name].value() not in (None, False)}
    hostile = ('["EL"]', '{"EL": 3}', '{"EL": "EL"}', '{"": "GR"}', '{"TOOLONGACODE": "GR"}')
    refused = [client.post(where, {**form, "country_iso": words}).status_code for words in hostile]
    saved = client.post(where, {**form, "country_iso": '{"EL": "GR"}'}).status_code
    call_command("connect_store", "--hash", linked.hash, "--country-iso", "XI=GB")

    assert (refused, saved) == ([200] * 5, 302)
    assert Store.objects.get(pk=linked.pk).company.country_iso == {"EL": "GR", "XI": "GB"}
    assert OpenChanges.objects.get().rows == 2
    assert [(each.row, each.via, each.by) for each in SetupChange.objects.order_by("pk")] == [
        ("EL", "admin", root), ("XI", "connect_store", None),
    ]  # fmt: skip
