"""make screenshots: the pages over the demo's data, wide and narrow, light and dark, in docs/screenshots."""

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connections

from bcsync.embedded import demo, month, places, setup
from bcsync.embedded.places import ROOT, CannotServe, Place

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WIDTHS = {"wide": 1280, "narrow": 390}
SCHEMES = ("light", "dark")
# Pixels: what a reader of the documentation looks at.
HEIGHT, TALLEST = 900, 1800
PERSON = "ines.duarte"


@dataclass(frozen=True)
class Shot:
    """name of the picture, address of the page."""

    name: str
    path: str


def screenshots(directory: Path, target: Path, only: str = "") -> int:
    """Take every picture (or those whose name begins with `only`). Makes the demo's data first where there are none."""
    place = Place(directory, places.free_port(), places.free_port())
    setup.prepare(place)
    fresh = not setup.has_data()
    if fresh:
        place.sandbox_state.unlink(missing_ok=True)
    with demo.running(place):
        for problem in demo.make_data(place) if fresh else ():
            print(f"  - {problem}", file=sys.stderr)
        cookie = session()
        if fresh:
            month.month(place)
        for store in reversed(demo.stores()):
            call_command("test_connection", store=store.hash, stdout=io.StringIO())
            call_command("check_readiness", store=store.hash, stdout=io.StringIO(), stderr=io.StringIO())
        if fresh:
            month.today(place, cookie)
        shots = [shot for shot in pages() if shot.name.startswith(only)]
        connections.close_all()
        taken = take(place, shots, cookie, target)
    print(f"{taken} pictures in {target}.")
    return 0


def pages() -> Iterator[Shot]:
    """Each main page once, of the first store, with the most telling customer and runs of the month."""
    store, other = demo.stores()
    customers = apps.get_model("customers.Customer").objects.filter(store=store)
    runs = apps.get_model("customers.Run").objects.filter(store=store)
    here = f"/stores/{store.hash}"
    linked: Any = (
        customers.filter(email=month.email(month.TELLING[1])).first() or customers.filter(status="linked").first()
    )
    unlinked: Any = max(customers.filter(status="review"), key=lambda row: len(row.candidates or ()), default=None)
    yield Shot("stores", "/")
    yield Shot("store", f"{here}/")
    yield Shot("customers", f"{here}/customers/?view=all&selected={linked.pk}")
    yield Shot("customer-card", f"/customers/{linked.pk}/")
    if unlinked:
        yield Shot("customer-card-unlinked", f"/customers/{unlinked.pk}/")
        yield Shot("review", f"{here}/review/?customer={unlinked.pk}")
    yield Shot("conflicts", f"{here}/conflicts/")
    yield Shot("add-customers", f"/customers/add/?store={other.hash}")
    yield Shot("readiness", f"{here}/readiness/")
    yield Shot("runs", f"{here}/runs/")
    for name, found in (
        ("run", runs.filter(kind="sync_changes", status="completed with errors")),
        ("plan", runs.filter(kind="sync_changes", status="planned")),
        ("undo", runs.filter(kind="undo")),
    ):
        if newest := found.order_by("-pk").first():
            yield Shot(name, newest.get_absolute_url())
    yield Shot("recurring-tasks", "/recurring-tasks/")
    yield Shot("setup-mapping", f"{here}/setup/field-mapping/")


def session() -> str:
    """The key of a signed-in session of an administrator with a name."""
    user, _ = get_user_model().objects.get_or_create(
        username=PERSON, defaults={"first_name": "Inês", "last_name": "Duarte", "is_staff": True, "is_superuser": True}
    )
    store = SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[-1]
    store["_auth_user_hash"] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


def chromium_path() -> str:
    """CHROMIUM_PATH, else a Chromium on the PATH. Raises CannotServe when there is none."""
    found = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, CHROMIUM)), "")
    if not found:
        raise CannotServe("Pictures need a Chromium: install one, or point CHROMIUM_PATH at it.")
    return found


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    try:
        from_playwright: Callable[[], Any] = __import__("playwright.sync_api", fromlist=["x"]).sync_playwright
    except ImportError:
        raise CannotServe("Pictures need playwright: pip install -r requirements-dev.txt") from None
    with from_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def take(place: Place, shots: list[Shot], cookie: str, target: Path) -> int:
    """Every shot in both widths and schemes. Returns how many pictures were taken."""
    target.mkdir(parents=True, exist_ok=True)
    taken = 0
    with browser() as opened:
        for width_name, width in WIDTHS.items():
            for scheme in SCHEMES:
                context = opened.new_context(
                    base_url=place.web_url, color_scheme=scheme, viewport={"width": width, "height": HEIGHT}
                )
                context.add_cookies([{"name": "sessionid", "value": cookie, "url": place.web_url}])
                page = context.new_page()
                for shot in shots:
                    page.set_viewport_size({"width": width, "height": HEIGHT})
                    answer = page.goto(shot.path)
                    if answer is None or not answer.ok:
                        raise CannotServe(f"{shot.path} answered {answer.status if answer else 'nothing'}.")
                    tall = min(TALLEST, int(page.evaluate("document.documentElement.scrollHeight")))
                    # What sticks to the window's edge stands at the picture's.
                    page.set_viewport_size({"width": width, "height": max(tall, HEIGHT)})
                    where = target / f"{shot.name}-{width_name}-{scheme}.png"
                    clip: Any = {"x": 0, "y": 0, "width": width, "height": tall}
                    page.screenshot(path=where, full_page=True, clip=clip)
                    taken += 1
                context.close()
    return taken


DEFAULT_TARGET = ROOT / "docs" / "screenshots"
