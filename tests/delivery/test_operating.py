"""docs/operating.md: each alarm has its row and each row its alarm; what it names is there."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from bcsync import healthcheck
from customers.models import Look
from customers.watchdog_kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]


def rows(section: str) -> list[list[str]]:
    """The cells of the first table of a section, without its head."""
    text = (ROOT / "docs" / "operating.md").read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_alarm_has_a_row_in_the_order_of_the_page_and_every_row_an_alarm() -> None:
    found = rows("Alarms")
    assert [row[0] for row in found] == [kind.title for kind in KINDS.values()]
    assert all(len(row) == 4 and all(row) for row in found)


def test_every_variable_of_the_compose_file_is_explained() -> None:
    environment = (ROOT / "docker-compose.yml").read_text().split("depends_on")[0]
    explained = (ROOT / "docs" / "operating.md").read_text()
    for name in re.findall(r"\$\{([A-Z_]+)", environment):
        assert f"`{name}`" in explained, name


@pytest.mark.django_db
def test_a_monitor_can_ask_whether_the_watchdog_looks(settings: Any) -> None:
    assert not healthcheck.CHECKS["watchdog"]()
    Look.objects.create(pk=1, looked_at=timezone.now())
    assert healthcheck.CHECKS["watchdog"]()
    Look.objects.update(looked_at=timezone.now() - Look.SILENCE * 1.1)
    assert not healthcheck.CHECKS["watchdog"]()
