"""Pages as different readers see them: by the browser's language and zone, by the own setting; exports never change."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from customers import alarms, digest
from customers.models import Customer, Run
from customers.watchdog import Finding
from customers.watchdog_kinds import KINDS
from stores.models import ReaderSetting, Store
from stores.views_reader import TAGS
from stores.written import kept
from tests.pages import data

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
HEADERS = ["de-DE,de;q=0.9", "fr-FR", "en-GB", "ar", "zh-CN", "\x00garbage;q=9, *", "x" * 3000]
SETTING = "/region-and-time-zone/"


@pytest.fixture
def store(db: None) -> Store:
    store = data.store()
    shoppers = data.customers(store, 8)
    run = data.run(store, looked_at=1234567, counts={"unchanged": 1234567}, finished_at=AT)
    Run.objects.filter(pk=run.pk).update(created_at=AT, started_at=AT)
    Customer.objects.filter(pk=shoppers[0].pk).update(date_modified=AT, phone="+442079460958")
    return store


def run_page(client: Client, language: str, **more: Any) -> str:
    found = client.get(f"/runs/{Run.objects.get().pk}/", headers={"Accept-Language": language}, **more)
    assert found.status_code == 200
    return str(found.content.decode())


def test_numbers_and_moments_follow_language_and_zone_and_words_stay_english(store: Store, viewer: Client) -> None:
    text = run_page(viewer, "de-DE")
    assert "1.234.567" in text
    assert "1,234,567" not in text
    assert 'title="31.01.2026 23:30:00 UTC">' in text
    assert '<html lang="en">' in text
    viewer.cookies["zone"] = "Europe/Berlin"
    text = run_page(viewer, "de-DE")
    assert 'datetime="2026-01-31T23:30:00+00:00" title="01.02.2026 00:30:00 CET">' in text
    assert 'title="Feb 1, 2026 12:30:00 AM CET">' in run_page(viewer, "en-US")
    viewer.cookies["zone"] = "../../etc/passwd"
    assert 'title="31 Jan 2026 23:30:00 UTC">' in run_page(viewer, "en-GB")


@pytest.mark.parametrize("header", HEADERS)
def test_no_page_breaks_for_any_reader(store: Store, operator: Client, header: str) -> None:
    shopper = store.customers.first()
    names = ("stores", "customers", "runs", "recurring_tasks", "alarms", "add_customers", "reader_setting")
    of_store = ("store", "conflicts", "review", "readiness", "setup", "field_mapping", "setup_preview")
    paths = [reverse(name) for name in names] + [reverse(name, args=[store.hash]) for name in of_store]
    paths.append(reverse("customer_card", args=[shopper.pk]))
    operator.cookies["zone"] = header[:20].replace("\x00", "")
    for path in paths:
        page = operator.get(path, headers={"Accept-Language": header})
        assert page.status_code == 200, path
        assert {"Accept-Language", "Cookie"} <= {each.strip() for each in page["Vary"].split(",")}, path


def test_phones_are_national_in_the_reader_s_region_and_stored_as_they_were(store: Store, viewer: Client) -> None:
    shopper = Customer.objects.get(phone="+442079460958")
    for header, shown in (("en-GB", "020 7946 0958"), ("de-DE", "+44 20 7946 0958"), ("en", "+44 20 7946 0958")):
        text = viewer.get(f"/customers/{shopper.pk}/", headers={"Accept-Language": header}).content.decode()
        assert f'<span title="stored as +442079460958">{shown}</span>' in text
    Customer.objects.filter(pk=shopper.pk).update(phone="ask <b>Ann</b>")
    text = viewer.get(f"/customers/{shopper.pk}/", headers={"Accept-Language": "en-GB"}).content.decode()
    assert "ask &lt;b&gt;Ann&lt;/b&gt;" in text


def test_the_own_setting_goes_before_the_browser_and_is_nobody_else_s(
    store: Store, viewer: Client, operator: Client, django_assert_num_queries: Any
) -> None:
    assert "As my browser says" in viewer.get(SETTING).content.decode()
    page = viewer.post(SETTING, {"locale": "de-AT", "zone": "Europe/Vienna"}, follow=True)
    assert "Saved." in page.content.decode()
    assert 'title="01.02.2026 00:30:00 CET">' in run_page(viewer, "en-US")
    assert 'title="Jan 31, 2026 11:30:00 PM UTC">' in run_page(operator, "en-US")
    for wrong in ({"locale": "xx"}, {"zone": "../etc"}, {"locale": "de-DE", "zone": "Nowhere/Land"}):
        refused = viewer.post(SETTING, wrong)
        assert refused.status_code == 400
        assert "is not one of the available choices" in refused.content.decode()
    assert list(ReaderSetting.objects.values_list("user__username", "locale", "zone")) == [
        ("viewer", "de-AT", "Europe/Vienna")
    ]
    viewer.post(SETTING, {"locale": "", "zone": ""})
    assert 'title="Jan 31, 2026 11:30:00 PM UTC">' in run_page(viewer, "en-US")
    for tag in TAGS:
        viewer.post(SETTING, {"locale": tag, "zone": "Asia/Tokyo"})
        assert "JST" in run_page(viewer, ""), tag


def test_exports_are_the_same_for_every_reader(store: Store, operator: Client) -> None:
    found = set()
    for header, zone in (("de-DE", "Europe/Berlin"), ("en-US", "Asia/Tokyo")):
        operator.cookies["zone"] = zone
        asked = operator.post("/customers/export/", {"every": "1"}, headers={"Accept-Language": header})
        found.add(b"".join(asked.streaming_content).decode())  # type: ignore[attr-defined]
    (text,) = found
    assert '"2026-01-31 23:30:00"' in text
    assert '"Changed at (UTC)"' in text


def test_a_mail_is_written_for_its_recipient(settings: Any, store: Store) -> None:
    settings.PAGES_URL = "https://bcsync.example.com"
    Store.objects.update(alarm_emails=["ann@example.com", "bob@example.com"])
    ann = User.objects.create_user("ann", email="Ann@example.com")
    ReaderSetting.objects.create(user=ann, locale="de-DE", zone="Europe/Berlin")
    alarms.keep([Finding("run_silent", f"Run 7 was last heard of at {kept(AT)}.", store.pk)], KINDS, AT)
    assert digest.send(AT) == 2
    bodies = {mail.to[0]: mail.body for mail in mail.outbox}
    assert "last heard of at 01.02.2026 00:30." in bodies["ann@example.com"]
    assert "last heard of at 31 Jan 2026 23:30 UTC." in bodies["bob@example.com"]


def test_every_template_writes_numbers_and_moments_through_the_one_place() -> None:
    """A date, a rounded number or a count that is printed as it is would be the same for every reader."""
    bare = re.compile(
        r"\{\{[^}]*\|(date|time|timesince|timeuntil|floatformat|intcomma|localtime|localize|naturaltime)\b[^}]*\}\}"
        r"|\{\{ [\w.]*\b(count|total|num_pages|looked_at|\w+_count)(\|default:0)? \}\}"
        r"|(?<!value=\")\{\{ [\w.]+\|length \}\}"
        r"|\{% load [^%]*\b(humanize|l10n|tz)\b"
    )
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sorted((ROOT / "templates").rglob("*.*"))
        for found in bare.finditer(path.read_text())
        if found[0] not in PLAIN
    ]
    assert wrong == []
    code = re.compile(r":,[.}]|\bintcomma\b|\bdate_format\b|strftime\(|:%[HYdm].*\} UTC|%d %b|\.localtime\(")
    wrong = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for app in ("stores", "mapping", "customers")
        for path in sorted((ROOT / app).rglob("*.py"))
        if path.name not in MACHINES and "migrations" not in path.parts
        for line in path.read_text().splitlines()
        if code.search(line)
    ]
    assert wrong == []


# Keys to press, and what a script or a browser reads.
PLAIN = {"{{ candidates|length }}", "{{ each.score.total }}"}
# The one place; what is written into values for a vendor, in the vendor's form.
MACHINES = {"written.py", "transforms.py", "inverse.py"}
