"""Prometheus and Alertmanager for live tests: Debian's binaries, loopback ports, folders that are thrown away."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dashboards.alerting.addresses import Addresses
from dashboards.alerting.prometheus_rules import prometheus_config
from dashboards.alerting.templates import templates
from dashboards.generated import to_yaml

__all__ = ["alertmanager", "free_port", "prometheus", "query", "running", "wait_for"]

_START_SECONDS = 30.0
T = TypeVar("T")


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(look: Callable[[], T | None], what: str, seconds: float = 30.0) -> T:
    """The first result of `look` that says something; the test fails if none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {seconds:g} s; last seen: {found!r}")
        time.sleep(0.1)


def query(url: str, expression: str) -> list[dict[str, Any]]:
    """The samples of an instant query, by Prometheus' own API.

    Raises:
        ValueError: Prometheus refuses the expression.
    """
    try:
        with urllib.request.urlopen(f"{url}/api/v1/query?{urllib.parse.urlencode({'query': expression})}") as answer:  # noqa: S310 - a loopback address
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return found
    except urllib.error.HTTPError as error:
        raise ValueError(f"{expression}: {error.read().decode()}") from None


@contextmanager
def prometheus(
    binary: Path,
    folder: Path,
    rules: Mapping[str, Any],
    targets: Sequence[int],
    alertmanager_port: int | None = None,
    token_file: Path | None = None,
) -> Iterator[str]:
    """A Prometheus as `config/prometheus` has it, but for its pace; yields its URL.

    Args:
        binary: the server.
        folder: for its files.
        rules: rule files by name.
        targets: ports of the workers it scrapes, each second.
        alertmanager_port: where it sends alerts.
        token_file: holds the token of the workers.
    """
    folder.mkdir()
    for name, content in rules.items():
        (folder / name).write_text(to_yaml(content), encoding="utf-8")
    workers = tuple(f"127.0.0.1:{port}" for port in targets)
    config = prometheus_config(
        Addresses(workers, f"127.0.0.1:{alertmanager_port}", token_file=token_file and str(token_file))
    )
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = list(rules)
    if alertmanager_port is None:
        del config["alerting"], config["scrape_configs"][1]
    (folder / "prometheus.yml").write_text(to_yaml(config), encoding="utf-8")
    port = free_port()
    command = [binary, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    command += ["--rules.alert.resend-delay=5m"]
    with running([*command, f"--web.listen-address=127.0.0.1:{port}"], folder, f"http://127.0.0.1:{port}/-/ready"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def alertmanager(binary: Path, folder: Path, config: Mapping[str, Any]) -> Iterator[int]:
    """An Alertmanager with a configuration and the product's templates; yields its port."""
    (folder / "templates").mkdir(parents=True)
    (folder / "templates" / "intervalwatch.tmpl").write_text(templates(), encoding="utf-8")
    (folder / "alertmanager.yml").write_text(to_yaml(config), encoding="utf-8")
    port = free_port()
    command = [binary, f"--config.file={folder / 'alertmanager.yml'}", f"--storage.path={folder / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with running(command, folder, f"http://127.0.0.1:{port}/-/ready"):
        yield port


@contextmanager
def running(command: Sequence[str | Path], folder: Path, ready: str) -> Iterator[None]:
    """A server that answers at `ready`, ended at the end."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=output, cwd=folder)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                urllib.request.urlopen(ready, timeout=2).close()  # noqa: S310 - a loopback address
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} did not start: {log.read_text()[-2000:]}") from None
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(_START_SECONDS)
