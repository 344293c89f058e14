"""Plan against actual through the whole machine: worked figures, simulated truth, late and odd plans, restarts."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_runs import BASE, HALF_HOUR, QUARTER, QUEUE, Run, at, at_ms, contact, contacts, plan, queue_versions, state
from monitor_runs import snapshot as acd
from msgspec.structs import replace

from agents.intervals.outputs import BreachEvent
from agents.planning.causes import attribution, why_not_attributed
from config.settings import QueueSettings
from config.timestamps import from_rfc3339
from copc.staffing import required_agents
from streams.records import Contact, Plan, Record
from streams.results import IntervalResult
from streams.simulation.simulator import CentreSpec, Incident, QueueSpec, SimulatedDay, simulate_day, snapshots

HOUR = 3_600_000
EVENING = at("18:00", "2026-03-01")
"""When the day's plan is published: the evening before."""
MONDAY = dt.date(2026, 3, 2)
OFFICE_HOURS = tuple(((480, 1200),) for _ in range(7))
CAUSE_OF = {"surge": "volume", "long_calls": "aht", "absent": "staffing"}


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[QueueSettings, ...]:
    """A queue of half hours under Erlang A, open 08:00-20:00."""
    return queue_versions(tmp_path_factory.mktemp("erlang_a"))


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> tuple[QueueSettings, ...]:
    """The same under Erlang C."""
    return queue_versions(
        tmp_path_factory.mktemp("erlang_c"), BASE.replace("patience_seconds: 180", "patience_seconds: null")
    )


def the_example() -> list[Record]:
    """Plan 100 x 180 s, 14 scheduled; 112 x 205 s came, 13 were there (docs/concepts/figures.md#required-agents)."""
    return [
        plan("09:00", EVENING, 100, 180, 14, 14),
        *(state(f"agent-{n}", "09:00", "available") for n in range(13)),
        *contacts("09:00", 112, handle=205_000),
    ]


# --- the worked example -------------------------------------------------------------------------------


def test_the_worked_example(patient: tuple[QueueSettings, ...]) -> None:
    """Traffic 12.7556 needs 17: four short of what came, one short of the schedule
    (docs/concepts/figures.md#required-agents).
    """
    row = Run(patient).feed(the_example()).finish("09:30").latest()["09:00"]
    assert (row["offered"], row["aht_seconds"]) == (112, 205)
    assert (row["plan_version"], row["forecast_offered"], row["forecast_aht_seconds"]) == ("wfm", 100, 180)
    assert (row["scheduled_agents"], row["plan_required_agents"]) == (14, 14)
    assert (row["required_agents"], row["staffed_agents"], row["net_staffing"]) == (17, 13, -4)
    assert row["staffed_agents"] - row["scheduled_agents"] == -1
    assert row["volume_variance"] == pytest.approx(0.12)
    assert row["aht_variance"] == pytest.approx(205 / 180 - 1)
    assert row["plan"] == "understaffed"  # z is 1.16 for volume and 1.36 for AHT: neither is unusual


def test_the_causes_of_the_worked_example(patient: tuple[QueueSettings, ...]) -> None:
    """The Shapley effects of docs/concepts/figures.md#causes, largest first, and what the model does not explain."""
    row = Run(patient).feed(the_example()).finish("09:30").latest()["09:00"]
    found = attribution(IntervalResult.from_row(row), patient[-1])
    effects = {str(one["cause"]): float(str(one["effect"])) for one in found}
    assert effects["volume"] == pytest.approx(-0.2718417151, abs=1e-10)
    assert effects["aht"] == pytest.approx(-0.3186188340, abs=1e-10)
    assert effects["staffing"] == pytest.approx(-0.1986267785, abs=1e-10)
    modelled = 0.8883500192 - 0.7890873277
    assert effects["unexplained"] == pytest.approx(row["service_level"] - modelled, abs=1e-9)
    sizes = [abs(float(str(one["effect"]))) for one in found]
    assert sizes == sorted(sizes, reverse=True)


def test_every_final_interval_has_its_effects_and_sigma(patient: tuple[QueueSettings, ...]) -> None:
    """The same effects stand in the row of any interval, breach or not; 112 contacts all in time have sigma's bound."""
    row = Run(patient).feed(the_example()).finish("09:30").latest()["09:00"]
    assert row["effect_volume"] == pytest.approx(-0.2718417151, abs=1e-9)
    assert row["effect_aht"] == pytest.approx(-0.3186188340, abs=1e-9)
    assert row["effect_staffing"] == pytest.approx(-0.1986267785, abs=1e-9)
    # f(plan) is 0.8883500192 by CRAN's ErlangC.
    assert row["effect_unexplained"] == pytest.approx(1 - (0.8883500192 - 0.7890873277), abs=1e-9)
    assert row["service_level"] == 1
    # 0.05^(1/112) = 0.973607; Phi^-1 of it is 1.9367.
    assert row["process_sigma"] == pytest.approx(1.9367 + 1.5, abs=5e-5)
    few = [*the_example()[:14], *contacts("09:00", 29, handle=205_000)]
    assert Run(patient).feed(few).finish("09:30").latest()["09:00"]["process_sigma"] is None


