"""Figures of groups: sums over the latest rows of their queues, in every order, and what follows from the sums."""

import datetime as dt
import math
import random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from group_rows import configured, row
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.groups.intervals import GroupSums, delivered_of, group_rows
from config.timestamps import from_rfc3339, rfc3339
from streams.groups import GROUP_COLUMNS, GroupInterval, RowName
from streams.results import IntervalResult

BANK = """
site: {timezone: UTC}
programs: [{id: bank, queues: [{id: cards}, {id: lost_cards}, {id: loans}]}]
pools: [{id: cards_team, queues: [cards, lost_cards]}]
"""
NINE = "2026-03-02T09:00:00Z"


def _of(found: list[GroupInterval], group: str, period: str = "interval") -> list[GroupInterval]:
    return [each for each in found if each.group == group and each.period == period]


def test_a_pool_needs_fewer_agents_than_its_queues_one_by_one() -> None:
    """12 agents on two queues of 70 and 14 contacts a half hour: 12 are needed, not 10 + 3, and none is lacking."""
    rows = [row("cards", NINE, 70, answered=70, handled=70, handle_ms=14_000_000)]
    rows += [row("lost_cards", NINE, 14, answered=14, handled=14, handle_ms=2_800_000)]
    assert [each.required_agents for each in rows] == [10, 3]
    (pool,) = _of(group_rows(configured(BANK), rows), "cards_team")
    assert (pool.required_agents, pool.required_if_all, pool.required_if_none) == (12, 12, 13)
    assert (pool.staffed_agents, pool.net_staffing, pool.shared_ratio) == (12, 0, None)


def test_a_program_needs_a_pool_once() -> None:
    """The requirement of a program is the pool's 12 and the third queue's own 10, and not 10 + 3 + 10."""
    rows = [row(queue, NINE, offered) for queue, offered in (("cards", 70), ("lost_cards", 14), ("loans", 70))]
    for each in rows:
        each.handled, each.handle_ms = each.offered, (each.offered or 0) * 200_000
    found = group_rows(configured(BANK), rows)
    (program,) = _of(found, "bank")
    assert (program.required_agents, program.staffed_agents, program.net_staffing) == (22, 18, -4)
    assert (program.required_if_all, program.shared_ratio) == (None, None)


def test_a_pool_of_which_little_is_shared_is_staffed_queue_by_queue() -> None:
    """Below a fifth of shared agent time a pool needs the sum over its queues; both ends stand beside it."""
    rows = [row("cards", NINE, 70), row("lost_cards", NINE, 14)]
    shared = {"cards_team": {from_rfc3339(NINE): 2_160_000}}
    (pool,) = _of(group_rows(configured(BANK), rows, shared=shared), "cards_team")
    assert (pool.required_agents, pool.required_if_all, pool.required_if_none) == (13, 12, 13)
    assert (pool.shared_ms, pool.staffed_ms, pool.shared_ratio) == (2_160_000, 21_600_000, 0.1)


@pytest.mark.parametrize("setting", ["service_level: {target: null}", "deferred: true"])
def test_a_pool_with_a_queue_without_a_requirement_names_it(setting: str) -> None:
    """A queue that is deferred or has no target leaves the pool without requirement and net staffing, and is named."""
    configuration = configured(BANK.replace("{id: lost_cards}", f"{{id: lost_cards, {setting}}}"))
    rows = [row("cards", NINE, 70), row("lost_cards", NINE, 14, required_agents=None)]
    (pool,) = _of(group_rows(configuration, rows), "cards_team")
    assert (pool.required_agents, pool.net_staffing, pool.not_required) == (None, None, ("lost_cards",))
    assert pool.offered == 84


