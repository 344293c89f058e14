"""The life of an interval: when it is final, what it counts, what late data corrects, when it is missing."""

from typing import Any

import pytest
from engine import (
    HALF_HOUR,
    MINUTE,
    at,
    columns,
    configuration,
    contact,
    content,
    engine,
    feed,
    reasons,
    rows,
    run,
    settings,
    snapshot,
)

from agents.engine.queue import QueueEngine
from agents.intervals.turn import Turn
from streams import admission
from streams.history.chain import GENESIS_HASH, row_hash
from streams.records import Contact, Tick
from streams.told.queue_day import QueueDay

HOURS = {"mon-fri": "09:00-12:00"}
DAY = 86_400_000


def filler(start: str, until: str, step: int = 5 * MINUTE) -> list[Contact]:
    """A contact every five minutes in [start, until)."""
    return [contact(f"f{ms}", ms) for ms in range(at(start), at(until), step)]


# --- attribution (docs/concepts/intervals.md#where-intervals-lie) -----------------------------------


def test_handling_is_split_over_the_intervals_it_spans() -> None:
    """Handled 09:10-09:40 in quarter hours is occupied 5:00, 15:00 and 10:00; AHT stands where handling ended."""
    call = contact("a", "09:09", wait=60, talk=1500, hold=60, wrap=240)
    table = columns(
        run([call], interval_minutes=15), "interval_start", "offered", "handled", "handle_seconds", "occupied_seconds"
    )
    assert table == [("09:00", 1, 0, 0, 300), ("09:15", 0, 0, 0, 900), ("09:30", 0, 1, 1800, 600)]


def test_handling_that_ends_on_the_border_ends_in_the_interval_that_begins_there() -> None:
    """An instant on the border belongs to the next interval under `left`; the time itself lies before it."""
    call = contact("a", "09:10", wait=0, talk=1200)
    table = columns(run([call]), "interval_start", "handled", "handle_seconds", "occupied_seconds")
    assert table == [("09:00", 0, 0, 1200), ("09:30", 1, 1200, 0)]


def test_under_right_handling_that_ends_on_the_border_ends_before_it() -> None:
    """Under `right` the same handling ends in the interval that the border closes."""
    call = contact("a", "09:10", wait=0, talk=1200)
    table = columns(run([call], interval_closed="right"), "interval_start", "handled", "occupied_seconds")
    assert table == [("09:00", 1, 1200)]


def test_by_arrival_a_contact_counts_where_it_entered() -> None:
    """Offered 09:29:50, answered 09:30:10: all counts and the wait stand at 09:00."""
    call = contact("a", "09:29:50", wait=20)
    assert columns(run([call]), "interval_start", "offered", "answered", "answered_within", "wait_seconds") == [
        ("09:00", 1, 1, 1, 20)
    ]


def test_by_event_a_contact_counts_where_it_left() -> None:
    """The same contact under `event` stands at 09:30."""
    call = contact("a", "09:29:50", wait=20)
    table = run([call], attribution="event")
    assert columns([row for row in table if row["offered"]], "interval_start", "offered", "answered") == [
        ("09:30", 1, 1)
    ]


def test_only_answered_contacts_are_handled() -> None:
    """Talk of an abandoned contact counts nowhere; an answered one without any time reported is not handled."""
    given = [
        contact("a", "09:00", outcome="abandoned", talk=100),
        contact("b", "09:01"),
        contact("c", "09:02", talk=30),
        contact("d", "09:03", wrap=0),
    ]
    assert columns(run(given), "answered", "abandoned", "handled", "handle_seconds", "aht_seconds") == [
        (3, 1, 2, 30, 15)
    ]


def test_boundaries_count_as_within() -> None:
    """Waits of exactly the threshold and the short-abandon limit are within; a millisecond more is not."""
    given = [
        contact("a", "09:00", wait=20),
        contact("b", "09:01", wait=20.001),
        contact("c", "09:02", wait=20, outcome="abandoned"),
        contact("d", "09:03", wait=5, outcome="abandoned"),
        contact("e", "09:04", wait=5.001, outcome="abandoned"),
    ]
    names = ("answered_within", "abandoned_within", "short_abandoned")
    assert columns(run(given), *names) == [(1, 3, 1)]
    assert columns(run(given, level={"threshold_inclusive": False}), *names) == [(0, 2, 0)]


@pytest.mark.parametrize(
    ("definition", "level", "abandon"),
    [
        ("S1", 860 / 1060, 60 / 1060),
        ("S2", 860 / 1000, 60 / 1060),
        ("S3", 860 / 1040, 60 / 1060),
        ("S4", 880 / 1060, 60 / 1060),
        ("S5", 860 / 1050, 50 / 1050),
        ("S6", 870 / 1060, 60 / 1060),
    ],
)
def test_the_published_example_under_each_definition(definition: str, level: float, abandon: float) -> None:
    """ICMI's example (1000 answered, 860 within, 60 abandoned, 20 within, 10 short) gives each definition's figure."""
    given = [contact(f"i{n}", "09:00", wait=10) for n in range(860)]
    given += [contact(f"o{n}", "09:00", wait=30) for n in range(140)]
    given += [contact(f"s{n}", "09:00", wait=3, outcome="abandoned") for n in range(10)]
    given += [contact(f"t{n}", "09:00", wait=15, outcome="abandoned") for n in range(10)]
    given += [contact(f"l{n}", "09:00", wait=90, outcome="abandoned") for n in range(40)]
    [row] = run(given, level={"definition": definition})
    assert (row["answered"], row["abandoned"], row["abandoned_within"], row["short_abandoned"]) == (1000, 60, 20, 10)
    assert row["service_level"] == pytest.approx(level, abs=1e-12)
    assert row["abandon_rate"] == pytest.approx(abandon, abs=1e-12)
    assert row["asa_seconds"] == pytest.approx((860 * 10 + 140 * 30) / 1000, abs=1e-12)


def test_overflowed_contacts_count_in_the_denominator_only_where_asked() -> None:
    """One answered in time and one overflowed: 1 of 1, or 1 of 2 with `overflow_counts`."""
    given = [contact("a", "09:00"), contact("b", "09:01", outcome="overflowed")]
    assert columns(run(given), "offered", "overflowed", "service_level") == [(2, 1, 1)]
    assert columns(run(given, level={"overflow_counts": True}), "service_level") == [0.5]