def test_an_interval_without_a_plan_has_no_effects(patient: tuple[QueueSettings, ...]) -> None:
    """There is nothing to attribute to; sigma needs contacts alone."""
    row = Run(patient).feed(the_example()[14:]).finish("09:30").latest()["09:00"]
    assert [row[f"effect_{cause}"] for cause in ("volume", "aht", "staffing", "unexplained")] == [None] * 4
    assert row["process_sigma"] is not None


def test_an_interval_that_is_not_wholly_known_has_no_causes_and_says_why(patient: tuple[QueueSettings, ...]) -> None:
    """Without a schedule there is nothing to compare staffing with."""
    records = [plan("09:00", EVENING, 100, 180), *the_example()[1:]]
    row = Run(patient).feed(records).finish("09:30").latest()["09:00"]
    assert attribution(IntervalResult.from_row(row), patient[-1]) == []
    assert why_not_attributed(IntervalResult.from_row(row), patient[-1]) == "not known: the scheduled agents"


def test_a_queue_no_model_computes_has_no_requirement(tmp_path: Path) -> None:
    """Overflow in the denominator, or a deferred channel: required agents and causes are empty, with a reason."""
    counted = queue_versions(
        tmp_path, BASE.replace("patience_seconds: 180", "patience_seconds: 180, overflow_counts: true")
    )
    row = Run(counted).feed(the_example()).finish("09:30").latest()["09:00"]
    assert (row["required_agents"], row["net_staffing"], row["staffed_agents"]) == (None, None, 13)
    assert attribution(IntervalResult.from_row(row), counted[-1]) == []
    assert "overflow" in str(why_not_attributed(IntervalResult.from_row(row), counted[-1]))


def test_nobody_came_and_nothing_is_required(versions: tuple[QueueSettings, ...]) -> None:
    """Without demand there is no AHT and no requirement: empty, not 0 or 1."""
    run = Run(versions).feed([*contacts("09:00", 30), state("ana", "09:00", "available")]).finish("11:00")
    row = run.latest()["10:30"]
    assert (row["offered"], row["required_agents"], row["staffed_agents"], row["net_staffing"]) == (0, None, 1, None)


# --- the plan column ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "forecast", "word"),
    [
        (140, 100, "volume_high"),  # z 3.66
        (130, 100, "on_plan"),  # 30 % more, and yet z 2.80
        (67, 100, "volume_low"),  # z -3.62
        (5, 100, "volume_low"),
        (2180, 2000, "on_plan"),  # z 3.94, and yet 9 %
        (30, 0, "volume_high"),
        (0, 0, "on_plan"),
    ],
)
def test_volume_is_off_where_both_z_and_share_say_so(
    versions: tuple[QueueSettings, ...], offered: int, forecast: float, word: str
) -> None:
    """abs(z) > 3.5 and abs(e) > 10 %; a forecast of 0 has no ratio, and any contact is above it."""
    records = [plan("09:00", EVENING, forecast, 180, 14), acd("09:00", offered)]
    row = Run(versions).feed(records).finish().latest()["09:00"]
    assert row["plan"] == word
    assert row["volume_variance"] == (None if not forecast else pytest.approx(offered / forecast - 1))


@pytest.mark.parametrize(
    ("aht", "handled", "word"),
    [
        (270, 100, "aht_high"),  # z 4.37
        (205, 100, "on_plan"),  # z 1.36
        (118, 100, "aht_low"),  # z -3.91
        (400, 19, "on_plan"),  # under 20 handled AHT is not judged
    ],
)
def test_aht_is_off_where_both_z_and_share_say_so(
    versions: tuple[QueueSettings, ...], aht: int, handled: int, word: str
) -> None:
    """abs(z) > 3.8 and abs(e) > 10 % with 20 handled, handle times taken as exponential until 200 are known."""
    before = [acd(clock, handled, handled=handled, talk_ms=180_000 * handled) for clock in ("08:00", "08:30")]
    seen = acd("09:00", handled, handled=handled, talk_ms=aht * 1000 * handled)
    row = Run(versions).feed([plan("09:00", EVENING, handled, 180, 14), *before, seen]).finish().latest()["09:00"]
    assert row["plan"] == word


