"""Signed-in clients per role, and a Chromium for the tests marked `browser`.

Without a Chromium those are left out and the last line says so; under CI=true that is a failure.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, sync_playwright

from customers import tasks
from tests.pages import data

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW = "install Chromium, or point CHROMIUM_PATH at one, then run: pytest -m browser"


def chromium_path() -> str:
    """CHROMIUM_PATH, else a chromium or chrome on the PATH, else ""."""
    given = os.environ.get("CHROMIUM_PATH")
    return given or next((found for name in NAMES if (found := shutil.which(name))), "")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = [item for item in items if item.get_closest_marker("browser")]
    if not wanted or chromium_path():
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{len(wanted)} browser tests need a Chromium: {HOW}")
    config.hook.pytest_deselected(items=wanted)
    items[:] = [item for item in items if item not in wanted]
    config.pluginmanager.register(LeftOut(len(wanted)), "browser-tests-left-out")


class LeftOut:
    """Says at the end how many tests were left out."""

    def __init__(self, count: int) -> None:
        self.count = count

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.write_line(f"{self.count} browser tests were left out: {HOW}", yellow=True)


@pytest.fixture
def signed_in(db: None) -> Callable[[str], Client]:
    """A client whose user has the role given."""

    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(data.user(role))
        return client

    return sign_in


@pytest.fixture
def viewer(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("viewer")


@pytest.fixture
def operator(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("operator")


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of the runs that were given to the workers; nobody works on them."""
    ids: list[int] = []
    monkeypatch.setattr(tasks, "queue", ids.append)
    return ids


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield browser
        browser.close()
