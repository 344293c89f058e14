"""docker-compose.yml, checked as data: no container engine is needed to see that it is pinned, closed and watched."""

import re
from pathlib import Path, PurePosixPath
from typing import Any

import click
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from config.settings import load
from dashboards.wallboard.server import TOKEN_VARIABLE
from intervalwatch.commands.alerting import alerting
from intervalwatch.main import cli
from streams.history.schema import connect

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PINNED = re.compile(r"[a-z][a-z0-9./-]*:v?[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z0-9-]+)?")

ENDS = "alerting"
"""The service that does its work and ends."""
DEMO = "simulator"
"""The service of the profile `demo`."""

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())


def test_every_part_of_the_house_is_a_service() -> None:
    """Broker, program, page, history, metrics, alerts and dashboards; what makes the files of alerts; a simulator."""
    servers = {"kafka", "worker", "web", "postgresql", "prometheus", "alertmanager", "grafana"}
    assert set(SERVICES) == {*servers, ENDS, DEMO}


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
    """A health check, and a restart of what has died; the one that ends is waited for, and a demo tells one story."""
    if service is SERVICES[DEMO]:
        assert service["restart"] == "no"
        return
    if service is SERVICES[ENDS]:
        waiting = [name for name, each in SERVICES.items() if ENDS in each.get("depends_on", {})]
        assert waiting == ["prometheus", "alertmanager"]
        return
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"


@each_service
def test_secrets_come_from_outside(service: dict[str, Any]) -> None:
    """A setting called a password or a token is required from the environment, with a word on what it is."""
    environment = service.get("environment", {})
    secrets = [value for name, value in environment.items() if re.search("PASSWORD|TOKEN", name)]
    assert all(re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value) for value in secrets)


def test_workers_can_be_many() -> None:
    """A worker has no name and no port of its own on the machine."""
    assert "ports" not in SERVICES["worker"]
    assert "container_name" not in SERVICES["worker"]


def test_nothing_waits_for_a_service_that_is_not_there() -> None:
    """Dependencies name services, and wait until they are healthy, or have done their work."""
    for service in SERVICES.values():
        for name, condition in service.get("depends_on", {}).items():
            assert name in SERVICES
            wanted = "service_completed_successfully" if name == ENDS else "service_healthy"
            assert condition == {"condition": wanted}


def test_every_volume_is_declared() -> None:
    """Data outlives a container."""
    named = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert named == set(COMPOSE["volumes"])


# --- the parts fit together -------------------------------------------------------------------------


def mounted(service: str) -> dict[str, Path]:
    """Folders of the project that a service sees, by where it sees them."""
    pairs = [volume.split(":") for volume in SERVICES[service].get("volumes", [])]
    return {target: ROOT / source for source, target, *_ in pairs if source.startswith(".")}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the service `alerting` fills, as Prometheus and Alertmanager see it."""
    folder = tmp_path_factory.mktemp("generated")
    command, *arguments = SERVICES[ENDS]["command"]
    assert command == "alerting"
    options = [part.replace("/generated", str(folder)) for part in arguments]
    options = [part.replace("/etc/intervalwatch", str(ROOT / "config")) for part in options]
    assert CliRunner().invoke(alerting, options, standalone_mode=False).return_value == 0
    for name in (ENDS, "prometheus", "alertmanager"):
        assert [volume for volume in SERVICES[name]["volumes"] if volume.startswith("alerting:/generated")]
    return folder


def option_of(service: str, name: str) -> str:
    """The value of an option of a service's command."""
    (found,) = [part for part in SERVICES[service]["command"] if part.startswith(f"--{name}=")]
    return str(found.partition("=")[2])


def on_disk(service: str, path: str) -> Path:
    """The file of the project at a path of a service."""
    for target, folder in mounted(service).items():
        if PurePosixPath(path).is_relative_to(target):
            return folder / PurePosixPath(path).relative_to(target)
    raise AssertionError(f"{service}: nothing is mounted at {path}")


def settings(path: Path) -> Any:
    """A YAML file."""
    return YAML(typ="safe").load(path)


@each_service
def test_what_is_mounted_is_there_and_cannot_be_changed(service: dict[str, Any]) -> None:
    """Each folder of the project exists, and is mounted read-only."""
    for volume in service.get("volumes", []):
        source, _, mode = volume.partition(":")
        if source.startswith("."):
            assert (ROOT / source).is_dir()
            assert mode.endswith(":ro")


def test_the_profile_demo_feeds_the_workers_from_the_simulator() -> None:
    """It alone has a profile; its options are real, and name the workers' broker and configuration."""
    assert [name for name, service in SERVICES.items() if "profiles" in service] == [DEMO]
    command, *arguments = SERVICES[DEMO]["command"]
    found = cli.get_command(click.Context(cli), command)  # type: ignore[attr-defined]  # cli is a group of ours
    assert found is not None
    given = found.make_context(command, list(arguments)).params
    assert given["feed_only"]
    assert f"--broker={given['broker']}" in SERVICES["worker"]["command"]
    assert [f"--config={path}" for path in given["configs"]] == [
        part for part in SERVICES["worker"]["command"] if part.startswith("--config=")
    ]