def test_low_aht_is_no_verdict_until_five_handle_times_after_opening(versions: tuple[QueueSettings, ...]) -> None:
    """With 180 s, 15 minutes: the day's first half hour is on plan, the next one low; a later copy changes neither."""
    clocks = ("08:00", "08:30")
    seen = [acd(clock, 100, handled=100, talk_ms=9_000_000) for clock in clocks]
    run = Run(versions).feed([*(plan(clock, EVENING, 100, 180, 14) for clock in clocks), *seen]).finish("12:00")
    words = {clock: row["plan"] for clock, row in run.latest().items() if clock in clocks}
    assert words == {"08:00": "on_plan", "08:30": "aht_low"}
    later = [replace(acd(clock, 100, handled=100, talk_ms=9_100_000), as_of_ms=at("11:00")) for clock in clocks]
    corrected = run.feed(later).finish("12:30").latest()
    assert {clock: (corrected[clock]["revision"], corrected[clock]["plan"]) for clock in clocks} == {
        "08:00": (2, "on_plan"),
        "08:30": (2, "aht_low"),
    }


def test_a_restless_queue_is_judged_by_its_own_dispersion(versions: tuple[QueueSettings, ...]) -> None:
    """60 and 140 for 100 are 4 sigma apart from the plan until 50 intervals are known, and 1 sigma afterwards."""
    clocks = [at("08:00") + day * 24 * HOUR + n * HALF_HOUR for day in range(3) for n in range(24)]
    run = Run(versions).feed([plan(start, EVENING, 100) for start in clocks])
    for n, start in enumerate(clocks):
        one = acd("09:00", (60, 140)[n % 2])
        run.feed([one.__class__(start, HALF_HOUR, start + HALF_HOUR, offered=one.offered)])
    run.finish()
    words = [row["plan"].split(";")[0] for row in run.rows]
    assert words[:50] == ["volume_low", "volume_high"] * 25
    assert words[50:] == ["on_plan"] * 22


def test_handle_times_that_vary_little_make_aht_stricter(versions: tuple[QueueSettings, ...]) -> None:
    """Once contacts gave 200 handle times, their own spread counts: 210 s for 180 s is off where all take as long."""
    clocks = ("08:00", "08:30", "09:00", "09:30", "10:00")
    run = Run(versions).feed([plan(clock, EVENING, 80, 180, 12) for clock in clocks])
    for clock in clocks:
        run.feed(contacts(clock, 80, handle=210_000))
    run.finish("10:30")
    words = {clock: row["plan"].split(";") for clock, row in run.latest().items()}
    assert "aht_high" not in words["08:30"]
    assert "aht_high" in words["10:00"]


def test_over_and_understaffed_are_beyond_one_agent_and_a_tenth(versions: tuple[QueueSettings, ...]) -> None:
    """100 x 180 s under Erlang A, patience 180 s: staffed is compared with required, each side by max(1, 10 %)."""
    base = {"handled": 100, "talk_ms": 18_000_000}
    needed = Run(versions).feed([acd("09:00", 100, **base)]).finish().latest()["09:00"]["required_agents"]
    slack = max(1.0, needed / 10)
    for agents, word in (
        (needed - slack - 0.01, "understaffed"),
        (needed - slack, None),
        (needed + slack, None),
        (needed + slack + 0.01, "overstaffed"),
    ):
        seen = acd("09:00", 100, staffed_ms=round(agents * HALF_HOUR), **base)
        row = Run(versions).feed([seen]).finish().latest()["09:00"]
        assert row["plan"] == (f"{word};no_plan" if word else "no_plan")
        assert row["net_staffing"] == pytest.approx(agents - needed, abs=1e-6)


# --- where staffing comes from ------------------------------------------------------------------------


def test_without_agent_states_contacts_say_how_busy_and_nobody_how_many(versions: tuple[QueueSettings, ...]) -> None:
    """Handling split over intervals is the occupied time; staffed, available and occupancy are empty, not 0."""
    run = Run(versions).feed([contact("c", at("09:10") - 1000, 1000, 1_800_000), *contacts("10:00", 1)]).finish()
    rows = run.latest()
    assert (rows["09:00"]["occupied_seconds"], rows["09:30"]["occupied_seconds"]) == (1200, 600)
    for column in ("staffed_seconds", "available_seconds", "occupancy", "staffed_agents", "net_staffing"):
        assert rows["09:00"][column] is None


