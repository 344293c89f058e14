"""Every SQL panel of the history dashboard on a real PostgreSQL that holds simulated days."""

import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgresql_server import binaries, server

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import BreachEvent, Result
from config.settings import load
from streams.history.store import Store
from streams.journal.entry import entry
from streams.simulation.simulator import CentreSpec, queue_spec, simulate_day

CONFIG = Path(__file__).parents[2] / "config"
DAYS = (dt.date(2026, 3, 2), dt.date(2026, 3, 3))
QUEUES = {"sales": (200, 240), "outages": (60, 260)}
"""Contacts a half hour and AHT; the one counts in S1, the other in S5."""


@pytest.fixture(scope="module")
def history() -> Iterator[str]:
    """A PostgreSQL with two days of two queues, and a breach that somebody has seen; its connection string."""
    folder = binaries()
    if folder is None:
        reason = "PostgreSQL's initdb not found (Debian: apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    configuration = load([CONFIG / "monitor.yaml"])
    with server(folder) as url, Store(url) as store:
        for queue, (contacts, aht) in QUEUES.items():
            settings = configuration.queue(queue)
            spec = CentreSpec((queue_spec(settings[-1], contacts, aht),))
            engine = QueueEngine(settings, {})
            for day in DAYS:
                for number, (_, _, record) in enumerate(simulate_day(spec, queue, day, seed=3).records):
                    engine.apply_record(record, "test", number)
            outputs = engine.finish()
            store.write_results([{**out.row, "position": out.position} for out in outputs if isinstance(out, Result)])
            store.write_breaches([out.row for out in outputs if isinstance(out, BreachEvent)])
        breach = breach_of("net_staffing")
        store.write_breaches([breach])
        store.append_journal(entry(breach["breach_id"], "Ana", "2026-03-02T10:00:00Z", note="called two in"))
        yield url.replace("+psycopg", "")


def breach_of(rule: str) -> dict[str, Any]:
    """A breach record made by hand."""
    start = "2026-03-02T09:00:00Z"
    return {
        "breach_id": f"{rule}/sales/{start}", "sequence": 1, "state": "opened", "item": "2.5", "rule": rule,
        "severity": "warning", "program": "retail", "queue": "sales", "scope": "", "interval_start": start,
        "first_interval_start": start, "observed": -4, "expected": 0, "limit": -1.7, "unit": "agents",
        "message": "short", "message_zh": "短", "causes": None, "live": False, "parameters_version": "2026-01",
    }  # fmt: skip


def statements() -> dict[str, str]:
    """The SQL of every panel by its title, as Grafana would send it."""
    dashboard = json.loads((CONFIG / "grafana" / "dashboards" / "history.json").read_text(encoding="utf-8"))
    found = {}
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            found[panel["title"]] = expanded(target["rawSql"])
    return found


def expanded(statement: str) -> str:
    """A statement with Grafana's macro and variables filled in."""
    for column in ("interval_start", "b.first_interval_start"):
        between = f"{column} BETWEEN '2026-03-01T00:00:00Z' AND '2026-03-05T00:00:00Z'"
        statement = statement.replace(f"$__timeFilter({column})", between)
    return statement.replace("$program", "'retail','energy'").replace("$queue", "'sales','outages'")


def rows(history: str, statement: str) -> list[dict[str, Any]]:
    """The rows that PostgreSQL answers."""
    with psycopg.connect(history, row_factory=psycopg.rows.dict_row) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.live
def test_every_panel_has_rows_and_the_columns_it_shows(history: str) -> None:
    """No statement fails, none is empty, and tables show no column that the statement does not give."""
    dashboard = json.loads((CONFIG / "grafana" / "dashboards" / "history.json").read_text(encoding="utf-8"))
    shown = {
        panel["title"]: transformation["options"]["include"]["names"]
        for panel in dashboard["panels"]
        for transformation in panel.get("transformations", [])
        if transformation["id"] == "filterFieldsByName"
    }
    for title, statement in statements().items():
        found = rows(history, statement)
        assert found, title
        assert set(shown.get(title, ("time", "metric", "value"))) == set(found[0]), title


@pytest.mark.live
def test_attainment_is_the_sum_of_numerators_over_the_sum_of_denominators(history: str) -> None:
    """The month's figures are those that Python adds up from the rows, in S1 as in S5."""
    with Store(history.replace("postgresql:", "postgresql+psycopg:")) as store:
        held = [row for batch in store.results() for row in batch]
    month = {row["queue"]: row for row in rows(history, statements()["Attainment"])}
    assert set(month) == set(QUEUES)
    for queue, shown in month.items():
        latest = {row["interval_start"]: row for row in held if row["queue"] == queue}
        judged = [row for row in latest.values() if row["spec"] in {"in_range", "below", "above"}]
        counted = [row for row in latest.values() if row["service_level"] is not None]
        good = sum(row["answered_within"] for row in counted)
        of = sum(row["answered"] + row["abandoned"] + row["waiting"] for row in counted)
        if queue == "outages":
            of -= sum(row["short_abandoned"] for row in counted)
        assert shown["service_level"] == pytest.approx(good / of, abs=1e-12)
        assert shown["intervals"] == len(latest)
        assert shown["judged"] == len(judged)
        assert shown["in_range"] == pytest.approx(sum(row["spec"] == "in_range" for row in judged) / len(judged))
        errors = [
            (row["offered"], row["forecast_offered"]) for row in latest.values() if row["forecast_offered"] is not None
        ]
        wape = sum(abs(came - expected) for came, expected in errors) / sum(expected for _, expected in errors)
        assert shown["wape"] == pytest.approx(wape, abs=1e-9)


@pytest.mark.live
def test_a_breach_stands_once_with_whoever_saw_it(history: str) -> None:
    """Each breach is one row, as it last stood, with its acknowledgement beside it."""
    found = rows(history, statements()["Breaches"])
    seen = [row for row in found if row["by"] == "Ana"]
    assert [row["rule"] for row in seen] == ["net_staffing"]
    assert seen[0]["note"] == "called two in"
