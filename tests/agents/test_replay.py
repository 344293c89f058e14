"""Files in, history out: the same history whatever the order of the rows, and a summary that adds up."""

import random
from pathlib import Path
from typing import Any

import pytest
from engine import MINUTE, at, configuration, contact, content, snapshot

from agents.replay import replay
from agents.summary import Summary
from config.errors import UserError
from config.settings import Configuration
from streams import admission
from streams.audit.findings import Summary as Verified
from streams.audit.verify import verify_history
from streams.history.query import Filters
from streams.history.store import Store
from streams.records import Record
from streams.sources.merge import Feed, Input, QueueFeed
from streams.sources.registry import open_sources

HOURS = {"mon-fri": "08:00-20:00"}
DAY = 86_400_000
NOW = at("2026-12-01T00:00")


def centre(**given: Any) -> Configuration:
    """A centre open on weekdays, of queues that nobody configured."""
    return configuration(content(hours=HOURS, **given))


def of(queues: dict[str, list[tuple[int, Record]]]) -> Feed:
    """Rows of one file, each a number and a record, in the order given."""
    source = next(iter(open_sources(SOURCES).values()))
    return Feed(
        [Input(source, "calls.csv", "calls.csv")],
        {
            queue: QueueFeed([record for _, record in rows], [row for row, _ in rows], [0] * len(rows))
            for queue, rows in queues.items()
        },
        read=sum(len(rows) for rows in queues.values()),
    )


SOURCES = configuration(
    content()
    | {
        "sources": {
            "calls": {
                "format": "csv",
                "record": "contact",
                "columns": {"contact_id": "a", "queue": "q", "offered_at": "o"},
            }
        }
    }
)


def history(folder: Path, name: str, feed: Feed, **more: Any) -> tuple[list[dict[str, Any]], Summary]:
    """The results in order of publication, without where they were read, and the summary."""
    url = f"sqlite:///{folder / name}.db"
    with Store(url) as store:
        summary = replay(centre(), feed, store, NOW, **more)
        rows = [row | {"sources": None} for batch in store.results() for row in batch]
    summary.seconds = 0
    return rows, summary


def draw(dice: random.Random, queues: int, days: int) -> dict[str, list[tuple[int, Record]]]:
    """Days of queues: contacts that are updated, some of them twice, a plan, agents."""
    drawn: dict[str, list[tuple[int, Record]]] = {}
    row = 0
    for number in range(queues):
        queue, given = f"q{number:03d}", list[Record]()
        for day in range(days):
            midnight = at("2026-03-02T00:00") + day * DAY
            for count in range(dice.randrange(5, 40)):
                offered = midnight + dice.randrange(7 * 60 * 60_000, 20 * 60 * 60_000)
                copy = contact(f"{day}-{count}", offered, wait=None)
                given.append(copy)
                if dice.random() < 0.9:
                    gone = contact(
                        f"{day}-{count}",
                        offered,
                        wait=dice.choice([0, 5, 20, 33.3, 400]),
                        outcome=dice.choice(["answered", "answered", "answered", "abandoned", "overflowed"]),
                        talk=dice.choice([None, 60, 300.25, 4000]),
                        updated=offered + 5000 * MINUTE,
                    )
                    given += [gone] * dice.choice([1, 1, 1, 2])
            start = midnight + 30 * MINUTE * dice.randrange(48)
            given.append(
                admission.admit_plan("v", midnight - DAY, start, 30 * MINUTE, 30 * MINUTE, 9.0, 120_000, None, 3.0)
            )
            given.append(admission.admit_agent_state("ana", start, "available", [queue], 0, None, None, None, None))
        drawn[queue] = []
        for record in given:
            row += 1
            drawn[queue].append((row, record))
    return drawn


def test_rows_in_any_order_give_the_same_history(tmp_path: Path) -> None:
    """Twenty queues over four days: shuffled twice, row for row and hash for hash the same; nothing is late."""
    dice = random.Random(11)
    queues = draw(dice, 20, 4)
    expected, summary = history(tmp_path, "ordered", of(queues))
    assert len(expected) > 20 * 4 * 20
    corrections = [row["reason"] for row in expected if row["revision"] > 1]
    assert len(corrections) == summary.corrections
    assert all(reason.startswith("lost track of ") for reason in corrections)
    for number in range(2):
        shuffled = {
            queue: dice.sample(rows, len(rows)) for queue, rows in dice.sample(list(queues.items()), len(queues))
        }
        assert history(tmp_path, f"shuffled{number}", of(shuffled)) == (expected, summary)


def test_the_summary_adds_up(tmp_path: Path) -> None:
    """Read = accepted + duplicate + restated + dead-lettered, whatever the records were."""
    queues = draw(random.Random(3), 5, 2)
    more = [contact("x", at("09:00"), wait=wait, updated="09:10") for wait in (1, 2)]
    across = snapshot("09:10", offered=1)  # two intervals
    queues["q000"] += [(90_001 + place, record) for place, record in enumerate([*more, across])]
    feed = of(queues)
    _, summary = history(tmp_path, "sum", feed)
    assert summary.records_read == sum(len(rows) for rows in queues.values())
    assert (summary.records_dead_lettered, summary.records_restated) == (1, 1)
    assert summary.records_duplicate > 0
    assert (
        summary.records_read
        == summary.records_accepted
        + summary.records_duplicate
        + summary.records_restated
        + summary.records_dead_lettered
        + summary.records_filtered
    )


