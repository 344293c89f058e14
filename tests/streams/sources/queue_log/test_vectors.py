"""The 25 scenarios of a published test suite of queue_log statistics: replay gives the hourly figures of each."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from case_runs import replayed, rows_of

from config.settings import load
from streams.records import Contact
from streams.sources.merge import parse_inputs, read_feed

ZONE: Final = ZoneInfo("America/Toronto")
COLUMNS: Final = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
LAYOUTS: Final = ("file", "table", "old table")
SCENARIOS: Final = 25
HOUR_MS: Final = 3_600_000
NOW: Final = 2**42


@pytest.fixture(scope="module")
def scenarios(shared_data: Path) -> list[dict[str, Any]]:
    """The scenarios of the published suite."""
    found: list[dict[str, Any]] = json.loads((shared_data / "queue_log" / "queue_log_vectors.json").read_text("utf-8"))
    assert len(found) == SCENARIOS
    return found


def instant(text: str) -> datetime:
    """The instant of a row's time."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=ZONE)


def log_text(rows: Sequence[Mapping[str, str]], layout: str) -> str:
    """The rows in a layout of queue_log."""
    if layout == "file":
        lines = [
            "|".join([f"{instant(row['time']).timestamp():.6f}", *(row[name] for name in COLUMNS[1:])]) for row in rows
        ]
    elif layout == "table":
        lines = [",".join(COLUMNS), *(",".join(row[name] for name in COLUMNS) for row in rows)]
    else:
        joined = ["|".join(row[name] for name in COLUMNS[5:]).rstrip("|") for row in rows]
        lines = [",".join([*COLUMNS[:5], "data"])]
        lines += [
            ",".join([*(row[name] for name in COLUMNS[:5]), data]) for row, data in zip(rows, joined, strict=True)
        ]
    return "\n".join(lines) + "\n"


def queue_of(scenario: Mapping[str, Any]) -> str:
    """The queue of a scenario about agents; where it names none, one that its agents are put into."""
    named = [row["queuename"] for row in scenario["queue_log"] if row["queuename"] != "NONE"]
    return named[0] if named else "q01"


def frame(scenario: Mapping[str, Any], day: str) -> list[dict[str, str]]:
    """A call at the beginning and at the end of a day, so that its hours have rows where only agents are spoken of."""
    return [
        dict(
            zip(
                COLUMNS,
                [f"{day} {clock}", f"frame-{clock}", queue_of(scenario), "NONE", "CLOSED", *[""] * 5],
                strict=True,
            )
        )
        for clock in ("00:00:00.000000", "23:59:59.000000")
    ]


class Run:
    """A scenario after its replay.

    Args:
        scenario: as the published file has it.
        layout: of the log.
        folder: where its files go.
    """

    def __init__(self, scenario: Mapping[str, Any], layout: str, folder: Path) -> None:
        self.scenario = scenario
        about_agents = scenario["kind"] == "agent"
        agents = sorted({row["agent"] for row in scenario["queue_log"] if row["agent"] != "NONE"})
        rows = list(scenario["queue_log"])
        if about_agents:
            days = {found for step in scenario["expected"] for found in re.findall(r'on "([0-9-]{10})"', step["step"])}
            rows += [row for day in sorted(days) for row in frame(scenario, day)]
        members = f"members: {{{queue_of(scenario)}: {json.dumps(agents)}}}" if about_agents else ""
        (folder / "config.yaml").write_text(
            f"site: {{timezone: {ZONE.key}, interval_minutes: 60, max_state_seconds: 604800}}\n"
            'defaults: {hours: {mon-sun: "00:00-24:00"}}\n'
            f"sources:\n  pbx: {{format: queue_log, {members}}}\n",
            encoding="utf-8",
        )
        (folder / "queue_log").write_text(log_text(rows, layout), encoding="utf-8")
        url = replayed(folder, folder, pbx="queue_log")
        self.hours = {(row["queue"], datetime.fromisoformat(row["interval_start"])): row for row in rows_of(url)}
        configuration = load((folder / "config.yaml",))
        feed = read_feed(configuration, parse_inputs(configuration, [f"pbx={folder / 'queue_log'}"]), NOW)
        assert not feed.bad_rows
        visits = {
            (queue, record.contact_id, record.offered_ms): record
            for queue, records in feed.queues.items()
            for record in records.records
            if isinstance(record, Contact)
        }
        self.visits = [(queue, visit) for (queue, *_), visit in visits.items()]

    def sum(self, name: str, queue: str, begin: datetime, hours: int) -> float:
        """The sum of a column of history over some hours of a queue; an hour without a row has none."""
        starts = [(begin + timedelta(hours=hour)).astimezone(UTC) for hour in range(hours)]
        rows = [row for start in starts if (row := self.hours.get((queue, start))) is not None]
        return float(sum(row[name] or 0 for row in rows))

    def waits(self, queue: str, begin: datetime, hours: int) -> list[int]:
        """The waits, milliseconds, of the visits that began in some hours of a queue and were answered or abandoned."""
        low = begin.timestamp() * 1000
        return [
            visit.wait_ms or 0
            for of, visit in self.visits
            if of == queue and low <= visit.offered_ms < low + hours * HOUR_MS and visit.outcome != "overflowed"
        ]

    def paused(self, queue: str, begin: datetime, hours: int) -> float:
        """Seconds of some hours since the agent's first line that are not staffed."""
        first = min(instant(row["time"]) for row in self.scenario["queue_log"])
        known = (begin + timedelta(hours=hours) - max(begin, first)).total_seconds()
        return max(0.0, known - self.sum("staffed_seconds", queue, begin, hours))