def test_agent_states_go_before_what_the_feed_says(versions: tuple[QueueSettings, ...]) -> None:
    """An ACD's own columns count where the queue has no agent states, and its agents' states where it has."""
    seen = acd("09:00", 100, occupied_ms=9_000_000, available_ms=3_600_000, staffed_ms=12_600_000)
    row = Run(versions).feed([seen]).finish().latest()["09:00"]
    assert (row["staffed_agents"], row["occupancy"]) == (7, pytest.approx(9000 / 12600))
    states = [state("ana", "09:00", "handling"), state("ana", "09:15", "available"), state("ben", "09:00", "wrap")]
    row = Run(versions).feed([*states, seen]).finish().latest()["09:00"]
    assert (row["staffed_agents"], row["occupied_seconds"], row["available_seconds"]) == (2, 2700, 900)
    assert row["occupancy"] == 0.75


def test_a_queue_whose_agents_have_all_gone_has_nobody(versions: tuple[QueueSettings, ...]) -> None:
    """All offline is 0 staffed, which is not the same as not knowing."""
    records = [state("ana", "08:00", "available"), state("ana", "09:00", "offline"), *contacts("09:00", 30)]
    row = Run(versions).feed(records).finish("09:30").latest()["09:00"]
    assert (row["staffed_seconds"], row["staffed_agents"]) == (0, 0)
    assert row["net_staffing"] == -row["required_agents"]


@pytest.mark.parametrize("shared", [True, False])
def test_undivided_shared_agents_leave_occupancy_empty_and_raise_no_breach(
    versions: tuple[QueueSettings, ...], *, shared: bool
) -> None:
    """Handling without a queue by shared agents: occupancy is empty; net staffing is shown, and breaks no rule."""
    queues = ("sales", "b") if shared else ("sales",)
    run = Run(versions).feed(state(f"a{n}", "08:00", "handling", queues) for n in range(8 if shared else 4))
    for clock in ("08:00", "08:30", "09:00", "09:30", "10:00"):
        run.feed(contacts(clock, 100))
    row = run.finish("10:30").latest()["09:00"]
    assert (row["staffed_agents"], row["occupied_seconds"]) == (4, 7200)
    assert row["net_staffing"] < -5
    assert row["occupancy"] == (None if shared else 1)
    assert row["integrity"] == ("shared_agents" if shared else "ok")
    rules = {str(one.row["rule"]) for one in run.out if isinstance(one, BreachEvent)}
    assert ("net_staffing" in rules) is not shared


def test_the_open_interval_is_compared_at_the_volume_it_will_have_had(versions: tuple[QueueSettings, ...]) -> None:
    """Fifteen minutes in, the requirement is that of the whole interval; volume is not judged yet."""
    run = Run(versions).feed([plan("09:00", EVENING, 100, 180, 14)])
    run.feed([*(state(f"agent-{n}", "09:00", "available") for n in range(13)), *contacts("09:00", 100)[:51]])
    result = run.engine.provisional()
    assert result is not None
    row = result.row()
    assert row["offered"] == 51
    assert row["staffed_agents"] == 13
    # A plan that is good to 10 %: 51 came, 50 x (100 + 51) / (100 + 50) are to come, each of 180 s.
    expected = 51 + 50 * 151 / 150
    assert row["required_agents"] == required_agents(expected * 180 / 1800, 180, 20, 0.80, 180)
    assert row["volume_variance"] is None
    assert "volume_low" not in str(row["plan"])
    assert row["forecast_offered"] == 100


@pytest.mark.parametrize("seed", range(4))
def test_the_requirement_of_an_open_interval_on_plan_does_not_jump(
    versions: tuple[QueueSettings, ...], seed: int
) -> None:
    """A hundred contacts at random moments, as planned, move the requirement by an agent up or down, and no more."""
    seconds = sorted(random.Random(seed).sample(range(1800), 100))
    run = Run(versions).feed([plan("09:00", EVENING, 100, 180, 14)])
    run.feed([state(f"agent-{n}", "09:00", "available") for n in range(14)])
    needed = int(required_agents(10, 180, 20, 0.80, 180))
    for second in seconds:
        result = run.feed([contact(f"c{second}", at("09:00") + 1000 * second)]).engine.provisional()
        assert result is not None
        assert result.required_agents is not None
        assert abs(result.required_agents - needed) <= 1


def test_without_a_plan_a_requirement_waits_for_contacts(versions: tuple[QueueSettings, ...]) -> None:
    """The pace of the first minutes is no volume: below `min_volume` contacts an open interval has no requirement."""
    run = Run(versions).feed(contacts("08:00", 50)).feed(contacts("09:00", 100)[:19])
    result = run.engine.provisional()
    assert result is not None
    assert (result.offered, result.required_agents) == (19, None)
    result = run.feed(contacts("09:00", 100)[19:30]).engine.provisional()
    assert result is not None
    assert result.required_agents is not None