def test_a_denominator_of_zero_gives_no_figure() -> None:
    """All abandoned: S2 has no figure and spec is unknown, the abandon rate is 1."""
    given = [contact(f"a{n}", "09:00", wait=60, outcome="abandoned") for n in range(50)]
    [row] = run(given, level={"definition": "S2"})
    assert (row["service_level"], row["spec"], row["abandon_rate"], row["asa_seconds"]) == (None, "unknown", 1, None)


def test_who_still_waits_has_failed_already() -> None:
    """A contact that waits still when the result is published counts in `waiting` and in the denominator."""
    given = [contact("a", "09:00"), contact("b", "09:01"), contact("c", "09:02"), contact("d", "09:03", wait=None)]
    assert columns(run(given), "offered", "waiting", "service_level", "integrity") == [(4, 1, 0.75, "ok")]
    assert columns(run(given, level={"definition": "S2"}), "waiting", "service_level") == [(1, 1)]


# --- final --------------------------------------------------------------------------------------------


def test_an_interval_is_final_at_its_end_and_threshold_and_grace() -> None:
    """09:00-09:30, 20 s and 300 s: final when the watermark reaches 09:35:20, and not a millisecond before."""
    machine = engine()
    assert not feed(machine, [contact("a", "09:10"), contact("b", "09:35:19.999")])
    [row] = rows(feed(machine, [contact("c", "09:35:20")]))
    assert (row["interval_start"], row["revision"], row["status"]) == ("2026-03-02T09:00:00Z", 1, "final")


def test_a_snapshot_moves_the_watermark_to_its_interval_s_end_at_most() -> None:
    """A copy made an hour after the interval ended says nothing of the intervals in between."""
    machine = engine(hours=HOURS)
    feed(machine, [snapshot("09:00", "11:00", offered=1, answered=1)])
    assert machine.view.watermark_ms == at("09:30")


def test_the_clock_makes_an_idle_queue_final() -> None:
    """From 30 s of silence on the watermark runs at clock speed: last event time + time since its append."""
    machine = engine()
    machine.apply([contact("a", "09:10")], "t/0", 0, at("09:12"))
    machine.apply([contact("b", "09:29")], "t/0", 1, at("09:31"))
    # The watermark is 09:29 + (now - 09:31); it reaches 09:35:20 at 09:37:20.
    just_before, then = at("09:37:19.999"), at("09:37:20")
    assert not machine.due(just_before)
    assert not rows(machine.apply([Tick(just_before)], "t/0", 2))
    assert machine.due(then)
    assert columns(rows(machine.apply([Tick(then)], "t/0", 3)), "interval_start", "offered") == [("09:00", 2)]
    assert not machine.due(at("11:00"))


def test_silence_shorter_than_idle_seconds_does_not_count() -> None:
    """A queue whose last record is 29.999 s old is not idle, however late it is."""
    machine = engine(idle_seconds=30, grace_seconds=0)
    machine.apply([contact("a", "09:30:15")], "t/0", 0, at("09:30:16"))
    machine.apply([contact("b", "09:10")], "t/0", 1, at("09:30:17"))
    assert not machine.due(at("09:30:46.999"))
    assert machine.due(at("09:30:47"))


def test_a_tick_counts_from_the_last_record_s_append() -> None:
    """Each record starts the silence anew."""
    machine = engine()
    machine.apply([contact("a", "09:10")], "t/0", 0, at("09:10"))
    machine.apply([contact("b", "09:11")], "t/0", 1, at("09:20"))
    machine.apply([Tick(at("09:25"))], "t/0", 2)
    assert machine.view.watermark_ms == at("09:16")


def test_a_backfill_runs_on_only_to_its_last_interval_with_data() -> None:
    """After a record more than 24 h old no clock closes the open hours after the last data."""
    machine = engine(hours=HOURS)
    late = at("09:10") + DAY + 1
    machine.apply([contact("a", "09:10")], "t/0", 0, late)
    outputs = machine.apply([Tick(late + 10 * DAY)], "t/0", 1)
    assert columns(rows(outputs), "interval_start", "status") == [("09:00", "final")]
    assert machine.view.watermark_ms == at("09:35:20")
    assert not machine.due(late + 11 * DAY)


def test_a_record_of_exactly_24_hours_is_no_backfill() -> None:
    """`older than 24 hours`: at 24 hours sharp the clock runs on."""
    machine = engine(hours=HOURS)
    late = at("09:10") + DAY
    machine.apply([contact("a", "09:10")], "t/0", 0, late)
    outputs = machine.apply([Tick(late + HALF_HOUR)], "t/0", 1)
    assert columns(rows(outputs), "interval_start") == ["09:00"]
    assert machine.view.watermark_ms == at("09:40")


def test_there_is_a_row_for_every_open_interval_and_for_others_only_with_data() -> None:
    """Open 09:00-12:00: rows from the first data on, zero where nothing came, and 13:00 because something did."""
    given = [contact("a", "09:40"), contact("b", "10:40"), contact("c", "13:10")]
    assert columns(run(given, hours=HOURS), "interval_start", "offered", "status") == [
        ("09:30", 1, "final"),
        ("10:00", 0, "final"),
        ("10:30", 1, "final"),
        ("11:00", 0, "final"),
        ("11:30", 0, "final"),
        ("13:00", 1, "final"),
    ]


def test_handling_that_ends_after_hours_has_a_row() -> None:
    """Outside open hours an interval in which handling ended has a row with offered 0."""
    given = [contact("a", "11:59", talk=600)]
    assert columns(run(given, hours=HOURS), "interval_start", "offered", "handled", "spec") == [
        ("11:30", 1, 0, "low_volume"),
        ("12:00", 0, 1, "no_demand"),
    ]


def test_a_queue_without_hours_has_rows_only_where_there_is_data() -> None:
    """Without hours nothing is due between two calls."""
    given = [contact("a", "09:40"), contact("b", "13:10")]
    assert columns(run(given), "interval_start") == ["09:30", "13:00"]