def clock(seconds: float) -> str:
    """Whole seconds, as the published figures have them."""
    return str(timedelta(seconds=int(seconds))).zfill(8)


def percent(part: float, whole: float) -> str:
    """A share as the published figures have it."""
    return f"{100 * part / whole:.0f} %" if whole else ""


def figure(name: str, of: Run, queue: str, begin: datetime, hours: int) -> str:
    """One figure of the published suite, from history."""
    offered, answered, overflowed, within = (
        of.sum(column, queue, begin, hours) for column in ("offered", "answered", "overflowed", "answered_within")
    )
    waits = of.waits(queue, begin, hours)
    figures: dict[str, Callable[[], str]] = {
        "Received": lambda: f"{offered:.0f}",
        "Answered": lambda: f"{answered:.0f}",
        "Abandoned": lambda: f"{of.sum('abandoned', queue, begin, hours):.0f}",
        "AWT": lambda: clock(sum(waits) / len(waits) / 1000) if waits else "",
        "Answered rate": lambda: percent(answered, offered - overflowed),
        "QoS": lambda: percent(within, answered),
        "Login": lambda: clock(of.sum("staffed_seconds", queue, begin, hours)),
        "Pause": lambda: clock(of.paused(queue, begin, hours)),
        "Conversation": lambda: clock(of.sum("handle_seconds", queue, begin, hours)),
        "Wrapup": lambda: clock(sum(visit.wrap_ms or 0 for _, visit in of.visits) / 1000 if answered else 0),
    }
    figures |= dict.fromkeys(("Blocking", "Closed", "Saturated"), lambda: f"{overflowed:.0f}")
    return figures[name]()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("number", range(SCENARIOS))
def test_a_published_scenario_gives_its_hourly_figures(
    number: int, layout: str, scenarios: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Each published figure of each hour is the figure in history, whichever layout the rows stand in."""
    scenario = scenarios[number]
    of = Run(scenario, layout, tmp_path)
    for step in scenario["expected"]:
        quoted = re.findall(r'"([^"]*)"', step["step"])
        queue = quoted[0] if scenario["kind"] == "queue" else queue_of_agent(scenario, quoted[0])
        day = datetime.strptime(quoted[1], "%Y-%m-%d").replace(tzinfo=ZONE)
        total = (8, 4) if len(step["rows"]) > 3 else (int(step["rows"][0][0].split("h")[0]), len(step["rows"]) - 1)
        for at, (label, *expected) in enumerate(step["rows"]):
            if "weekly" in step["step"]:
                begin, hours = (day, 168) if label == "Total" else (day + timedelta(days=at), 24)
            elif label == "Total":
                begin, hours = day + timedelta(hours=total[0]), total[1]
            else:
                begin, hours = day + timedelta(hours=int(label.split("h")[0])), 1
            found = [figure(name, of, queue, begin, hours) for name in step["columns"][1:]]
            assert found == expected, (scenario["scenario"], label, step["columns"])


def queue_of_agent(scenario: Mapping[str, Any], agent: str) -> str:
    """The queue that an agent serves in a scenario."""
    named = [
        row["queuename"]
        for row in scenario["queue_log"]
        if row["agent"] == f"Agent/{agent}" and row["queuename"] != "NONE"
    ]
    return named[0] if named else queue_of(scenario)
