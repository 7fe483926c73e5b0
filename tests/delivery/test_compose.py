"""docker-compose.yml and the Dockerfile: what a machine without an engine can check of them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "beat", "migrate")
# https://github.com/compose-spec/compose-spec/blob/main/05-services.md, as far as it is used here
KNOWN = {
    *("image", "build", "command", "environment", "depends_on", "healthcheck", "ports", "volumes", "restart"),
    *("read_only", "tmpfs", "cap_drop", "security_opt", "stop_grace_period"),
}
CONDITIONS = {"service_healthy", "service_completed_successfully"}
SECRET = re.compile(r"SECRET|KEY|PASSWORD|TOKEN")


def test_the_five_services_and_the_migration_are_there() -> None:
    assert set(SERVICES) == {"web", "worker", "beat", "migrate", "postgres", "redis"}
    assert set(COMPOSE) == {"x-app", "services", "volumes"}
    for name, service in SERVICES.items():
        assert set(service) <= KNOWN, name


def test_our_processes_are_one_image() -> None:
    assert {SERVICES[name]["image"] for name in OURS} == {"bcsync:${BCSYNC_VERSION:-latest}"}


def test_every_long_running_service_has_a_health_check() -> None:
    for name, service in SERVICES.items():
        check = service["healthcheck"]
        if name == "migrate":
            assert check == {"disable": True}
        else:
            assert check["test"][0] == "CMD"
            assert {"interval", "timeout"} <= set(check)


def test_nothing_starts_before_what_it_needs() -> None:
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "postgres": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
        }
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for service in SERVICES.values():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES
            assert how["condition"] in CONDITIONS


@pytest.mark.parametrize("name", OURS)
def test_secrets_come_from_the_environment_or_not_at_all(name: str) -> None:
    environment = SERVICES[name]["environment"]
    for variable, value in environment.items():
        if SECRET.search(variable):
            assert value.startswith(f"${{{variable}:?"), variable
    assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_our_processes_may_do_little() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_named_volumes_are_declared() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_the_image_runs_as_nobody_special_and_holds_no_secret() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    last = lines[stages[-1] :]
    users = [line for line in last if line.startswith("USER ")]
    assert users == ["USER bcsync"]
    assert last.index("USER bcsync") < next(i for i, line in enumerate(last) if line.startswith("CMD "))
    assert any(line.startswith("HEALTHCHECK ") for line in last)
    assert not [line for line in lines if line.startswith(("ARG ", "ENV ")) and SECRET.search(line)]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert not {"!.env", "!var/", "!tests/", "!.git/"} & set(ignored)