def test_until_makes_every_interval_final_that_ends_by_then() -> None:
    """`until` 11:00 closes the open intervals up to 10:30-11:00, and none that ends later though it has data."""
    given = [contact("a", "09:10"), contact("b", "11:10"), contact("c", "11:50")]
    assert columns(run(given, until="11:00", hours=HOURS), "interval_start") == ["09:00", "09:30", "10:00", "10:30"]
    assert columns(run(given, until="11:29", hours=HOURS), "interval_start")[-1] == "10:30"


def test_provisional_is_the_open_interval_so_far() -> None:
    """Revision 0 shows the interval that the watermark is in, not one in which handling will end."""
    machine = engine()
    feed(machine, [contact("a", "09:10", talk=3600), contact("b", "09:12")])
    result = machine.provisional()
    assert result is not None
    row = result.row()
    assert (row["interval_start"], row["revision"], row["status"], row["offered"]) == (
        "2026-03-02T09:00:00Z",
        0,
        "provisional",
        2,
    )


def test_provisional_counts_only_those_who_have_failed_already() -> None:
    """Who has waited up to the threshold may still be answered in time: not in `waiting` nor the denominator."""
    machine = engine()
    feed(
        machine,
        [
            contact("a", "09:10"),
            contact("b", "09:10:10", wait=None),
            contact("c", "09:10:40", wait=None),
            contact("d", "09:11", outcome="answered"),
        ],
    )
    result = machine.provisional()
    assert result is not None
    row = result.row()
    assert (row["offered"], row["waiting"], row["service_level"]) == (4, 1, pytest.approx(2 / 3))


def test_provisional_of_a_snapshot_feed_does_not_make_up_zeros() -> None:
    """Before the open interval's first snapshot its counts are not reported, rather than none."""
    machine = engine(hours=HOURS)
    feed(machine, [snapshot("09:00", offered=10, answered=10)])
    result = machine.provisional()
    assert result is not None
    row = result.row()
    assert (row["interval_start"], row["offered"]) == ("2026-03-02T09:00:00Z", 10)
    machine.finish()
    result = machine.provisional()
    assert result is not None
    row = result.row()
    assert (row["interval_start"], row["offered"], row["spec"]) == ("2026-03-02T09:30:00Z", None, "unknown")


# --- late -----------------------------------------------------------------------------------------------


def closed_nine(**given: Any) -> tuple[QueueEngine, list[dict[str, Any]]]:
    """A machine that has 09:00 and 09:30 final: a at 09:10, b at 09:40 (talk 60 s each), then data up to 10:06."""
    machine = engine(**given)
    calls = [
        contact("a", "09:10", talk=60, updated="09:12"),
        contact("b", "09:40", talk=60, updated="09:42"),
        contact("z", "10:06"),
    ]
    return machine, rows(feed(machine, calls))


def test_a_late_contact_makes_a_numbered_correction() -> None:
    """Revision 2 says what changed and continues the chain."""
    machine, before = closed_nine()
    outputs = machine.apply([contact("late", "09:20", wait=30, talk=30)], "calls.csv", 9)
    [row] = rows(outputs)
    assert (row["interval_start"], row["revision"], row["status"]) == ("2026-03-02T09:00:00Z", 2, "corrected")
    assert (row["offered"], row["answered"], row["answered_within"], row["handle_seconds"]) == (2, 2, 1, 90)
    assert row["reason"].startswith("late contact late: offered 1 -> 2; answered 1 -> 2; ")
    assert row["previous_hash"] == before[-1]["hash"]
    assert row["hash"] == row_hash(row)
    assert (machine.counters.late, machine.counters.corrections) == (1, 1)


def test_the_chain_begins_at_zero_and_holds() -> None:
    """Each row names the hash of the one published before, the first 64 zeros."""
    machine, before = closed_nine()
    after = rows(machine.apply([contact("late", "09:20")], "calls.csv", 9)) + rows(machine.finish())
    chain = [GENESIS_HASH, *(row["hash"] for row in before + after)]
    assert [row["previous_hash"] for row in before + after] == chain[:-1]
    assert all(row["hash"] == row_hash(row) for row in before + after)


def test_each_revision_counts_on() -> None:
    """A second late contact makes revision 3; the other interval's revisions are its own."""
    machine, _ = closed_nine()
    outputs = feed(machine, [contact("l1", "09:20"), contact("l2", "09:21"), contact("l3", "09:50")], 9)
    assert columns(rows(outputs), "interval_start", "revision", "offered") == [
        ("09:00", 2, 2),
        ("09:00", 3, 3),
        ("09:30", 2, 2),
    ]


def test_a_later_copy_replaces_the_one_in_a_final_interval() -> None:
    """A contact known as answered turns out abandoned after 40 s: counts move, nothing is counted twice."""
    machine, _ = closed_nine()
    [row] = rows(feed(machine, [contact("a", "09:10", wait=40, outcome="abandoned", updated="10:01")], 9))
    assert (row["offered"], row["answered"], row["abandoned"], row["handled"], row["occupied_seconds"]) == (
        1,
        0,
        1,
        0,
        0,
    )


def test_an_older_copy_changes_nothing() -> None:
    """A copy with an earlier `updated_at` is accepted and superseded: no revision."""
    machine, _ = closed_nine()
    assert not feed(machine, [contact("a", "09:10", wait=40, outcome="abandoned", updated="09:11")], 9)
    assert machine.counters.accepted == 4


def test_a_contact_that_comes_back_is_another_visit() -> None:
    """Each stay counts where it began, within one interval and between final and open ones."""
    machine, _ = closed_nine()
    outputs = feed(machine, [contact("a", "09:15", wait=9), contact("a", "10:05"), contact("a", "10:06")], 9)
    outputs += machine.finish()
    assert columns(rows(outputs), "interval_start", "revision", "offered", "answered", "wait_seconds") == [
        ("09:00", 2, 2, 2, 9),
        ("10:00", 1, 3, 3, 0),
    ]