# --- plans: none, half, other lengths, versions, late ---------------------------------------------------


@pytest.mark.parametrize(
    ("plans", "word", "figures"),
    [
        ([], "no_plan", (None, None, None, None)),
        ([plan("09:00", EVENING, 30, 180, 8)], "on_plan", ("wfm", 30, 180, 8)),
        ([plan("09:00", EVENING, 30)], "on_plan;plan_incomplete", ("wfm", 30, None, None)),
        ([plan("09:00", EVENING, scheduled=8)], "plan_incomplete", ("wfm", None, None, 8)),
        ([plan("09:00", EVENING, 60, 180, 8, length=HOUR)], "on_plan;plan_resized", ("wfm", 30, 180, 8)),
        (
            [plan(clock, EVENING, 15, 180, 8, length=QUARTER) for clock in ("09:00", "09:15")],
            "on_plan;plan_resized",
            ("wfm", 30, 180, 8),
        ),
        (
            [plan("09:00", EVENING, 15, 180, 8, length=QUARTER)],
            "plan_resized;plan_incomplete",
            ("wfm", None, None, None),
        ),
        (
            [plan("09:00", EVENING, 30, 180, 8, version="a"), plan("09:00", "08:30", 90, 180, 9, version="b")],
            "on_plan",
            ("a", 30, 180, 8),
        ),
        ([plan("09:00", "08:30", 30, 180, 8)], "on_plan;plan_late", ("wfm", 30, 180, 8)),
        ([plan("09:00", "09:10", 30, 180, 8)], "on_plan;plan_late", ("wfm", 30, 180, 8)),
    ],
    ids=["none", "whole", "no aht", "only agents", "hour", "quarters", "one quarter", "two", "late", "within"],
)
def test_each_kind_of_plan_is_told(
    versions: tuple[QueueSettings, ...], plans: list[Plan], word: str, figures: tuple[Any, ...]
) -> None:
    """The row has the plan that counts, its figures, and the notes on it."""
    row = Run(versions).feed([*plans, *contacts("09:00", 30)]).finish("09:30").latest()["09:00"]
    assert row["plan"] == word
    columns = ("plan_version", "forecast_offered", "forecast_aht_seconds", "scheduled_agents")
    assert tuple(row[column] for column in columns) == figures


def test_a_shift_over_midnight_is_one_period(tmp_path: Path) -> None:
    """A plan of 00:30 for 01:00 was made when the shift that began at 22:00 was running: late."""
    night = queue_versions(tmp_path, BASE.replace('"08:00-20:00"', '"22:00-06:00"'))
    records = [
        plan("01:00", "00:30", 30),
        plan("02:00", at("21:59", "2026-03-01"), 30),
        *contacts("01:00", 30),
        *contacts("02:00", 30),
    ]
    rows = Run(night).feed(records).finish("02:30").latest()
    assert rows["01:00"]["plan"].startswith("on_plan;plan_late")
    assert rows["02:00"]["plan"].startswith("on_plan;plan_incomplete")


def test_a_queue_without_hours_begins_its_day_at_local_midnight(tmp_path: Path) -> None:
    """In Madrid's winter 00:30 local is 23:30Z the day before: already the day, so a plan of then is late."""
    local = queue_versions(
        tmp_path,
        BASE.replace('hours: {mon-sun: "08:00-20:00"}', "hours: null").replace(
            "timezone: UTC", "timezone: Europe/Madrid"
        ),
    )
    for published, word in ((at("23:30", "2026-03-01"), "plan_late"), (at("22:59", "2026-03-01"), "on_plan")):
        records = [plan("09:00", published, 30, 180, 8), *contacts("09:00", 30)]
        assert word in Run(local).feed(records).finish("09:30").latest()["09:00"]["plan"]
    assert (
        Run(local)
        .feed([plan("09:00", at("22:59", "2026-03-01"), 30, 180, 8), *contacts("09:00", 30)])
        .finish("09:30")
        .latest()["09:00"]["plan"]
        == "on_plan"
    )


def test_a_plan_for_a_final_interval_that_had_none_is_a_correction(versions: tuple[QueueSettings, ...]) -> None:
    """Revision 2, flagged late, with the reason; no count changes, and a restart before it makes no difference."""
    run = Run(versions).feed([*contacts("09:00", 30), *contacts("10:00", 30)])
    run.renew()
    run.feed([plan("09:00", "10:20", 30, 180, 8)])
    first, second = [row for row in run.rows if row["interval_start"] == "2026-03-02T09:00:00Z"]
    assert (second["revision"], second["status"], second["plan"]) == (2, "corrected", "on_plan;plan_late")
    assert second["reason"].startswith("late plan wfm: plan_version not reported -> wfm; forecast_offered not reported")
    assert "plan no_plan -> on_plan;plan_late" in second["reason"]
    assert first["offered"] == second["offered"] == 30
    assert (run.engine.counters.corrections, run.engine.counters.late_plans) == (1, 0)