def test_as_arrived_takes_the_file_as_it_is(tmp_path: Path) -> None:
    """In file order a late row makes a correction; merged it was never late."""
    rows = [(1, contact("a", "09:10")), (2, contact("b", "10:40")), (3, contact("c", "09:20"))]
    table, summary = history(tmp_path, "arrived", of({"q": rows}), as_arrived=True)
    assert [(row["revision"], row["offered"]) for row in table if row["interval_start"] == "2026-03-02T09:00:00Z"] == [
        (1, 1),
        (2, 2),
    ]
    assert summary.corrections == 1
    table, summary = history(tmp_path, "merged", of({"q": rows}))
    assert (table[0]["revision"], table[0]["offered"]) == (1, 2)
    assert summary.corrections == 0


def test_each_queue_ends_with_its_own_last_data_or_where_its_source_has_passed(tmp_path: Path) -> None:
    """Without `until` a history ends with the last interval that has data, handling too, or that the source passed."""
    queues = {
        "early": [(1, contact("a", "09:10")), (2, snapshot("10:00", offered=3))],
        "late": [(3, contact("a", "11:10", talk=3600))],
    }
    table, _ = history(tmp_path, "ends", of(queues))
    last = {row["queue"]: row["interval_start"][11:16] for row in table}
    assert last == {"early": "10:30", "late": "12:00"}


def test_until_adds_open_intervals_and_leaves_later_ones_out(tmp_path: Path) -> None:
    """Every interval that ends by then is final, with data or without, and no other."""
    queues = {"q": [(1, contact("a", "09:10")), (2, contact("b", "15:10"))]}
    table, summary = history(tmp_path, "until", of(queues), until_ms=at("11:15"))
    assert [row["interval_start"][11:16] for row in table] == ["09:00", "09:30", "10:00", "10:30"]
    assert (summary.intervals_final, summary.records_accepted) == (4, 2)


def test_the_local_day_of_the_last_interval_is_over(tmp_path: Path) -> None:
    """Nothing comes after a replay: open breaches end with the day, and its program is told; with `until` it goes on.

    Half hours with 5 of 20 in time are below 0.75 to 0.90, and no later one of the day, which lasts till 20:00, could
    resolve their breach.
    """
    low = [
        snapshot(start, offered=20, answered=20, answered_within=5, abandoned=0)
        for start in ("09:00", "09:30", "10:00")
    ]
    for name, until_ms, states, days in (
        ("end", None, ["opened", "resolved"], 1),
        ("until", at("10:30"), ["opened"], 0),
    ):
        with Store(f"sqlite:///{tmp_path / name}.db") as store:
            replay(centre(), of({"q": [*enumerate(low, 1)]}), store, NOW, until_ms=until_ms)
            with store.reading() as reader:
                rows = [row for batch in reader.breaches(Filters()) for row in batch]
                below = [row for row in rows if row["rule"] == "service_level_below_range"]
                assert [row["state"] for row in below if row["state"] != "updated"] == states
                assert len(states) == 1 or below[-1]["reason"] == "day_ended"
                assert len(reader.program_days(Filters())) == days


def test_state_is_committed_on_the_way_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Committing after every few records gives the history of committing never."""
    queues = draw(random.Random(5), 3, 3)
    expected = history(tmp_path, "seldom", of(queues))
    monkeypatch.setattr("agents.replay._COMMIT_RECORDS", 7)
    assert history(tmp_path, "often", of(queues)) == expected


def test_what_replay_writes_can_be_verified(tmp_path: Path) -> None:
    """Chains hold, and every row's arithmetic."""
    history(tmp_path, "good", of(draw(random.Random(9), 4, 2)))
    with Store(f"sqlite:///{tmp_path / 'good.db'}") as store, store.reading() as reader:
        assert list(verify_history(reader, Verified())) == []


def test_changed_parameters_under_a_known_version_are_refused(tmp_path: Path) -> None:
    """History that holds a version with other content ends the replay before anything is written."""
    rows = {"q": [(1, contact("a", "09:10"))]}
    history(tmp_path, "one", of(rows))
    with Store(f"sqlite:///{tmp_path / 'one.db'}") as store, pytest.raises(UserError, match="unversioned"):
        replay(centre(grace_seconds=7), of(rows), store, NOW)


def test_queues_that_no_file_names_are_limited(tmp_path: Path) -> None:
    """Beyond max_unconfigured_queues rows are dead letters, one each, and every row that was read is accounted for."""
    dice = random.Random(7)
    feed = of(draw(dice, 4, 2) | {"sales": [(9_000, contact("s", "09:10"))]})
    with Store(f"sqlite:///{tmp_path / 'h.db'}") as store:
        summary = replay(centre(max_unconfigured_queues=3), feed, store, NOW)
        queues = {row["queue"] for batch in store.results() for row in batch}
        with store.reading() as reader:
            reasons = [row["reason"] for batch in reader.dead_letters() for row in batch]
    assert queues == {"q000", "q001", "q002", "sales"}
    assert sum(reason.startswith("too_many_queues: the configuration does not name 'q003'") for reason in reasons) > 10
    assert summary.records_read == (
        summary.records_accepted + summary.records_duplicate + summary.records_dead_lettered + summary.records_filtered
    )