def test_late_handling_reaches_every_interval_it_spans() -> None:
    """Handling reported late over two final intervals and an open one corrects two and is counted in the third."""
    machine, _ = closed_nine()
    outputs = feed(machine, [contact("a", "09:10", talk=60 * 60, updated="10:11")], 9) + machine.finish()
    assert columns(rows(outputs), "interval_start", "revision", "handled", "handle_seconds", "occupied_seconds") == [
        ("09:00", 2, 0, 0, 20 * 60),
        ("09:30", 2, 1, 60, 30 * 60 + 60),
        ("10:00", 1, 1, 3600, 10 * 60),
    ]


def test_a_late_contact_where_no_row_was_makes_a_first_revision() -> None:
    """Without hours 08:00 had no row: the late contact's row is revision 1, and says why it comes late."""
    machine, _ = closed_nine()
    [row] = rows(feed(machine, [contact("late", "08:10")], 9))
    assert (row["revision"], row["status"], row["reason"]) == (1, "final", "late contact late")
    [row] = rows(feed(machine, [contact("later", "08:11")], 10))
    assert (row["revision"], row["offered"]) == (2, 2)


def test_a_contact_late_twice_before_the_state_is_written_counts_once() -> None:
    """Two copies of one visit, late in the same flush for an interval older than all others: the later one counts."""
    machine, _ = closed_nine()
    outputs = feed(machine, [contact("l", "08:10", updated="10:00"), contact("l", "08:10", wait=7, updated="10:01")], 9)
    assert columns(rows(outputs), "interval_start", "revision", "offered", "wait_seconds") == [
        ("08:00", 1, 1, 0),
        ("08:00", 2, 1, 7),
    ]


def test_a_duplicate_of_a_late_contact_makes_no_revision() -> None:
    """The same values again are a duplicate, final or not."""
    machine, _ = closed_nine()
    late = contact("late", "09:20")
    assert rows(feed(machine, [late], 9))
    assert not feed(machine, [late], 10)
    assert machine.counters.duplicate == 1


def test_a_late_snapshot_makes_a_correction() -> None:
    """A later `as_of` for a final interval gives revision 2, an earlier one nothing."""
    machine = engine()
    outputs = feed(
        machine, [snapshot("09:00", offered=10, answered=9, abandoned=1), snapshot("09:30", offered=1, answered=1)]
    )
    assert columns(rows(outputs + machine.finish()), "interval_start", "offered") == [("09:00", 10), ("09:30", 1)]
    assert not feed(machine, [snapshot("09:00", "09:20", offered=7)], 9)
    [row] = rows(feed(machine, [snapshot("09:00", "10:30", offered=11, answered=10, abandoned=1)], 10))
    assert (row["revision"], row["offered"]) == (2, 11)
    assert row["reason"] == "late interval snapshot: offered 10 -> 11; answered 9 -> 10"


def test_data_for_a_missing_interval_corrects_it() -> None:
    """A row that was missing gets its counts in revision 2."""
    machine = engine(hours=HOURS)
    feed(machine, [snapshot("09:00", offered=1, answered=1), snapshot("10:00", offered=1, answered=1)])
    outputs = feed(machine, [snapshot("11:00", offered=1, answered=1)], 3)
    # The watermark is 11:30, and 10:30-11:00 was final at 11:05:20.
    assert columns(rows(outputs), "interval_start", "status", "offered") == [
        ("10:00", "final", 1),
        ("10:30", "missing", None),
    ]
    [row] = rows(feed(machine, [snapshot("09:30", "11:30", offered=5, answered=5)], 9))
    assert (row["revision"], row["status"], row["offered"], row["integrity"]) == (2, "corrected", 5, "ok")


def test_too_late_is_a_dead_letter() -> None:
    """A record that lies more than `correction_days` before the last final interval is refused, with the reason."""
    machine = engine(correction_days=1)
    feed(machine, filler("2026-03-02T09:00", "2026-03-02T09:30") + filler("2026-03-04T09:00", "2026-03-04T09:50"))
    # 2026-03-04 09:00-09:30 is final: what starts before 2026-03-03T09:30 is too late.
    outputs = feed(machine, [contact("old", "2026-03-03T09:29:59"), snapshot("2026-03-03T09:00", offered=1)], 90)
    assert not rows(outputs)
    assert [reason.split(":")[0] for reason in reasons(outputs)] == ["too_late", "too_late"]
    assert "offered_at lies in the interval 2026-03-03T09:00:00Z" in reasons(outputs)[0]
    assert machine.counters.dead_lettered == 2
    assert columns(rows(feed(machine, [contact("new", "2026-03-03T09:30")], 99)), "revision") == [1]


def test_what_is_beyond_correction_leaves_the_state() -> None:
    """Memory is bounded: the cells of intervals older than `correction_days` are deleted."""
    state: dict[bytes, bytes] = {}
    machine = engine(state=state, correction_days=1)
    sizes = []
    for day in range(2, 24):  # what is known of each hour of the week is complete after the first week
        feed(machine, filler(f"2026-03-{day:02d}T09:00", f"2026-03-{day:02d}T12:00"), 100 * day)
        commit = machine.commit()
        assert commit is not None
        commit.apply(state)
        sizes.append(len(state))
    assert len(set(sizes[8:])) == 1


# --- copies of one moment -------------------------------------------------------------------------------


def test_of_two_copies_of_one_moment_and_stage_the_later_one_in_the_log_counts() -> None:
    """Equal `updated_at` and other values is a restatement: the later copy counts whole, whichever says more."""
    one = contact("a", "09:10", wait=3, talk=90, updated="09:20")
    other = contact("a", "09:10", wait=4, talk=60, wrap=5, updated="09:20")
    for given in ([one, other], [other, one], [one, other, one]):
        machine = engine()
        assert not reasons(feed(machine, given))
        assert (machine.counters.accepted, machine.counters.restated) == (1, len(given) - 1)
        last = given[-1]
        assert columns(rows(machine.finish()), "wait_seconds", "handle_seconds") == [
            ((last.wait_ms or 0) / 1000, (last.handle_ms or 0) / 1000)
        ]


def test_a_contact_restated_in_a_final_interval_says_so() -> None:
    """The reason of a correction names the restatement; the same copy once more is a duplicate."""
    machine, _ = closed_nine()
    restated = contact("a", "09:10", talk=90, updated="09:12")
    [row] = rows(feed(machine, [restated, restated], 9))
    assert row["reason"].startswith("restated contact a: handle_seconds 60 -> 90; ")
    assert (machine.counters.restated, machine.counters.duplicate) == (1, 1)


