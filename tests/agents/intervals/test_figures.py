"""From sums to the published row."""

import pytest
from engine import at, columns, contact, run, settings, snapshot

from agents.intervals.agent_time import Kind, StaffTime
from agents.intervals.figures import ReportedCounts, number, of_snapshot, spec_verdict, with_capacity
from streams.columns import RESULT_COLUMNS

GOOD = {"offered": 11, "answered": 10, "answered_within": 8, "abandoned": 1, "abandoned_within": 0}


def test_whole_numbers_are_written_alike() -> None:
    """5.0 and 5 are one value in every format."""
    assert [number(value) for value in (5.0, 5, 5.5, None)] == [5, 5, 5.5, None]
    assert type(number(5.0)) is int


def test_a_row_has_every_column_and_no_other() -> None:
    """In the order of every export."""
    [row] = run([contact("a", "09:00")])
    assert tuple(row) == RESULT_COLUMNS


def test_a_row_names_its_interval_in_utc_and_local_time() -> None:
    """Instants are UTC with Z, and local with the site's offset, in summer too."""
    call = contact("a", at("2026-07-01T08:10"))
    [row] = run([call], timezone="Europe/Madrid")
    assert (row["interval_start"], row["interval_start_local"], row["interval_seconds"]) == (
        "2026-07-01T08:00:00Z",
        "2026-07-01T10:00:00+02:00",
        1800,
    )


@pytest.mark.parametrize(("named", "checks"), [(1, ()), (2, ("shared_agents",))])
def test_the_work_of_shared_agents_is_known_where_they_say_for_whom(named: int, checks: tuple[str, ...]) -> None:
    """Agents of two queues with chats at once: with a handling queue the queue's occupancy stands, without it none."""
    time = StaffTime()
    time.add(2, Kind.available, 2_000_000)
    time.add(named, Kind.handling, 1_000_000)
    counts = with_capacity(ReportedCounts(handled=3, occupied_ms=1_800_000), time, 2.5)
    staffed = 1_000_000 + 1_000_000 // named
    assert (counts.staffed_ms, counts.available_ms) == (staffed, round(2.5 * staffed) - 1_800_000)
    assert (counts.checks, "occupied_ms" in counts.doubtful) == (checks, bool(checks))


def test_a_definition_whose_counts_are_not_given_yields_no_figure() -> None:
    """S4 needs abandoned within: without it there is no figure, and no other definition steps in."""
    counts = {name: value for name, value in GOOD.items() if name != "abandoned_within"}
    assert columns(run([snapshot("09:00", **counts)], level={"definition": "S4"}), "service_level", "spec") == [
        (None, "unknown")
    ]
    assert columns(run([snapshot("09:00", **counts)]), "service_level") == [8 / 11]


def test_empty_is_not_zero() -> None:
    """A count that a snapshot does not report is empty in the row; one that it reports as none is 0."""
    [row] = run([snapshot("09:00", offered=0, answered=0)])
    assert (row["offered"], row["answered"], row["abandoned"], row["wait_seconds"]) == (0, 0, None, None)
    assert row["spec"] == "no_demand"


def test_occupancy_rests_on_true_to_interval_times() -> None:
    """(Handling + wrap) / (handling + wrap + available): 1200 of 1800 s."""
    [row] = run([snapshot("09:00", **GOOD, occupied_ms=1_200_000, available_ms=600_000)])
    assert row["occupancy"] == pytest.approx(2 / 3)


def test_waiting_contacts_are_in_the_denominator_of_a_snapshot() -> None:
    """Two who wait beyond the threshold when the result is published have failed: 8 of 13; S2 looks at the answered."""
    fed = snapshot("09:00", **(GOOD | {"offered": 13, "waiting": 2}))
    assert columns(run([fed]), "service_level") == [8 / 13]
    assert columns(run([fed], level={"definition": "S2"}), "service_level") == [0.8]


@pytest.mark.parametrize(
    ("reported", "fits"),
    [(0.80, True), (0.79, True), (0.81, True), (0.795, True), (0.789, False), (0.794, False), (0.8051, False)],
)
def test_a_reported_ratio_may_be_off_by_half_a_point_and_its_rounding(reported: float, fits: bool) -> None:
    """Recomputed 0.80: whole per cents may be 1 point off (0.5 + 0.5), tenths 0.55 points, hundredths 0.505."""
    counts = {"offered": 100, "answered": 100, "answered_within": 80, "abandoned": 0}
    fed = snapshot("09:00", service_level_reported=reported, **counts)
    assert (of_snapshot(fed, settings()[-1], 0).checks == ()) is fits


def test_a_reported_ratio_without_a_recomputed_one_is_not_compared() -> None:
    """Where there is no figure there is nothing to hold the feed's own against."""
    fed = snapshot("09:00", service_level_reported=0.9, offered=0, answered=0, answered_within=0, abandoned=0)
    assert columns(run([fed]), "integrity") == ["ok"]


def test_verdicts_in_their_order() -> None:
    """No demand goes before unknown, unknown before no target, no target before low volume."""
    plain, aimless = settings()[-1], settings(level={"target": None})[-1]
    assert spec_verdict(0, None, plain) == "no_demand"
    assert spec_verdict(None, 0.9, plain) == "unknown"
    assert spec_verdict(3, None, plain) == "unknown"
    assert spec_verdict(3, 0.8, aimless) == "no_target"
    assert spec_verdict(3, 0.8, plain) == "low_volume"
    assert spec_verdict(20, 0.8, plain) == "in_range"
