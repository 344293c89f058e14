"""A real Prometheus scrapes the demo with the committed rules; every expression of every dashboard has an answer."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_servers import free_port, prometheus, query, wait_for
from ruamel.yaml import YAML

from agents.live.metrics import families
from dashboards.alerting.recording_rules import RECORD_PROGRAM_SERVICE_LEVEL, RECORDING_RULES

CONFIG = Path(__file__).parents[2] / "config"
RULES = ("recording.yml", "alerts.yml")
NOT_IN_THE_DEMO = {
    families.ANNOTATIONS.name,  # no Grafana is configured
    families.NEVER_SEEN.name,  # every queue is seen
    families.MONITORED.name,  # no day of the demo is over
    families.MONITORED_RIGHT.name,
    RECORD_PROGRAM_SERVICE_LEVEL,  # no program's queues share definition and threshold
}
"""Metrics of which the demo has no values."""


def lacking(url: str) -> set[str]:
    """The families and recording rules of which a Prometheus has no values, though the demo has a case of them."""
    with urllib.request.urlopen(f"{url}/api/v1/label/__name__/values") as answer:  # noqa: S310 - a loopback address
        known = set(json.load(answer)["data"])
    return {*families.METRICS, *RECORDING_RULES} - known - NOT_IN_THE_DEMO


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that scrapes a demo with an open breach; its URL."""
    require: Callable[[str], Path] = request.getfixturevalue("require_binary")
    binary = require("prometheus")
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    rules = {name: YAML(typ="safe").load((CONFIG / "prometheus" / name).read_text(encoding="utf-8")) for name in RULES}
    log = folder / "demo.log"
    with log.open("wb") as output:
        demo = subprocess.Popen(
            [sys.executable, "-m", "intervalwatch", "demo", "--port", str(port)], stdout=output, stderr=output
        )
    try:
        with prometheus(binary, folder / "server", rules, [port]) as url:
            wait_for(lambda: query(url, 'max(intervalwatch_breach_active{severity!="info"}) == 1'), "a breach", 120)
            wait_for(lambda: query(url, "intervalwatch_breach_effect_ratio"), "a breach with causes", 120)
            # Rates need two scrapes, and minutes of history help none of the expressions.
            wait_for(lambda: query(url, "count_over_time(up[1m]) > 10"), "ten scrapes", 60)
            # Rules of groups are evaluated less often, and wait some minutes for queues that are not final yet.
            wait_for(lambda: not lacking(url), "figures of groups", 300)
            yield url
    finally:
        demo.terminate()
        demo.wait(30)


def targets(kind: str) -> list[str]:
    """Every query of every committed dashboard."""
    found: list[str] = []
    for path in sorted((CONFIG / "grafana" / "dashboards").glob("*.json")):
        dashboard: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for panel in dashboard["panels"]:
            found += [target[kind] for target in panel.get("targets", []) if kind in target]
    return found


@pytest.mark.live
def test_every_metric_and_ratio_is_there(server: str) -> None:
    """All families and recording rules but those the demo has no case of are in Prometheus after some scrapes."""
    assert not lacking(server)


@pytest.mark.live
def test_every_expression_of_every_dashboard_returns_data(server: str) -> None:
    """With all programs and queues chosen, no panel is empty."""
    expressions = targets("expr")
    assert len(expressions) > 50
    empty = []
    for expression in expressions:
        chosen = expression.replace("$__rate_interval", "1m")
        for variable in ("$program", "$queue", "$item", "$kind", "$group"):
            chosen = chosen.replace(variable, ".*")
        if not query(server, chosen):
            empty.append(expression)
    assert not empty


@pytest.mark.live
def test_scrapes_lose_nothing(server: str) -> None:
    """No sample is refused as a duplicate or out of order, and no rule fails."""
    (added,) = query(server, 'scrape_samples_scraped{job="intervalwatch"}')
    (kept,) = query(server, 'scrape_samples_post_metric_relabeling{job="intervalwatch"}')
    assert added["value"][1] == kept["value"][1]
    with urllib.request.urlopen(f"{server}/api/v1/rules") as answer:  # noqa: S310 - as above
        groups = json.load(answer)["data"]["groups"]
    assert {rule["health"] for group in groups for rule in group["rules"]} == {"ok"}