def test_of_two_copies_of_one_moment_the_one_further_along_counts() -> None:
    """Equal `updated_at`: handled beats left the queue beats waiting, in any order and without a dead letter."""
    copies = [
        contact("a", "09:10", wait=None, updated="09:20"),
        contact("a", "09:10", wait=5, updated="09:20"),
        contact("a", "09:10", wait=5, talk=60, updated="09:20"),
    ]
    for given in (copies, copies[::-1]):
        machine = engine()
        assert not reasons(feed(machine, given))
        assert columns(rows(machine.finish()), "answered", "waiting", "handled") == [(1, 0, 1)]


def test_of_snapshots_of_one_moment_the_later_one_counts() -> None:
    """Equal `as_of` with other values is a restatement: the later one in the log counts, and nothing is refused."""
    one, other = snapshot("09:00", offered=5, answered=5), snapshot("09:00", offered=6, answered=6)
    for given in ([one, other], [other, one]):
        machine = engine()
        assert not reasons(feed(machine, given))
        assert (machine.counters.accepted, machine.counters.restated) == (1, 1)
        assert columns(rows(machine.finish()), "offered") == [given[-1].offered]


# --- missing, integrity -------------------------------------------------------------------------------


def test_a_snapshot_feed_that_leaves_an_open_interval_out_is_missing() -> None:
    """Counts of a missing interval are empty, not zero; outside hours nothing is missing."""
    given = [snapshot("11:00", offered=5, answered=5, abandoned=0), snapshot("2026-03-03T09:00", offered=1)]
    table = columns(
        run(given, hours=HOURS), "interval_start", "status", "offered", "service_level", "spec", "integrity"
    )
    assert table == [
        ("11:00", "final", 5, None, "unknown", "ok"),
        ("11:30", "missing", None, None, "unknown", "missing"),
        ("09:00", "final", 1, None, "unknown", "ok"),
    ]


def test_a_contact_feed_is_missing_after_a_whole_open_day_of_silence() -> None:
    """With neither plan nor past, silence must last `silent_after_seconds` and as long as the open day (3 h)."""
    given = [contact("a", "10:00"), contact("b", "2026-03-03T11:45")]
    table = columns(run(given, hours=HOURS), "interval_start", "status", "offered")
    # Silent since 10:00 on Monday: 2 open hours that day; at 10:00 on Tuesday it is 3 hours.
    assert table == [
        ("10:00", "final", 1),
        ("10:30", "final", 0),
        ("11:00", "final", 0),
        ("11:30", "final", 0),
        ("09:00", "final", 0),
        ("09:30", "missing", None),
        ("10:00", "missing", None),
        ("10:30", "missing", None),
        ("11:00", "missing", None),
        ("11:30", "final", 1),
    ]


@pytest.mark.parametrize(
    ("forecast", "last", "missing"),
    [
        (6.0, "10:00", ["11:30"]),  # 18 contacts have not come by 11:30, 24 by 12:00
        (10.0, "10:00", ["10:30", "11:00", "11:30"]),  # 20 by 11:00
        (100.0, "10:00", ["10:30", "11:00", "11:30"]),  # 3,600 s by 11:00
        (100.0, "10:00:00.001", ["11:00", "11:30"]),  # a millisecond less
        (0.5, "10:00", []),  # two hours of half a contact each
    ],
)
def test_silence_needs_an_hour_and_twenty_contacts_of_the_plan(forecast: float, last: str, missing: list[str]) -> None:
    """Missing takes both, by the interval's end: `silent_after_seconds` and 20 contacts that were to come."""
    plans = [
        admission.admit_plan("v", at("08:00"), at("09:00") + n * HALF_HOUR, None, HALF_HOUR, forecast, None, None, None)
        for n in range(6)
    ]
    table = run([*plans, contact("a", last)], hours=HOURS, until="12:00")
    assert [row["interval_start"][11:16] for row in table if row["status"] == "missing"] == missing


def test_a_late_contact_ends_the_silence_it_fell_into() -> None:
    """Silence is measured from the latest contact of a final interval, late ones included."""
    machine = engine(hours=HOURS)
    feed(machine, [contact("a", "10:00"), contact("b", "11:58"), contact("c", "12:40")])
    late = contact("late", "2026-03-03T09:10")
    outputs = feed(machine, [contact("d", "2026-03-03T09:36"), late, contact("e", "2026-03-03T11:59")], 9)
    outputs += machine.finish()
    assert not [row for row in rows(outputs) if row["status"] == "missing"]


def test_an_interval_no_contact_has_left_yet_is_not_missing() -> None:
    """Under `event`, after snapshots, a contact that entered and waits still ends in no fault and no false alarm."""
    given = [
        snapshot("09:00", offered=1, answered=1),
        contact("a", "09:40", wait=None),
        contact("b", "10:36"),
    ]
    table = run(given, hours=HOURS, attribution="event")
    assert columns(table, "interval_start", "status") == [
        ("09:00", "final"),
        ("09:30", "final"),
        ("10:00", "final"),
        ("10:30", "final"),
    ]


def test_two_feeds_use_contacts_and_say_so() -> None:
    """Where contacts and snapshots both come, contacts count and integrity says `two_feeds`."""
    given = [contact("a", "09:10"), snapshot("09:00", offered=7, answered=7)]
    assert columns(run(given), "offered", "integrity") == [(1, "two_feeds")]


def test_a_contact_feed_begins_with_its_first_contact() -> None:
    """Intervals before the first contact keep their snapshot, in whatever order records came within grace."""
    first, trigger = contact("a", "10:05"), contact("b", "10:06")
    nine = snapshot("09:30", offered=7, answered=7)
    orders = [[nine, first, trigger], [nine, trigger, first]]
    tables = [columns(run(given), "interval_start", "offered", "integrity") for given in orders]
    assert tables[0] == tables[1] == [("09:30", 7, "ok"), ("10:00", 2, "ok")]


