"""Signing in and out, the lock-out, the health check, and the pages for what goes wrong."""

from typing import Any

import pytest
from django.conf import global_settings
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from stores import views_sign_in
from tests.pages import data


def sign_in(client: Client, password: str, **extra: Any) -> Any:
    return client.post("/sign-in/", {"username": "viewer", "password": password, **extra})


def test_sign_in_and_out(client: Client, db: None) -> None:
    data.user("viewer")
    assert client.get("/runs/")["Location"] == "/sign-in/?next=/runs/"
    assert sign_in(client, data.PASSWORD, next="/runs/")["Location"] == "/runs/"
    assert client.get("/runs/").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/runs/").status_code == 302


def test_passwords_are_kept_as_django_keeps_them_in_production(client: Client, db: None, settings: Any) -> None:
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    data.user("viewer")
    assert User.objects.get().password.startswith("pbkdf2_sha256$1000000$")
    assert sign_in(client, "wrong").status_code == 200
    assert sign_in(client, data.PASSWORD)["Location"] == "/"


def test_a_foreign_address_is_not_followed(client: Client, db: None) -> None:
    data.user("viewer")
    assert sign_in(client, data.PASSWORD, next="https://evil.example/")["Location"] == "/"


def test_a_wrong_password_is_said_and_ten_lock_out(client: Client, db: None) -> None:
    data.user("viewer")
    assert "Please enter a correct username and password" in sign_in(client, "wrong").content.decode()
    for _ in range(django_settings.AXES_FAILURE_LIMIT):
        answer = sign_in(client, "wrong")
    assert answer.status_code == 429
    assert "Signing in is locked for a while" in answer.content.decode()
    assert sign_in(client, data.PASSWORD).status_code == 429


def test_a_fragment_after_the_session_ended_reloads_the_page(client: Client, db: None) -> None:
    answer = client.get("/sign-in/?next=/runs/1/progress/", headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"
    assert answer.content == b""


def test_healthz_needs_no_sign_in(client: Client, db: None, redis_url: str) -> None:
    answer = client.get(reverse("healthz"))
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok"})


def test_healthz_says_what_does_not_answer(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(views_sign_in, "_database", lambda: "no answer")
    answer = client.get(reverse("healthz"))
    assert (answer.status_code, answer.json()) == (503, {"database": "no answer", "redis": "no answer"})


def test_a_crash_is_a_page_without_details(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(data.user("viewer"))
    monkeypatch.setattr("stores.views._counts", lambda: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "ZeroDivisionError" not in answer.content.decode()


def test_an_old_form_is_a_page_that_says_so(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in/", {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()


def test_nothing_found_has_a_page_for_everybody(client: Client, viewer: Client) -> None:
    for who in (client, viewer):
        answer = who.get("/nothing/here/")
        assert answer.status_code == 404
        assert "There is nothing here" in answer.content.decode()


def test_who_has_no_role_is_told_so(signed_in: Any) -> None:
    answer = signed_in("").get("/")
    assert answer.status_code == 403
    assert "nobody has given you a role yet" in answer.content.decode()


def test_the_stylesheet_needs_no_sign_in_and_no_collecting(client: Client, db: None) -> None:
    for name in (
        "bcsync.css",
        "bcsync.js",
        "icons.svg",
        "vendor/bootstrap/bootstrap.min.css",
        "django_htmx/htmx-2.min.js",
    ):
        assert client.get(f"/static/{name}").status_code == 200, name
