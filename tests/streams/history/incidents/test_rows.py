"""Rows of incidents, against an account of them that is kept another way, and by examples worked by hand."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from history_rows import PARAMETERS
from hypothesis import given, settings
from hypothesis import strategies as st
from report_rows import breach

from config.timestamps import from_rfc3339
from streams.columns import JOURNAL_COLUMNS
from streams.history.incidents.columns import INCIDENT_COLUMNS
from streams.history.incidents.rows import incident_rows

Row = dict[str, Any]
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
SEVERITIES = ("info", "warning", "critical")
RULES = ("volume_variance", "service_level_below_range", "abandon_rate_above_limit")


def at(number: int) -> str:
    """The start of a half hour after noon."""
    return (NOON + number * dt.timedelta(minutes=30)).isoformat().replace("+00:00", "Z")


def settings_of(_row: Any) -> Row:
    """Half hours in Madrid."""
    return {**PARAMETERS[0], "timezone": "Europe/Madrid", "interval_ms": 1_800_000}


def entry(number: int, incident: str, clock: str, **texts: Any) -> Row:
    """An entry of the journal, without its chain."""
    kind = "acted" if texts else "acknowledged"
    own = {"number": number, "incident_id": incident, "at": f"2026-03-02T{clock}:00Z", "kind": kind, "by": f"p{number}"}
    return dict.fromkeys(JOURNAL_COLUMNS) | own | texts


@st.composite
def lives(draw: st.DrawFn) -> Iterator[Row]:
    """The records of some breaches of some incidents, shuffled, some of them twice."""
    rows: list[Row] = []
    for number in range(draw(st.integers(0, 6))):
        first = draw(st.integers(0, 20))
        length, over = draw(st.integers(1, 4)), draw(st.booleans())
        incident = f"i{draw(st.integers(0, 2))}"
        queue, rule = draw(st.sampled_from(["q1", "q2", None])), draw(st.sampled_from(RULES))
        live = draw(st.integers(0, 9)) == 0
        rank = 0
        for place in range(length):
            rank = max(rank, draw(st.integers(0, 2)))
            state = "opened" if place == 0 else "resolved" if over and place == length - 1 else "updated"
            start, since = at(first + 2 + place), at(first)
            rows.append(
                breach(f"b{number}", place + 1, state, start, first_interval_start=since, severity=SEVERITIES[rank])
                | {"incident_id": incident, "queue": queue, "rule": rule, "live": live}
            )
    doubled = [row for row in rows for _ in range(draw(st.integers(1, 2)))]
    return iter(draw(st.permutations(doubled)))


@settings(deadline=None)
@given(lives(), st.lists(st.tuples(st.sampled_from(["i0", "i1", "b0", "b3"]), st.integers(10, 23)), max_size=5))
def test_every_row_is_what_its_records_say(changes: Iterator[Row], seen: list[tuple[str, int]]) -> None:
    """Number, begin, end, severity, breaches and first acknowledgement agree with an account by sets of records."""
    rows = list(changes)
    entries = [entry(number, name, f"{hour}:00") for number, (name, hour) in enumerate(seen, 1)]
    found = {row["incident_id"]: row for row in incident_rows(rows, entries, settings_of)}
    final = [row for row in rows if not row["live"]]
    assert found.keys() == {row["incident_id"] for row in final}
    for name, row in found.items():
        assert tuple(row) == INCIDENT_COLUMNS
        own = [each for each in final if each["incident_id"] == name]
        ids = {each["breach_id"] for each in own}
        ends = {each["breach_id"]: each["interval_start"] for each in own if each["state"] == "resolved"}
        assert row["since"] == min(each["first_interval_start"] for each in own)
        assert row["until"] == (max(ends.values()) if ends.keys() == ids else None)
        assert row["breaches"] == len(ids)
        assert set(row["rules"].split(";")) == {each["rule"] for each in own}
        assert SEVERITIES.index(row["severity"]) == max(SEVERITIES.index(each["severity"]) for each in own)
        assert row["queues"] == len({each["queue"] for each in own} - {None})
        words = [each["at"] for each in entries if each["incident_id"] in {name, *ids}]
        assert row["acknowledged_at"] == min(words, default=None)


def test_the_service_level_heads_an_incident_and_its_title_ends_it() -> None:
    """Worst figure with its limit and causes are the service level's; the end is the one that was told."""
    first = {"incident_id": "volume", "rule": "volume_variance", "item": "2.4"}
    level = {"incident_id": "volume", "first_interval_start": at(1)}
    causes = [{"cause": "volume", "effect": -0.5}, {"cause": "aht", "effect": None}]
    rows = [
        breach("volume", 1, "opened", at(0), **first),
        breach("level", 1, "opened", at(2), **level, observed=0.2, limit=0.7),
        breach("level", 2, "updated", at(3), **level, severity="critical"),
        breach("volume", 2, "resolved", at(4), **first, title="sales: ended 14:30 after 1 h 30 min"),
        breach("level", 3, "resolved", at(6), **level, severity="critical", causes=causes)
        | {"title": "sales: ended 15:00 after 1 h 30 min, worst 20 %"}
        | {"worst_interval_start": at(2), "worst_observed": 0.2, "limit": 0.75},
    ]
    people = [
        entry(1, "volume", "14:00"),
        entry(2, "volume", "15:00", cause="a bill", controllable="partly", action="two more"),
        entry(3, "volume", "16:00", controllable="no", action="a letter", outcome="quiet"),
    ]
    (row,) = incident_rows(reversed(rows), people, settings_of)
    told = {
        "rule": "service_level_below_range",
        "rules": "volume_variance;service_level_below_range",
        "since_local": "2026-03-02T13:00:00+01:00",
        "until": "2026-03-02T14:00:00Z",
        "length_seconds": 7200,
        "intervals": 4,
        "severity": "critical",
        "worst_observed": 0.2,
        "limit": 0.7,
        "worst_interval_start": at(2),
        "cause": "volume",
        "effect": -0.5,
        "acknowledged_by": "p1",
        "acknowledged_seconds": 5400,
        "controllable": "no",
        "found_cause": "a bill",
        "action": "two more\na letter",
        "outcome": "quiet",
    }
    assert {name: row[name] for name in told} == told


def test_records_of_an_earlier_program_are_incidents_by_themselves() -> None:
    """Without an incident's id, a title or a worst interval: the farthest figure is the worst, nothing is made up."""
    rows = [breach("b", n, "updated", at(n), observed=0.7 - n / 10, causes=None, limit=0.75) for n in (1, 2)]
    rows.append(breach("b", 3, "resolved", at(5), observed=0.9, causes=None) | {"first_interval_start": at(1)})
    (row,) = incident_rows(rows, [], lambda _row: None)
    assert (row["incident_id"], row["until"], row["intervals"], row["cause"]) == ("b", at(5), None, None)
    assert (row["worst_interval_start"], row["worst_observed"], row["limit"]) == (at(2), 0.7 - 2 / 10, 0.75)


def test_an_incident_of_several_queues_names_none_and_is_found_by_each() -> None:
    """A dead source is one incident; asked for one of its queues it stays whole."""
    rows = [
        breach(f"feed/{queue}", 1, "opened", at(0), queue=queue, incident_id="feed") for queue in ("sales", "orders")
    ]
    (row,) = incident_rows(rows, [], settings_of, queue="orders")
    assert (row["queue"], row["queues"], row["breaches"]) == (None, 2, 2)
    assert from_rfc3339(row["since"]) == from_rfc3339(at(0))
    assert incident_rows(rows, [], settings_of, queue="cards") == []