def test_counts_that_do_not_balance_empty_their_figures() -> None:
    """More left than were offered in the interval and the hour before: `unbalanced`; waiting over the border is not."""
    given = [
        snapshot("09:00", offered=10, answered=6, answered_within=6, abandoned=1, overflowed=0),
        snapshot("09:30", offered=5, answered=14, answered_within=7, abandoned=1, overflowed=0),  # 15 = 5 + 10
        snapshot("10:00", offered=5, answered=19, answered_within=5, abandoned=1),  # 20 = 5 + 5 + 10
        snapshot("10:30", offered=5, answered=15, answered_within=5, abandoned=0, overflowed=1),  # 16 > 5 + 5 + 5
        snapshot("11:00", offered=7, answered=7, answered_within=5, abandoned=0, wait_ms=7000),
        snapshot("11:30", offered=7, answered=7, answered_within=5, abandoned=13, wait_ms=7000),  # 20 > 7 + 7 + 5
    ]
    table = columns(run(given), "integrity", "service_level", "spec", "offered", "asa_seconds")
    assert table == [
        ("ok", 6 / 7, "low_volume", 10, None),
        ("ok", 7 / 15, "low_volume", 5, None),
        ("ok", 5 / 20, "low_volume", 5, None),
        ("unbalanced", None, "unknown", 5, None),
        ("ok", 5 / 7, "low_volume", 7, 1),
        ("unbalanced", None, "unknown", 7, 1),
    ]
    last = run(given, level={"definition": "S2"})[-1]
    assert (last["integrity"], last["service_level"], last["spec"]) == ("unbalanced", 5 / 7, "low_volume")


@pytest.mark.parametrize("answered_within", [4, 8])
def test_answered_counts_that_cannot_be_are_not_left_standing(answered_within: int) -> None:
    """Answered stands in an unbalanced interval only where answered_within <= answered <= offered."""
    given = snapshot("09:00", offered=6, answered=7, answered_within=answered_within, abandoned=0, wait_ms=7000)
    (row,) = run([given], level={"definition": "S2"})
    assert "unbalanced" in row["integrity"]
    assert (row["service_level"], row["asa_seconds"]) == (None, None)


def test_a_balance_is_not_checked_while_an_hour_before_it_is_not_known() -> None:
    """A missing or incomplete interval of the hour before, or one that does not say who was offered, leaves it open."""
    too_many = {"offered": 5, "answered": 7, "abandoned": 0}
    given = [
        snapshot("09:00", **too_many),
        snapshot("09:30", answered=5, abandoned=0),
        snapshot("10:00", **too_many),
        snapshot("10:30", "10:50", offered=1),
        snapshot("11:30", **too_many),
        snapshot("2026-03-03T09:30", **too_many),
        snapshot("2026-03-03T10:30", **too_many),
        snapshot("2026-03-03T11:00", offered=0),
        snapshot("2026-03-03T11:30", **too_many),
    ]
    assert columns(run(given, hours=HOURS), "interval_start", "integrity") == [
        ("09:00", "unbalanced"),
        ("09:30", "ok"),
        ("10:00", "ok"),
        ("10:30", "incomplete"),
        ("11:00", "missing"),
        ("11:30", "ok"),
        ("09:00", "missing"),
        ("09:30", "ok"),
        ("10:00", "missing"),
        ("10:30", "ok"),
        ("11:00", "ok"),
        ("11:30", "ok"),
    ]


def test_the_hour_before_is_a_setting() -> None:
    """`max_balance_seconds` says how long before an interval those may have been offered who leave in it."""
    given = [
        snapshot("09:00", offered=9, answered=1, abandoned=0),
        snapshot("09:30", offered=0, answered=0, abandoned=0),
        snapshot("10:00", offered=1, answered=9, abandoned=0),
    ]
    assert columns(run(given), "integrity") == ["ok", "ok", "ok"]
    rules = {"integrity": {"max_balance_seconds": 1800}}
    assert columns(run(given, rules=rules), "integrity") == ["ok", "ok", "unbalanced"]


@pytest.mark.parametrize(
    ("counts", "check", "empty", "stands"),
    [
        ({"answered_within": 11}, "exceeds_answered", "service_level", "abandon_rate"),
        ({"threshold_ms": 30_000}, "threshold_mismatch", "service_level", "abandon_rate"),
        ({"definition_changed": 1}, "definition_changed", "service_level", "abandon_rate"),
        ({"definition_changed": 0}, None, None, "service_level"),
        ({"wait_ms": -1000}, "negative", "asa_seconds", "service_level"),
        ({"talk_ms": -1000, "handled": 8}, "negative", "aht_seconds", "service_level"),
        ({"as_of_ms": at("09:20")}, "incomplete", None, "service_level"),
        ({"service_level_reported": 0.9}, "reported_mismatch", None, "service_level"),
        ({"service_level_reported": 0.73}, None, None, "service_level"),
        ({"answered_within": 5, "service_level_reported": 0.5}, "reported_mismatch", None, "service_level"),
        ({"short_abandoned": 2}, "exceeds_abandoned", None, "service_level"),
    ],
)
def test_a_failed_check_empties_the_figures_that_rest_on_it(
    counts: dict[str, Any], check: str | None, empty: str | None, stands: str
) -> None:
    """A figure whose own counts fail a check is empty; the others of the row stand."""
    good = {"offered": 11, "answered": 10, "answered_within": 8, "abandoned": 1, "abandoned_within": 0}
    given = {**good, "threshold_ms": 20_000, "wait_ms": 50_000, "talk_ms": 9_000, "handled": 9} | counts
    as_of = given.pop("as_of_ms", None)
    [row] = run([snapshot("09:00", as_of, **given)])
    assert row["integrity"] == (check or "ok")
    assert empty is None or row[empty] is None
    assert row[stands] is not None


def test_abandoned_within_above_abandoned_fails() -> None:
    """S4 rests on abandoned within: the check empties it and leaves the abandon rate."""
    counts = {"offered": 11, "answered": 10, "answered_within": 8, "abandoned": 1, "abandoned_within": 2}
    [row] = run([snapshot("09:00", **counts)], level={"definition": "S4"})
    assert (row["integrity"], row["service_level"], row["spec"]) == ("exceeds_abandoned", None, "unknown")
    assert row["abandon_rate"] == 1 / 11


