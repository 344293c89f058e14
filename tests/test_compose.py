"""docker-compose.yml, checked as data: no container engine is needed to see that it is pinned, closed and watched."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PINNED = re.compile(r"[a-z][a-z0-9./-]*:v?[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z0-9-]+)?")

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())


def test_every_part_of_the_house_is_a_service() -> None:
    """Broker, program, page, history, metrics, alerts and dashboards."""
    assert set(SERVICES) == {"kafka", "worker", "web", "postgresql", "prometheus", "alertmanager", "grafana"}


@each_service
def test_every_image_is_pinned(service: dict[str, Any]) -> None:
    """A version with at least two numbers: what was tested is what runs."""
    assert PINNED.fullmatch(service["image"])


@each_service
def test_every_port_is_on_loopback(service: dict[str, Any]) -> None:
    """Nothing is open to a network unless an operator opens it."""
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in service.get("ports", []))


@each_service
def test_every_service_is_watched(service: dict[str, Any]) -> None:
    """A health check, and a restart of what has died."""
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"


@each_service
def test_secrets_come_from_outside(service: dict[str, Any]) -> None:
    """What is called a password or a token is required from the environment, with a word on what it is."""
    environment = service.get("environment", {})
    secrets = [value for name, value in environment.items() if re.search("PASSWORD|TOKEN", name)]
    assert all(re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value) for value in secrets)


def test_workers_can_be_many() -> None:
    """A worker has no name and no port of its own on the machine."""
    assert "ports" not in SERVICES["worker"]
    assert "container_name" not in SERVICES["worker"]


def test_nothing_waits_for_a_service_that_is_not_there() -> None:
    """Dependencies name services, and wait until they are healthy."""
    for service in SERVICES.values():
        for name, condition in service.get("depends_on", {}).items():
            assert name in SERVICES
            assert condition == {"condition": "service_healthy"}


def test_every_volume_is_declared() -> None:
    """Data outlives a container."""
    named = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert named == set(COMPOSE["volumes"])


def test_the_image_is_pinned_and_runs_as_nobody_in_particular() -> None:
    """A full version of Python, exact versions of libraries, and a user without rights at the end."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    (base,) = [line.removeprefix("FROM ") for line in lines if line.startswith("FROM ")]
    assert re.fullmatch(r"python:3\.11\.\d+-slim-[a-z]+", base)
    assert [line for line in lines if line.startswith("USER ")] == ["USER intervalwatch"]
    assert any("--constraint constraints.txt" in line for line in lines)


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    """Each COPY names something of the project that .dockerignore lets through."""
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied: set[str] = set()
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY "):
            copied.update(line.split()[1:-1])
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)
