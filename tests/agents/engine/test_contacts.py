"""The books of a queue in its state: bounded memory, exact restoration, contacts found wherever they stand."""

from typing import Any

import pytest
from engine import HALF_HOUR, MINUTE, at, columns, contact, engine, feed, reasons, rows, settings, snapshot

from agents.engine import contact_state, open_contacts
from agents.engine.queue import QueueEngine
from streams.records import Contact

DAY = 86_400_000


def save(machine: QueueEngine, state: dict[bytes, bytes]) -> None:
    """Commit."""
    commit = machine.commit()
    if commit is not None:
        commit.apply(state)


def again(state: dict[bytes, bytes], writer: str = "again", **given: Any) -> QueueEngine:
    """A new machine on the state."""
    return QueueEngine(settings(**given), state, writer)


def calls(start: str, count: int, prefix: str = "c") -> list[Contact]:
    """So many contacts, a second apart."""
    return [contact(f"{prefix}{n}", at(start) + n * 1000, wait=5, talk=30) for n in range(count)]


def test_a_large_interval_is_kept_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """No cell holds more contacts than a broker's message bears; a correction finds them in any part."""
    monkeypatch.setattr(contact_state, "_CELL_CONTACTS", 10)
    state: dict[bytes, bytes] = {}
    machine = engine(state=state)
    feed(machine, [*calls("09:00", 95), contact("z", "10:10")])
    save(machine, state)
    assert max(value.count(b"c") for key, value in state.items() if b"\x00i" in key) <= 20
    assert len([key for key in state if b"\x00i" in key]) == 11
    machine = again(state)
    late = contact("c42", at("09:00") + 42_000, wait=90, outcome="abandoned", updated="10:00")
    assert columns(rows(feed(machine, [late], 200)), "offered", "answered", "abandoned") == [(95, 94, 1)]
    # Ten contacts more need a part more.
    feed(machine, calls("09:10", 10, "late"), 300)
    save(machine, state)
    assert len([key for key in state if b"\x00i" in key]) == 12


def test_open_contacts_are_written_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit writes what is new, and all of it anew when there are many chunks; a restart sees the latest copies."""
    monkeypatch.setattr(open_contacts, "_CHUNKS", 4)
    state: dict[bytes, bytes] = {}
    machine = engine(state=state)
    for turn in range(20):
        copies = [
            contact("again", "09:00", wait=turn, updated=at("09:00") + turn * MINUTE),
            contact(f"c{turn}", at("09:00") + turn * MINUTE),
        ]
        feed(machine, copies, 10 * turn)
        save(machine, state)
        assert len([key for key in state if b"\x00c" in key]) <= 4
    restarted = again(state)
    expected = columns(rows(machine.finish()), "offered", "wait_seconds")
    assert columns(rows(restarted.finish()), "offered", "wait_seconds") == expected == [(21, 19)]


def test_memory_is_bounded_by_correction_days() -> None:
    """Intervals that no correction can reach leave the state, with their contacts; the others stay."""
    state: dict[bytes, bytes] = {}
    machine = engine(state=state, correction_days=2)
    for day in range(10):
        start = at("2026-03-02T09:00") + day * DAY
        feed(machine, [contact(f"d{day}", start), contact(f"e{day}", start + 2 * HALF_HOUR)], 10 * day)
        save(machine, state)
    minutes = sorted(int(key.rpartition(b"\x00i")[2].split(b"@")[0].split(b".")[0]) for key in state if b"\x00i" in key)
    assert minutes[0] * MINUTE >= at("2026-03-11T09:30") - 2 * DAY
    # 2026-03-09 is kept, and its contact known: the same copy again is a duplicate.
    machine = again(state, correction_days=2)
    feed(machine, [contact("e7", at("2026-03-09T10:00"))], 200)
    assert machine.counters.duplicate == 1


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("later", ["09:20", "11:00"])
def test_each_visit_of_a_contact_is_found_after_a_restart(later: str, *, restart: bool) -> None:
    """Three visits of one interval, open or final: a copy of each replaces it, in whatever order they came."""
    state: dict[bytes, bytes] = {}
    machine = engine(state=state)
    visits = [contact("a", minute, wait=1) for minute in ("09:12", "09:10", "09:14")]
    feed(machine, [*visits, contact("b", later)])
    save(machine, state)
    if restart:
        machine = again(state)
    feed(machine, visits, 9)
    assert machine.counters.duplicate == 3
    outputs = feed(machine, [contact("a", "09:14", wait=30, updated="09:30")], 20)
    outputs += feed(machine, [contact("a", "09:10", wait=40, updated="09:30")], 30)
    save(machine, state)
    outputs += feed(machine, [contact("a", "09:12", wait=50, updated="09:30")], 40) + machine.finish()
    latest = {row["interval_start"]: row for row in rows(outputs)}
    assert columns([latest["2026-03-02T09:00:00Z"]], "offered", "wait_seconds") == [(3 + (later == "09:20"), 120)]


def test_a_contact_that_entered_before_the_first_row_is_found() -> None:
    """Under `event` a contact that waits over the first row's start is known after a restart, and counts once."""
    for restart in (False, True):
        state: dict[bytes, bytes] = {}
        machine = engine(state=state, attribution="event")
        waiting = contact("w", "08:50", wait=None, updated="08:50")
        feed(machine, [waiting, contact("a", "09:10"), contact("b", "10:40")])
        save(machine, state)
        if restart:
            machine = again(state, attribution="event")
        gone = contact("w", "08:50", wait=110 * 60, updated="10:41")
        outputs = feed(machine, [gone, gone], 9) + machine.finish()
        assert columns(rows(outputs), "interval_start", "offered") == [("10:30", 2)]


def test_a_snapshot_off_the_grid_is_refused() -> None:
    """An interval that does not begin at a multiple of its length is no interval of the queue."""
    machine = engine()
    [reason] = reasons(feed(machine, [snapshot("09:10", offered=1)]))
    assert reason == (
        "interval_start: 2026-03-02T09:10:00Z, and the row's 1800 s lie across two intervals of 1800 s, "
        "which begin at multiples of 30 minutes in local standard time"
    )