def test_a_plan_for_a_final_interval_that_had_one_changes_nothing(versions: tuple[QueueSettings, ...]) -> None:
    """Re-forecasting afterwards cannot flatter yesterday: counted, kept, and compared with nothing, ever."""
    run = Run(versions).feed([plan("09:00", EVENING, 100, 180, 14), *contacts("09:00", 30), *contacts("10:00", 30)])
    run.renew()
    run.feed([plan("09:00", EVENING + 1, 30, 180, 8)] * 2)
    assert run.engine.counters.late_plans == 1
    assert [row["revision"] for row in run.rows if row["interval_start"][11:16] == "09:00"] == [1]
    run.feed([contact("late", at("09:05"))])
    corrected = run.rows[-1]
    assert (corrected["offered"], corrected["revision"], corrected["forecast_offered"]) == (31, 2, 100)


def test_a_missing_interval_stays_missing_when_its_plan_comes(versions: tuple[QueueSettings, ...]) -> None:
    """A late plan gives a missing interval its forecast, and invents no counts."""
    run = Run(versions).feed([acd("08:00", 30), acd("10:00", 30)]).finish()
    assert run.latest()["09:00"]["status"] == "missing"
    row = run.feed([plan("09:00", "10:20", 30, 180, 8)]).latest()["09:00"]
    assert (row["revision"], row["status"], row["integrity"]) == (2, "corrected", "missing")
    assert (row["offered"], row["forecast_offered"], row["spec"]) == (None, 30, "unknown")
    row = run.feed([acd("09:00", 25)]).latest()["09:00"]
    assert (row["revision"], row["offered"], row["integrity"], row["forecast_offered"]) == (3, 25, "ok", 30)


def test_a_late_agent_state_corrects_what_it_concerns(versions: tuple[QueueSettings, ...]) -> None:
    """A log-off that comes late takes its agent out of final intervals, with the reason; others stay as they are."""
    run = Run(versions).feed([state("ana", "09:00", "available"), state("ben", "09:00", "available")])
    run.feed([*contacts("09:00", 30), *contacts("09:30", 30), *contacts("10:30", 30)])
    assert run.latest()["09:30"]["staffed_agents"] == 2
    before = len(run.rows)
    run.feed([state("ana", "09:45", "offline")])
    changed = run.rows[before:]
    assert [(row["interval_start"][11:16], row["staffed_agents"]) for row in changed][:1] == [("09:30", 1.5)]
    # Contacts were handled for longer than the two were there, so nobody knows how long they were free.
    assert changed[0]["reason"] == "late agent state of ana: staffed_seconds 3600 -> 2700"
    assert run.latest()["09:00"]["revision"] == 1
    run.feed([state("ana", "09:45", "offline")])
    assert len(run.rows) == before + len(changed)
    assert run.engine.counters.duplicate == 1


def test_restated_plans_and_states_count_as_they_say_now(versions: tuple[QueueSettings, ...]) -> None:
    """The same identity with other values: the later one in the log counts, and nothing is refused."""
    run = Run(versions).feed([plan("09:00", EVENING, 40), plan("09:00", EVENING, 30)])
    first, second = (state("ana", "09:00", name, sequence=1) for name in ("available", "wrap"))
    row = run.feed([first, second, *contacts("09:00", 30)]).finish().latest()["09:00"]
    assert (row["forecast_offered"], row["occupied_seconds"], row["available_seconds"]) == (30, 1800, 0)
    assert (run.dead, run.engine.counters.restated) == ([], 2)


# --- missing: silence against the contacts that should have come ----------------------------------------


def silence(versions: tuple[QueueSettings, ...], *plans: Plan, before: Sequence[Record] = ()) -> list[str]:
    """Starts of missing intervals, when the contacts of 08:30 are the last ones until 20:00."""
    records = [*before, *plans, *contacts("08:30", 30)]
    rows = Run(versions).feed(records).finish("20:00").rows
    return [row["interval_start"][11:16] for row in rows if row["status"] == "missing"]


def test_silence_is_missing_after_twenty_contacts_of_forecast(versions: tuple[QueueSettings, ...]) -> None:
    """Seven contacts a half hour: 21 should have come by 10:30, and an hour and a half has passed."""
    plans = [plan(at("08:30") + n * HALF_HOUR, EVENING, 7) for n in range(23)]
    assert silence(versions, *plans)[0] == "10:00"