def test_a_service_level_is_a_sum_over_a_sum() -> None:
    """Queues with thresholds of their own but one definition share a service level, and a share in range."""
    rows = [row("cards", NINE, 70), row("loans", NINE, 20, threshold_ms=60_000, spec="below")]
    (program,) = _of(group_rows(configured(BANK), rows), "bank")
    assert (program.service_level_numerator, program.service_level_denominator) == (50 + 14, 70 + 20)
    assert program.service_level == pytest.approx(64 / 90)
    assert (program.definition, program.in_range_ratio) == ("S1", pytest.approx(70 / 90))
    assert program.asa_seconds == 11
    assert program.aht_seconds == 200


def test_mixed_definitions_have_no_service_level() -> None:
    """Where two queues count the service level otherwise, the group says so and has none; its sums stand."""
    rows = [row("cards", NINE, 70), row("loans", NINE, 20, definition="S2")]
    (program,) = _of(group_rows(configured(BANK), rows), "bank")
    assert (program.definition, program.service_level, program.service_level_denominator) == (
        "mixed_definitions",
        None,
        None,
    )
    assert program.offered == 90


def test_a_count_that_one_queue_does_not_report_is_not_reported() -> None:
    """A sum with a part that is not known is empty, and a queue without counts is out of the level and named."""
    rows = [row("cards", NINE, 70), row("loans", NINE, 20, answered_within=None, wait_ms=None, service_level=None)]
    (program,) = _of(group_rows(configured(BANK), rows), "bank")
    assert (program.answered_within, program.wait_ms, program.asa_seconds) == (None, None, None)
    assert (program.not_counted, program.service_level_denominator) == (("loans",), 70)


def test_a_queue_without_data_makes_the_interval_incomplete() -> None:
    """An interval in which a queue's data is missing is incomplete, says which, and sums up the others."""
    gone = row("loans", NINE, 0, status="missing", answered=None, staffed_ms=None)
    gone.offered = None
    (program,) = _of(group_rows(configured(BANK), [row("cards", NINE, 70), gone]), "bank")
    assert (program.incomplete, program.missing, program.offered, program.members) == (True, ("loans",), 70, 1)
    assert program.staffed_agents == 6


def test_an_open_queue_without_a_row_is_missing_and_a_closed_one_is_not() -> None:
    """A queue that lacks a row in its open hours is missing, but not before its first, nor while it is dormant."""
    hours = 'hours: {mon-sun: "09:00-10:00"}'
    configuration = configured(BANK.replace("{id: loans}", f"{{id: loans, dormant_days: 2, {hours}}}"))
    days = [from_rfc3339(NINE) + day * 86_400_000 for day in range(6)]
    rows = [row("cards", day + part, 10) for day in days for part in (0, 1_800_000, 3_600_000)]
    rows += [row("loans", days[1] + 1_800_000, 10)]
    program = _of(group_rows(configuration, rows), "bank")
    missing = [rfc3339(each.interval_start_ms) for each in program if each.incomplete]
    assert missing == ["2026-03-04T09:00:00Z", "2026-03-04T09:30:00Z", "2026-03-05T09:00:00Z", "2026-03-05T09:30:00Z"]
    assert {each.missing for each in program if each.incomplete} == {("loans",)}


def test_a_forecast_s_error_is_that_of_the_sums() -> None:
    """Volumes are summed over the queues before they are compared: errors of two queues that cancel are none."""
    rows = [row("cards", NINE, 70, forecast_offered=80.0), row("loans", NINE, 30, forecast_offered=20.0)]
    half = from_rfc3339(NINE) + 1_800_000
    rows += [row("cards", half, 50, forecast_offered=40.0), row("loans", half, 50, forecast_offered=50.0)]
    found = group_rows(configured(BANK), rows)
    assert [each.volume_variance for each in _of(found, "bank")] == [0, pytest.approx(10 / 90)]
    (day,) = _of(found, "bank", "day")
    assert (day.wape, day.volume_variance) == (pytest.approx(10 / 190), pytest.approx(10 / 190))
    assert (day.offered, day.forecast_offered, day.rows) == (200, 190, ())