@pytest.mark.parametrize("name", ["worker", "web"])
def test_the_programs_command_lines_are_real(name: str) -> None:
    """Click accepts each option; the configuration they name loads, and the history's address is one."""
    command, *arguments = SERVICES[name]["command"]
    context = click.Context(cli)
    found = cli.get_command(context, command)  # type: ignore[attr-defined]  # cli is a group of ours
    assert found is not None
    given = found.make_context(command, list(arguments), parent=context).params
    assert command == name
    for path in given["configs"]:
        load([on_disk(name, str(path))])
    assert connect(given["history"], create=False).dialect.name == "postgresql"
    assert re.fullmatch(r"kafka://kafka:\d+", given["broker"])
    assert (
        f"INSIDE://kafka:{given['broker'].rsplit(':', 1)[1]}"
        in SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    )
    # Open to other containers: so there is a token, and the health check asks the port that is served.
    assert given["host"] == "0.0.0.0"  # noqa: S104 - inside a container
    assert TOKEN_VARIABLE in SERVICES[name]["environment"]
    assert f"http://127.0.0.1:{given['port']}/healthz" in SERVICES[name]["healthcheck"]["test"][-1]


def test_prometheus_reads_rules_and_finds_workers_and_alertmanager(generated: Path) -> None:
    """Rule files exist beside the configuration; targets are services and their ports; the token is a secret."""
    file = generated / PurePosixPath(option_of("prometheus", "config.file")).relative_to("/generated")
    prometheus = settings(file)
    assert all((file.parent / rules).is_file() for rules in prometheus["rule_files"])
    job, notifier = prometheus["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    assert found["names"] == ["worker"]
    assert f"--port={found['port']}" in SERVICES["worker"]["command"]
    secret = PurePosixPath(job["authorization"]["credentials_file"])
    assert str(secret.parent) == "/run/secrets"
    assert SERVICES["prometheus"]["secrets"] == [secret.name]
    assert COMPOSE["secrets"] == {secret.name: {"environment": TOKEN_VARIABLE}}
    (alertmanager,) = prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    assert alertmanager == "alertmanager:9093"
    assert notifier["static_configs"] == [{"targets": [alertmanager]}]
    # Alertmanager ends what it has not heard of for four times as long: 20 minutes without an evaluation are no end.
    assert option_of("prometheus", "rules.alert.resend-delay") == "5m"


def test_alertmanager_reads_its_routing_and_words(generated: Path) -> None:
    """The configuration it is started with is there, with every template that it names, `web` and the token."""
    file = generated / PurePosixPath(option_of("alertmanager", "config.file")).relative_to("/generated")
    routing = settings(file)
    for pattern in routing["templates"]:
        assert list(file.parent.glob(pattern))
    hooks = [each for receiver in routing["receivers"] for each in receiver.get("webhook_configs", [])]
    assert hooks
    for hook in hooks:
        assert hook["url"].startswith("http://web:6067/api/")
        secret = PurePosixPath(hook["http_config"]["authorization"]["credentials_file"])
        assert SERVICES["alertmanager"]["secrets"] == [secret.name]
    # Longer than the time after which it would say again what stands.
    assert option_of("alertmanager", "data.retention") == "120h"
    assert routing["route"]["repeat_interval"] == "100h"


def test_addresses_that_the_environment_holds_reach_the_relay() -> None:
    """Each variable that the example's `notify` names is handed on to `web`."""
    notify = load([ROOT / "config" / "monitor.yaml"]).notify
    named = {channel.variable for person in notify.people.values() for channel in person.channels}
    assert named - {None} <= set(SERVICES["web"]["environment"])


def test_grafana_finds_its_data_and_dashboards() -> None:
    """Data sources are services, with the user and database that PostgreSQL makes; dashboards are mounted."""
    (folder,) = mounted("grafana").values()
    postgresql = SERVICES["postgresql"]["environment"]
    for file in (folder / "datasources").glob("*.yml"):
        for source in settings(file)["datasources"]:
            host = re.sub("^https?://", "", source["url"]).partition(":")[0]
            assert host in SERVICES
            if source["type"].endswith("postgresql-datasource"):
                assert source["user"] == postgresql["POSTGRES_USER"]
                assert source["jsonData"]["database"] == postgresql["POSTGRES_DB"]
                variable = source["secureJsonData"]["password"].strip("${}")
                assert variable in SERVICES["grafana"]["environment"]
    (provider,) = [
        provider for file in (folder / "dashboards").glob("*.yml") for provider in settings(file)["providers"]
    ]
    assert list(on_disk("grafana", provider["options"]["path"]).glob("*.json"))


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