def test_silence_is_missing_no_sooner_than_silent_after(versions: tuple[QueueSettings, ...]) -> None:
    """Forty contacts should have come by 09:30, but only half an hour of silence has passed: not before an hour."""
    plans = [plan(at("08:30") + n * HALF_HOUR, EVENING, 40) for n in range(23)]
    assert silence(versions, *plans)[0] == "09:30"


def test_a_quiet_queue_is_quiet_all_day(versions: tuple[QueueSettings, ...]) -> None:
    """A forecast of 0.4 a half hour: nine contacts should have come by the evening, so nothing is missing."""
    plans = [plan(at("08:30") + n * HALF_HOUR, EVENING, 0.4) for n in range(23)]
    assert silence(versions, *plans) == []


def test_without_a_plan_the_slot_s_own_mean_is_what_should_have_come(versions: tuple[QueueSettings, ...]) -> None:
    """Last Monday brought four contacts a half hour."""
    week = 7 * 24 * HOUR
    before = [
        contact(f"last-{n}-{k}", at("08:00") - week + n * HALF_HOUR + k * 60_000) for n in range(24) for k in range(4)
    ]
    gone = [row for row in silence(versions, before=before) if "09:00" <= row < "11:00"]
    assert "10:00" in gone


def test_without_plan_and_past_a_whole_open_day_must_be_silent(versions: tuple[QueueSettings, ...]) -> None:
    """On its first day, nobody can tell a quiet queue from a broken feed before an open day has passed."""
    assert silence(versions) == []
    rows = Run(versions).feed(contacts("08:30", 30)).finish("20:00").rows
    assert [row["offered"] for row in rows] == [30] + [0] * 22


# --- simulated days whose truth is known ------------------------------------------------------------------


def a_day(*incidents: Incident, seed: int = 1, contacts_per_half_hour: float = 40) -> SimulatedDay:
    """A Monday of the queue."""
    spec = QueueSpec("retail", QUEUE, contacts_per_half_hour, aht_seconds=200, hours=OFFICE_HOURS)
    return simulate_day(CentreSpec((spec,), incidents), QUEUE, MONDAY, seed)


@pytest.fixture(scope="module")
def patient_grace(tmp_path_factory: pytest.TempPathFactory) -> tuple[QueueSettings, ...]:
    """Grace of an hour and a half: longer than any wait and handling here, and than the shuffling."""
    return queue_versions(tmp_path_factory.mktemp("grace"), BASE.replace("grace_seconds: 300", "grace_seconds: 5400"))


INCIDENTS = (
    Incident("absent", QUEUE, at("10:00"), at("12:00")),
    Incident("surge", QUEUE, at("14:00"), at("15:00")),
    Incident("long_calls", QUEUE, at("17:00"), at("18:00")),
)


def test_every_column_of_plan_and_staffing_is_the_truth(patient_grace: tuple[QueueSettings, ...]) -> None:
    """On a day with absences, a surge and long calls: counts, agent time, plan and requirement as simulated."""
    day = a_day(*INCIDENTS)
    run = Run(patient_grace).feed(record for _, _, record in day.records).finish()
    truth = day.truth
    rows = {from_rfc3339(row["interval_start"]): row for row in run.rows}
    assert run.engine.counters.corrections == 0
    for index, start in enumerate(truth.start_ms.tolist()):
        if not truth.open[index] and start not in rows:
            continue
        row = rows[start]
        assert (row["offered"], row["answered"]) == (truth.offered[index], truth.answered[index])
        assert row["occupied_seconds"] * 1000 == pytest.approx(truth.occupied_ms[index])
        assert row["available_seconds"] * 1000 == pytest.approx(truth.available_ms[index])
        assert row["staffed_seconds"] * 1000 == pytest.approx(truth.staffed_ms[index])
        assert row["staffed_agents"] == pytest.approx(truth.staffed_agents[index])
        if truth.open[index]:
            assert row["forecast_offered"] == pytest.approx(truth.forecast_offered[index])
            assert row["scheduled_agents"] == truth.scheduled[index]
            assert row["plan_required_agents"] == truth.required[index]
            assert row["net_staffing"] == pytest.approx(row["staffed_agents"] - row["required_agents"])
    assert rows[at("10:30")]["plan"] == "understaffed"