def test_the_last_revision_counts() -> None:
    """The last of several revisions of a queue's interval is summed, and named, wherever it stands in the input."""
    rows = [row("cards", NINE, 80, revision=2, status="corrected"), row("cards", NINE, 70), row("loans", NINE, 5)]
    (program,) = _of(group_rows(configured(BANK), rows), "bank")
    start = from_rfc3339(NINE)
    assert program.offered == 85
    assert program.rows == (RowName(start, 1, "loans"), RowName(start, 2, "cards"))


def test_intervals_are_as_long_as_the_least_common_multiple() -> None:
    """Queues of 10 and 15 minutes share half hours, and their agents are means over these."""
    text = BANK.replace("{id: loans}", "{id: loans, interval_minutes: 10}").replace(
        "{id: cards}", "{id: cards, interval_minutes: 15}"
    )
    start = from_rfc3339(NINE)
    rows = [row("loans", start + part * 600_000, 10, interval_ms=600_000) for part in range(3)]
    rows += [row("cards", start + part * 900_000, 10, interval_ms=900_000) for part in range(2)]
    rows[0].staffed_ms = 0
    (program,) = _of(group_rows(configured(text), rows), "bank")
    assert (program.interval_start_ms, program.interval_ms, program.offered) == (start, 1_800_000, 50)
    assert program.staffed_agents == pytest.approx(6 + 4)
    assert program.required_agents == pytest.approx((rows[0].required_agents or 0) + (rows[3].required_agents or 0))


