"""Django admin: every model usable, secrets kept when left blank and never rendered, mirrors and runs read-only."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client

from customers.models import Run
from stores import admin_paging
from stores.models import Store
from tests.pages import data

OURS = [model for label in ("stores", "mapping", "customers") for model in apps.get_app_config(label).get_models()]


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password=data.PASSWORD))
    return client


def filled() -> Store:
    store = data.store()
    data.details(data.customers(store, 8)[1])
    data.ended_run(store)
    return store


def test_every_model_is_registered_with_list_search_and_filters() -> None:
    for model in OURS:
        shown = admin.site._registry[model]
        assert len(shown.list_display) > 1, model
        assert shown.search_fields, model
        assert shown.list_filter, model


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_lists_search_and_rows_open_and_show_no_secret(model: Any, root: Client) -> None:
    filled()
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    addresses = [base, f"{base}?q=10", *(f"{base}{row.pk}/change/" for row in model.objects.all()[:1])]
    for address in addresses:
        answer = root.get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        assert [secret for secret in data.SECRETS if secret in text] == [], address
        assert data.HOSTILE not in text


def test_a_list_of_many_is_counted_so_far(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    data.customers(data.store(), 8)
    monkeypatch.setattr(admin_paging, "LIMIT", 5)
    for query in ("", "?q=example"):
        page = root.get(f"/admin/customers/customer/{query}").content.decode()
        assert "5+ customers" in page
    assert "0 customers" in root.get("/admin/customers/customer/?q=nobody").content.decode()


def form_of(page: Any) -> dict[str, Any]:
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, False)}


def test_a_secret_left_blank_is_kept_and_a_new_one_replaces_it(root: Client) -> None:
    store = filled()
    address = f"/admin/stores/store/{store.pk}/change/"
    form = form_of(root.get(address)) | {"rules": "{}", "metafield_namespaces": "[]", "name": "Renamed"}
    assert "access_token" not in form
    assert root.post(address, form).status_code == 302
    store.refresh_from_db()
    assert (store.name, store.access_token, store.client_secret) == ("Renamed", data.SECRETS[0], data.SECRETS[1])
    form["seen"] = form_of(root.get(address))["seen"]
    assert root.post(address, form | {"access_token": "new-token"}).status_code == 302
    store.refresh_from_db()
    assert (store.access_token, store.client_secret) == ("new-token", data.SECRETS[1])


def test_mirrors_links_and_runs_cannot_be_changed(root: Client) -> None:
    filled()
    run = Run.objects.get()
    base = "/admin/customers/run/"
    assert root.get(f"{base}add/").status_code == 403
    assert root.post(f"{base}{run.pk}/change/", {"status": "succeeded"}).status_code == 403
    assert root.post(f"{base}{run.pk}/delete/", {"post": "yes"}).status_code == 403
    run.refresh_from_db()
    assert run.status == "completed with errors"


@pytest.fixture
def administrator(db: None) -> Client:
    who = data.user("administrator")
    who.is_staff = True
    who.save()
    client = Client()
    client.force_login(who)
    return client


def test_an_administrator_sets_up_and_looks(administrator: Client) -> None:
    store = filled()
    for address in ("stores/store/", f"stores/store/{store.pk}/change/", "mapping/customertemplate/add/",
                    "customers/run/", "auth/user/"):  # fmt: skip
        assert administrator.get(f"/admin/{address}").status_code == 200, address


def test_an_administrator_cannot_become_or_touch_a_superuser(administrator: Client) -> None:
    root = User.objects.create_superuser("root", password=data.PASSWORD)
    own = User.objects.get(username="administrator")
    assert administrator.post(f"/admin/auth/user/{root.pk}/password/", {}).status_code == 403
    assert administrator.post(f"/admin/auth/user/{root.pk}/change/", {"username": "mine"}).status_code == 403
    form = {"username": "administrator", "is_superuser": "on", "is_active": "on", "groups": [own.groups.get().pk]}
    administrator.post(f"/admin/auth/user/{own.pk}/change/", form)
    own.refresh_from_db()
    assert (own.is_superuser, own.is_staff) == (False, True)


def test_the_role_administrator_opens_the_admin_and_losing_it_closes_it(root: Client) -> None:
    who = data.user("viewer")
    address = f"/admin/auth/user/{who.pk}/change/"
    moment = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    for role, staff in (("administrator", True), ("operator", False)):
        groups = [Group.objects.get(name=role).pk]
        assert (
            root.post(address, {"username": "viewer", "is_active": "on", "groups": groups, **moment}).status_code == 302
        )
        who.refresh_from_db()
        assert who.is_staff is staff


def test_an_operator_has_no_admin(operator: Client) -> None:
    assert operator.get("/admin/").status_code == 302