@pytest.fixture(scope="module")
def told(patient_grace: tuple[QueueSettings, ...]) -> tuple[list[tuple[int, Record]], list[str]]:
    """A small day's records with the moments at which they were sent, and the hashes they must give."""
    day = a_day(*INCIDENTS, seed=3, contacts_per_half_hour=12)
    sent = [(moment, record) for moment, _, record in day.records]
    hashes = [row["hash"] for row in Run(patient_grace).feed(record for _, record in sent).finish().rows]
    return sent, hashes


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_order_duplicates_and_restarts_within_grace_change_nothing(
    patient_grace: tuple[QueueSettings, ...], told: tuple[list[tuple[int, Record]], list[str]], seed: int
) -> None:
    """Records up to half an hour early or late, some twice, the machine remade here and there: the same hashes."""
    chance = random.Random(seed)
    sent, hashes = told
    again = chance.sample(sent, len(sent) // 5)
    shuffled = sorted(
        ((moment + chance.randint(0, 1_800_000), n, record) for n, (moment, record) in enumerate([*sent, *again])),
        key=lambda one: one[:2],
    )
    run = Run(patient_grace, restart=chance).feed(record for _, _, record in shuffled).finish()
    assert [row["hash"] for row in run.rows] == hashes


def test_a_restart_after_every_record_changes_nothing(
    patient_grace: tuple[QueueSettings, ...], told: tuple[list[tuple[int, Record]], list[str]]
) -> None:
    """The state holds everything: nothing that decides a figure lives in memory alone."""
    sent, hashes = told
    run = Run(patient_grace)
    for n, (_, record) in enumerate(sent):
        run.feed([record])
        if n % 3 == 0:
            run.renew()
    assert [row["hash"] for row in run.finish().rows] == hashes


def test_late_and_in_time_end_in_the_same_figures(versions: tuple[QueueSettings, ...]) -> None:
    """Agent states that come hours late correct every interval to the figures they would have had in time."""
    day = a_day(*INCIDENTS, seed=5, contacts_per_half_hour=12)
    records = [record for _, _, record in day.records]
    agents = [record for record in records if hasattr(record, "since_ms")]
    others = [record for record in records if not hasattr(record, "since_ms")]
    in_time = Run(versions).feed([*agents, *others]).finish().latest()
    chance = random.Random(5)
    late = Run(versions, restart=chance).feed(others).finish().feed(chance.sample(agents, len(agents))).latest()
    columns = ("occupied_seconds", "available_seconds", "staffed_seconds", "occupancy", "net_staffing", "plan")
    for clock, row in in_time.items():
        assert {column: late[clock][column] for column in columns} == {column: row[column] for column in columns}


def test_attribution_finds_the_incident(versions: tuple[QueueSettings, ...]) -> None:
    """The injected incident is the largest cause of what was missed on at least 95 of 100 simulated days."""
    spec = QueueSpec("retail", QUEUE, contacts_per_half_hour=100, aht_seconds=240, hours=OFFICE_HOURS)
    right = 0
    for n in range(100):
        kind = ("surge", "long_calls", "absent")[n % 3]
        date = MONDAY + dt.timedelta(days=n)
        begin = at_ms(dt.datetime(date.year, date.month, date.day, 9 + n % 9, tzinfo=dt.UTC))
        incident = Incident(kind, QUEUE, begin, begin + 2 * HOUR)  # type: ignore[arg-type]  # the kinds there are
        day = simulate_day(CentreSpec((spec,), (incident,)), QUEUE, date, seed=n)
        plans = [record for _, _, record in day.records if isinstance(record, Plan)]
        run = Run(versions).feed([*plans, *(record for _, _, record in snapshots(day.truth))]).finish()
        effects: Counter[str] = Counter()
        for row in run.rows:
            if row["spec"] == "below":
                for one in attribution(IntervalResult.from_row(row), versions[-1]):
                    effects[str(one["cause"])] += float(str(one["effect"]))  # type: ignore[assignment]  # sums of ratios
        right += min(effects, key=lambda cause: effects[cause], default="") == CAUSE_OF[kind]
    assert right >= 95


# --- live notices -------------------------------------------------------------------------------------


def test_contacts_that_wait_beyond_the_threshold_are_lost_while_the_interval_is_open(
    versions: tuple[QueueSettings, ...],
) -> None:
    """20 in time, one late, 20 who wait for 20 minutes, and 2 forecast for the last minute: (20 + 2) / (41 + 2)."""
    waiting = [Contact(f"w{n}", at("09:09") + n, "", *[None] * 5, at("09:09") + n) for n in range(20)]
    answered = [contact(f"a{n}", at("09:01") + n) for n in range(20)]
    last = contact("last", at("09:29"), wait=59_000, handle=None)
    run = Run(versions).feed([plan("09:00", EVENING, 60, 180, 14), *answered, *waiting, last])
    result = run.engine.view.open_result()
    assert result is not None
    (said,) = run.engine.notices(result)
    assert (said.row["rule"], said.row["observed"]) == ("service_level_lost", pytest.approx(22 / 43))