def test_an_hour_does_not_fit_between_zones_half_an_hour_apart() -> None:
    """A program of hours in Kolkata and London has local days only; each site of it has its hours."""
    text = """
site: {timezone: Europe/London, interval_minutes: 60}
programs: [{id: bank, queues: [{id: london}, {id: pune}]}]
sites: [{id: in, timezone: Asia/Kolkata, queues: [pune]}, {id: uk, queues: [london]}]
"""
    hour = 3_600_000
    start = from_rfc3339("2026-01-05T09:00:00Z")
    rows = [row("london", start, 10, interval_ms=hour), row("pune", start - hour // 2, 20, interval_ms=hour)]
    found = group_rows(configured(text), rows)
    assert _of(found, "bank") == []
    (day,) = _of(found, "bank", "day")
    assert (rfc3339(day.interval_start_ms), day.offered, len(day.rows)) == ("2026-01-05T00:00:00Z", 30, 2)
    assert (day.wape, day.required_agents) == (None, None)
    (indian,) = _of(found, "in")
    assert (indian.row()["interval_start_local"], indian.offered) == ("2026-01-05T14:00:00+05:30", 20)


FOUR_SITES = """
site: {timezone: Europe/Madrid}
programs: [{id: bank, queues: [{id: a}, {id: b}, {id: c}, {id: d}]}]
sites:
  - {id: madrid, timezone: Europe/Madrid, queues: [a]}
  - {id: paris, timezone: Europe/Paris, queues: [b]}
  - {id: new_york, timezone: America/New_York, queues: [c]}
  - {id: pune, timezone: Asia/Kolkata, queues: [d]}
"""


def test_four_sites_in_three_zones_are_summed_over_a_change_of_the_clock() -> None:
    """The day on which Europe loses an hour has 46 half hours there and 48 elsewhere, and each contact counts once."""
    start = from_rfc3339("2026-03-27T00:00:00Z")
    rows = [row(queue, start + part * 1_800_000, 10) for queue in "abcd" for part in range(48 * 5)]
    found = group_rows(configured(FOUR_SITES), rows)
    for group, zone in (("bank", "Europe/Madrid"), ("new_york", "America/New_York"), ("pune", "Asia/Kolkata")):
        days = {each.interval_start_ms: each for each in _of(found, group, "day")}
        first = dt.datetime(2026, 3, 29, tzinfo=ZoneInfo(zone))
        day = days[int(first.timestamp() * 1000)]
        hours = 23 if zone == "Europe/Madrid" else 24
        queues = 4 if group == "bank" else 1
        assert (day.interval_ms, day.offered) == (hours * 3_600_000, hours * 2 * 10 * queues)
        within = [
            each for each in _of(found, group) if 0 <= each.interval_start_ms - day.interval_start_ms < day.interval_ms
        ]
        assert len(within) == hours * 2
        assert sum(each.offered or 0 for each in within) == day.offered
        assert not any(each.incomplete for each in within)
    assert sum(each.offered or 0 for each in _of(found, "bank")) == 4 * 48 * 5 * 10


def _brute(rows: list[IntervalResult], queues: set[str], start: int, end: int) -> dict[str, Any]:
    """Sums over the last revision of each queue's intervals, one after the other."""
    latest: dict[tuple[str, int], IntervalResult] = {}
    for each in sorted(rows, key=lambda each: each.revision):
        if each.queue in queues and start <= each.interval_start_ms < end:
            latest[each.queue, each.interval_start_ms] = each
    present = [each for each in latest.values() if each.status != "missing"]
    return {
        "offered": sum(each.offered or 0 for each in present),
        "handle_ms": sum(each.handle_ms or 0 for each in present),
        "numerator": sum(each.answered_within or 0 for each in present),
        "forecast": math.fsum(each.forecast_offered or 0 for each in present),
        "staffed": sum(each.staffed_ms or 0 for each in present) / (end - start),
        "missing": {each.queue for each in latest.values() if each.status == "missing"},
    }


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 40), st.sampled_from([0, 3, 17, 100]))
def test_the_order_of_rows_changes_nothing(chance: random.Random, number: int, spread: int) -> None:
    """Figures are those of a sum one after the other, whatever the order of rows, and taken in parts as at once."""
    start = from_rfc3339("2026-10-24T20:00:00Z")
    rows = [
        row(
            chance.choice("abcd"), start + chance.randint(0, 16) * 1_800_000, chance.randint(0, 80),
            revision=chance.randint(1, 3), forecast_offered=chance.randint(0, 800) / 10,
            status=chance.choice(["final", "final", "final", "missing"]),
        )
        for _ in range(number)
    ]  # fmt: skip
    unique = list({(each.queue, each.interval_start_ms, each.revision): each for each in rows}.values())
    found = group_rows(configured(FOUR_SITES), unique)
    chance.shuffle(unique)
    assert group_rows(configured(FOUR_SITES), unique) == found
    for each in found:
        queues = {"bank": set("abcd"), "madrid": {"a"}, "paris": {"b"}, "new_york": {"c"}, "pune": {"d"}}[each.group]
        sums = _brute(unique, queues, each.interval_start_ms, each.interval_start_ms + each.interval_ms)
        assert set(each.missing) == sums["missing"]
        if each.members:
            assert (each.offered, each.handle_ms) == (sums["offered"], sums["handle_ms"])
            assert each.service_level_numerator == sums["numerator"]
            assert each.forecast_offered == sums["forecast"]
        if each.members and each.period == "interval":
            assert each.staffed_agents == sums["staffed"]
    parts = GroupSums(configured(FOUR_SITES), delivered_of(unique), {})
    taken: list[GroupInterval] = []
    for each in sorted(unique, key=lambda each: each.interval_start_ms):
        taken += parts.take(each.interval_start_ms - spread * 1_800_000)
        parts.add(each)
    assert taken + parts.take() == found


def test_a_row_has_the_columns_of_the_reference() -> None:
    """The published row has every column in order, names of rows of one interval together, and seconds for times."""
    found = group_rows(configured(BANK), [row("cards", NINE, 70), row("loans", NINE, 20)])
    (program,) = _of(found, "bank")
    published = program.row()
    assert tuple(published) == GROUP_COLUMNS
    assert published["rows"] == [{"interval_start": NINE, "revision": 1, "queues": ["cards", "loans"]}]
    assert (published["interval_start"], published["interval_seconds"], published["wait_seconds"]) == (NINE, 1800, 891)