def test_the_twin_of_a_repeated_hour_is_covered_not_missing() -> None:
    """A covered interval says `ambiguous_hour`, has no counts, and upsets no balance."""
    given = [
        snapshot("09:00", offered=10, answered=6, abandoned=1),
        snapshot("09:30", source="ambiguous_hour"),
        snapshot("10:00", offered=5, answered=8, abandoned=0),
    ]
    assert columns(run(given), "status", "integrity", "offered") == [
        ("final", "ok", 10),
        ("final", "ambiguous_hour", None),
        ("final", "ok", 5),
    ]


@pytest.mark.parametrize(
    ("within", "abandoned", "spec"),
    [
        (75, 0, "in_range"),
        (74, 0, "below"),
        (90, 0, "in_range"),
        (91, 0, "above"),
    ],
)
def test_spec_is_the_level_against_its_range(within: int, abandoned: int, spec: str) -> None:
    """Target 0.80 without a range is [0.75, 0.90], both ends in it."""
    given = [snapshot("09:00", offered=100, answered=100, answered_within=within, abandoned=abandoned)]
    assert columns(run(given), "spec") == [spec]


@pytest.mark.parametrize(("offered", "spec"), [(20, "below"), (19, "low_volume"), (0, "no_demand")])
def test_a_verdict_needs_volume(offered: int, spec: str) -> None:
    """Under 20 contacts the figure is shown and the verdict withheld; nobody offered is no demand."""
    given = [snapshot("09:00", offered=offered, answered=offered, answered_within=0, abandoned=0)]
    assert columns(run(given), "spec") == [spec]


def test_without_a_target_there_is_no_verdict() -> None:
    """Target null: the figure stands, spec is `no_target`."""
    given = [snapshot("09:00", offered=50, answered=50, answered_within=50, abandoned=0)]
    assert columns(run(given, level={"target": None}), "spec", "service_level") == [("no_target", 1)]


# --- parameter versions ---------------------------------------------------------------------------------


def versions(*given: dict[str, Any]) -> QueueEngine:
    """A machine whose parameters change at 10:00."""
    first, second = given
    files = [
        content(version=("old", "2026-01-01T00:00:00Z"), **first),
        content(version=("new", "2026-03-02T10:00:00Z"), **second),
    ]
    return QueueEngine(configuration(*files).queue("sales"), {})


def test_a_parameter_version_holds_from_its_instant_on() -> None:
    """An interval that starts at `from` has the new threshold, the one before it the old; corrections as revision 1."""
    machine = versions({}, {"level": {"threshold_seconds": 60}})
    outputs = feed(machine, [contact("a", "09:40", wait=40), contact("b", "10:00", wait=40), contact("c", "11:00")])
    outputs += feed(machine, [contact("late", "09:41", wait=40)], 9) + machine.finish()
    assert columns(
        rows(outputs)[:3], "interval_start", "parameters_version", "threshold_seconds", "answered_within"
    ) == [
        ("09:30", "old", 20, 0),
        ("10:00", "new", 60, 1),
        ("09:30", "old", 20, 0),
    ]


def test_a_longer_grace_of_a_new_version_loses_nothing() -> None:
    """An interval of the new version is not final by the old version's grace, and its contacts are kept."""
    machine = versions({"grace_seconds": 60}, {"grace_seconds": 7200})
    # At 10:50 the old grace would have 10:00-10:30 final, and only 08:30 was final so far.
    given = [contact("a", "08:40"), contact("b", "10:01"), contact("c", "10:50"), contact("d", "10:20")]
    outputs = feed(machine, given) + machine.finish()
    assert columns(rows(outputs), "interval_start", "offered", "reason") == [
        ("08:30", 1, None),
        ("10:00", 2, None),
        ("10:30", 1, None),
    ]


def test_a_shorter_grace_of_a_new_version_is_kept_to_the_millisecond() -> None:
    """After the last interval of the old version is final, the new version's own grace counts."""
    machine = versions({"grace_seconds": 7200}, {"grace_seconds": 60})
    # 09:00 is final at 09:30 + 7220 s, 11:00 at 11:30 + 80 s.
    outputs = feed(machine, [contact("a", "09:10"), contact("b", "11:20"), contact("c", "11:30:20")])
    assert columns(rows(outputs), "interval_start") == ["09:00"]
    assert not rows(feed(machine, [contact("d", "11:31:19.999")], 4))
    assert columns(rows(feed(machine, [contact("e", "11:31:20")], 5)), "interval_start") == ["11:00"]


def test_open_hours_are_those_of_the_version_in_force() -> None:
    """Hours that change with a version change from its instant on, and not before."""
    machine = versions({"hours": {"mon": "09:00-09:30"}}, {"hours": {"mon": "09:00-11:00", "tue": "09:00-10:00"}})
    outputs = feed(machine, [snapshot("09:00", offered=1), snapshot("2026-03-03T09:30", offered=1)])
    outputs += machine.finish()
    assert columns(rows(outputs), "interval_start", "status") == [
        ("09:00", "final"),
        ("10:00", "missing"),
        ("10:30", "missing"),
        ("09:00", "missing"),
        ("09:30", "final"),
    ]


# --- program and channel ------------------------------------------------------------------------------


def test_a_queue_nobody_configured_has_the_defaults_and_the_record_s_program() -> None:
    """Its rows stand under the program and channel of its records, else under `unassigned` and `voice`."""
    named = QueueEngine(configuration().queue("surprise"), {})
    named.apply([snapshot("09:00", program="bank", channel="chat", offered=1)], "f", 1)
    assert columns(rows(named.finish()), "program", "channel", "queue") == [("bank", "chat", "surprise")]
    unnamed = QueueEngine(configuration().queue("surprise"), {})
    unnamed.apply([contact("a", "09:00")], "f", 1)
    assert columns(rows(unnamed.finish()), "program", "channel") == [("unassigned", "voice")]


def test_the_configuration_s_program_wins() -> None:
    """Where both name a program, the configuration's stands."""
    assert columns(run([snapshot("09:00", program="bank", channel="chat", offered=1)]), "program", "channel") == [
        ("retail", "voice")
    ]


