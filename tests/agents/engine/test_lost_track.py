"""Contacts that wait for ever on paper: they leave every denominator, in the order of event time."""

from typing import Any

import pytest
from engine import MINUTE, at, columns, contact, engine, feed, rows, settings

from agents.engine.queue import QueueEngine
from streams.records import Tick

FIGURES = "interval_start", "revision", "offered", "waiting", "service_level", "integrity"


def lost(*, max_wait: int = 3600, **given: Any) -> QueueEngine:
    """A machine that loses track of contacts after an hour, or so many seconds."""
    return engine(max_wait_seconds=max_wait, **given)


def test_a_contact_that_waits_for_ever_leaves_the_denominators() -> None:
    """At 10:10, an hour after its offer, the call of 09:10 corrects 09:00, which was final: 1 of 2, then 1 of 1."""
    machine = lost()
    outputs = feed(machine, [contact("a", "09:10", wait=None), contact("b", "09:20"), contact("c", "10:09:59.999")])
    assert columns(rows(outputs), *FIGURES) == [("09:00", 1, 2, 1, 0.5, "ok")]
    [row] = rows(feed(machine, [contact("d", "10:10")], 9))
    assert columns([row], *FIGURES) == [("09:00", 2, 2, 0, 1, "lost_track")]
    assert row["reason"].startswith("lost track of 1 contact: waiting 1 -> 0; ")
    assert machine.counters.late == 0


def test_a_later_copy_puts_it_right() -> None:
    """The call had waited for two minutes when it was answered: it counts again, and nothing is lost any more."""
    machine = lost()
    waiting = [contact("a", "09:10", wait=None), contact("b", "09:11", wait=None)]
    feed(machine, [*waiting, contact("c", "10:20")])
    [row] = rows(feed(machine, [contact("a", "09:10", wait=120)], 9))
    # The two were lost at two moments, a revision each, though the watermark passed both at once.
    assert columns([row], *FIGURES) == [("09:00", 4, 2, 0, 0, "lost_track")]
    assert row["reason"].endswith("; lost track of 1 contact")
    [row] = rows(feed(machine, [contact("b", "09:11", wait=20)], 10))
    assert columns([row], *FIGURES) == [("09:00", 5, 2, 0, 0.5, "ok")]


@pytest.mark.parametrize(("updated", "expected"), [("09:10", ["09:00"]), ("09:40", []), ("10:00", [])])
def test_the_last_copy_counts_not_the_first(updated: str, expected: list[str]) -> None:
    """A contact of 09:10 of which somebody said later that it waits is lost an hour after that."""
    machine = lost()
    feed(machine, [contact("a", "09:10", wait=None), contact("a", "09:10", wait=None, updated=updated)])
    outputs = feed(machine, [contact("c", "09:50"), contact("d", "10:30")], 9)
    changed = [row["interval_start"][11:16] for row in rows(outputs) if row["integrity"] == "lost_track"]
    assert changed == expected


def test_a_contact_lost_before_its_interval_is_final_is_lost_in_its_first_row() -> None:
    """Where the limit is ten minutes nobody corrects anything: the first row says it, and how many."""
    machine = lost(max_wait=600)
    given = [contact("a", "09:01", wait=None), contact("b", "09:02", wait=None), contact("c", "09:20")]
    [row] = rows(feed(machine, [*given, contact("d", "10:00")]))
    assert columns([row], *FIGURES) == [("09:00", 1, 3, 0, 1, "lost_track")]
    assert row["reason"] == "lost track of 2 contacts"
    result = lost(max_wait=600)
    feed(result, given)
    open_row = result.provisional()
    assert open_row is not None
    assert (open_row.offered, open_row.waiting, open_row.integrity) == (3, 0, ("lost_track",))


def test_a_copy_that_comes_after_its_time_is_lost_at_once() -> None:
    """A call of 09:10 that comes as waiting at 10:30 makes one correction, not two."""
    machine = lost()
    feed(machine, [contact("a", "09:20"), contact("b", "10:30")])
    [row] = rows(feed(machine, [contact("late", "09:10", wait=None)], 9))
    assert columns([row], *FIGURES) == [("09:00", 2, 2, 0, 1, "lost_track")]
    assert row["reason"].endswith("; lost track of 1 contact")


@pytest.mark.parametrize("restart", [False, True])
def test_decisions_stand_in_the_order_of_event_time(*, restart: bool) -> None:
    """One record that passes deadlines and limits alike: each correction comes where its moment lies among them."""
    state: dict[bytes, bytes] = {}
    machine = engine(state=state, max_wait_seconds=3600)
    given = [contact("a", "09:10", wait=None), contact("b", "09:40", wait=None), contact("c", "10:01", wait=None)]
    outputs = feed(machine, given)
    if restart:
        commit = machine.commit()
        assert commit is not None
        commit.apply(state)
        machine = QueueEngine(settings(max_wait_seconds=3600), state, "again")
    outputs += feed(machine, [contact("d", "12:00")], 9)
    # 09:00 is final at 09:35:20, 09:30 at 10:05:20; then a is lost at 10:10; 10:00 is final at 10:35:20; b at 10:40.
    assert columns(rows(outputs), "interval_start", "revision", "waiting") == [
        ("09:00", 1, 1),
        ("09:30", 1, 1),
        ("09:00", 2, 0),
        ("10:00", 1, 1),
        ("09:30", 2, 0),
        ("10:00", 2, 0),
    ]


def test_the_clock_loses_track_too() -> None:
    """A tick is due in an idle queue when a contact's time is over, and the tick corrects its interval."""
    machine = lost(idle_seconds=30)
    for row, record in enumerate([contact("a", "09:10", wait=None), contact("b", "09:20")]):
        machine.apply([record], "call-data/0", row, at("09:20"))
    machine.apply([Tick(at("10:00"))], "call-data/0", 3, at("10:00"))
    assert [machine.due(at(clock)) for clock in ("10:09:59.999", "10:10")] == [False, True]
    [row] = rows(machine.apply([Tick(at("10:10"))], "call-data/0", 4, at("10:10")))
    assert columns([row], *FIGURES) == [("09:00", 2, 2, 0, 1, "lost_track")]
    assert not machine.due(at("10:10") + MINUTE)


def test_what_cannot_be_corrected_is_forgotten() -> None:
    """A limit beyond correction_days changes nothing any more, and leaves nothing in the state."""
    machine = lost(max_wait=3 * 86_400, correction_days=1)
    outputs = feed(machine, [contact("a", "09:10", wait=None), contact("b", "2026-03-04T09:00")])
    outputs += feed(machine, [contact("c", "2026-03-05T10:00")], 9)
    assert [row["integrity"] for row in rows(outputs)] == ["ok", "ok"]
    assert machine._manifest.contacts.waiting == {}


def test_under_event_attribution_nobody_waits() -> None:
    """A contact belongs to no interval before it leaves: there is none to lose it from."""
    machine = lost(attribution="event")
    outputs = feed(machine, [contact("a", "09:10", wait=None), contact("b", "09:20"), contact("c", "11:00")])
    assert columns(rows(outputs), "interval_start", "offered", "integrity") == [("09:00", 1, "ok")]