def test_a_channel_does_not_depend_on_the_order_within_grace() -> None:
    """The first contact by event time names the queue's channel, in whatever order those of several channels came."""
    given = [contact("a", "09:31", channel="chat"), contact("b", "09:33", channel="email"), contact("c", "09:34")]
    tables = []
    for order in ([0, 1, 2], [1, 0, 2], [2, 1, 0]):
        machine = QueueEngine(configuration().queue("surprise"), {})
        outputs = feed(machine, [contact("z", "09:00"), *(given[place] for place in order)]) + machine.finish()
        tables.append(columns(rows(outputs), "interval_start", "channel"))
    assert tables == [[("09:00", "voice"), ("09:30", "chat")]] * 3


# --- long silences and old records (docs/concepts/intervals.md#long-silences) ------------------------


def days_later(days: float, text: str = "09:10") -> int:
    """The instant `text` of so many days later."""
    return at(text) + round(days * DAY)


def test_a_first_record_of_a_wrong_year_opens_no_half_century() -> None:
    """After a contact of 1981 and one of 2026 there are 35 days of rows, then the next row names the hole."""
    machine = engine(hours={"mon-sun": "09:00-12:00"})
    outputs = feed(machine, [contact("a", "1981-03-02T09:10"), contact("b", "09:10")]) + machine.finish()
    found = rows(outputs)
    assert len(found) == 35 * 6 + 2
    assert found[-1]["interval_start"] == "2026-03-02T09:00:00Z"
    assert found[-1]["reason"] == "no rows from 1981-04-06T09:30:00Z on: there was no data for more than 35 days"
    assert [row["reason"] for row in found[:-1]] == [None] * (len(found) - 1)
    days = [output.day.isoformat() for output in outputs if isinstance(output, QueueDay)]
    assert (days[-2] < "1981-04-08", days[-1]) == (True, "2026-03-02")
    previous = GENESIS_HASH
    for row in found:
        assert row["previous_hash"] == previous
        previous = row["hash"]


def test_silence_up_to_the_limit_has_its_rows() -> None:
    """An interval without data that begins no more than dormant_days after the last word has a row as ever."""
    last = days_later(35, "09:20")
    found = run([contact("a", "09:10"), contact("b", last)], hours={"mon-sun": "09:00-12:00"})
    assert len(found) == 35 * 6 + 1
    assert found[-1]["reason"] is None


def test_a_queue_that_nobody_configured_is_dormant_after_correction_days() -> None:
    """A queue that the configuration does not name has rows for correction_days (7) of silence."""
    given = content(hours={"mon-sun": "09:00-12:00"})
    machine = QueueEngine(configuration(given).queue("unknown"), {})
    found = rows(feed(machine, [contact("a", "09:10"), contact("b", days_later(20))]) + machine.finish())
    assert len(found) == 7 * 6 + 2


def test_late_data_in_a_hole_makes_its_first_row() -> None:
    """A late contact for an interval of the hole, within correction_days, makes revision 1; the chain goes on."""
    machine = engine(hours={"mon-sun": "09:00-12:00"})
    outputs = feed(
        machine,
        [
            contact("a", "09:10"),
            contact("b", days_later(100)),
            contact("c", days_later(100, "11:10")),
            contact("d", days_later(98)),
        ],
    )
    late = rows(outputs)[-1]
    assert (late["interval_start"], late["revision"], late["status"]) == ("2026-06-08T09:00:00Z", 1, "final")
    assert late["reason"] == "late contact d"


def test_a_queue_goes_on_after_a_hole_as_if_it_were_alone() -> None:
    """State, restarts and a clock in the hole change nothing: the same rows and hashes as in one go."""
    given = [contact("a", "09:10"), contact("b", "11:10"), contact("c", days_later(300)), contact("d", days_later(301))]
    expected = run(given, hours={"mon-sun": "09:00-12:00"})
    state: dict[bytes, bytes] = {}
    found: list[dict[str, Any]] = []
    for row, record in enumerate(given):
        machine = engine(state=state, hours={"mon-sun": "09:00-12:00"})
        outputs = machine.apply([record], "calls.csv", row + 1, record.offered_ms)
        if row == 1:
            for day in range(1, 300, 7):
                outputs += machine.apply([Tick(days_later(day))], "calls.csv", row + 1)
        commit = machine.commit()
        assert commit is not None
        commit.apply(state)
        found += rows(outputs)
    found += rows(engine(state=state, hours={"mon-sun": "09:00-12:00"}).finish())
    assert [row["hash"] for row in found] == [row["hash"] for row in expected]


def test_what_is_long_before_the_newest_call_data_is_refused() -> None:
    """A contact and a snapshot of more than oldest_record_days before are too_old, and move nothing; a plan is not."""
    machine = engine(hours=HOURS, oldest_record_days=30)
    old = days_later(-31)
    plan = admission.admit_plan("w", old, old - 10 * MINUTE, 1800, 10.0, None, None, None, 1_800_000)
    outputs = feed(
        machine,
        [
            contact("a", "09:10"),
            contact("b", old),
            snapshot(old - 10 * MINUTE, offered=1),
            contact("c", days_later(-29)),
            plan,
        ],
    )
    assert [reason.split(" ")[:2] for reason in reasons(outputs)] == [["too_old:", "offered_at"], ["too_old:", "as_of"]]
    assert machine.counters.accepted == 3


def test_intervals_become_final_a_turn_at_a_time() -> None:
    """An engine with a turn stops after so many intervals, goes on when told, and puts out the same."""
    given = [contact(f"c{day}", days_later(day)) for day in range(30)]
    hours = {"mon-sun": "09:00-12:00"}
    expected = [row["hash"] for row in run(given, hours=hours)]
    turn = Turn(10)
    machine = QueueEngine(settings(hours=hours), {}, turn=turn)
    found: list[dict[str, Any]] = []
    applied = 0
    places = list(range(len(given)))
    while applied < len(given) or turn.short:
        short = turn.short
        turn.begin()
        if short:
            machine.proceed()
        applied = machine.apply_records(given, places, "calls.csv", [n + 1 for n in places], None, applied)
        outputs = rows(machine.take())
        assert len(outputs) <= 10
        found += outputs
    turn._left = 10_000  # the rest in one go, as `run` does
    found += rows(machine.finish())
    assert [row["hash"] for row in found] == expected
