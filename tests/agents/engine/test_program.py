"""A program's machine: when a day is judged, what its month says, and that neither order nor restarts matter."""

import datetime as dt
import random
from functools import cache
from typing import Any

import pytest
from engine import at, configuration, content
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from quality_months import machine, run, sheet, simulated_month, told

from agents.engine.program import ProgramEngine
from agents.rules.quality import accuracy_verdict
from config.rules import RULES, RuleSettings
from streams.columns import BREACH_COLUMNS
from streams.told.queue_day import QueueDay

QUICK = settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])


def accuracy_rule() -> RuleSettings:
    """The rule with this product's defaults."""
    definition = RULES["critical_error_accuracy"]
    parameters = {name: parameter.default for name, parameter in definition.parameters.items()}
    return RuleSettings(definition.on, definition.severity, parameters)


def sheets(date: str, right: int, n: int, **given: Any) -> list[Any]:
    """Evaluations of one day, `right` of `n` without an error."""
    return [sheet(f"{date}-{k}", f"{date}T10:00", right=k < right, **given) for k in range(n)]


# --- accuracy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "n", "low", "high", "severity"),
    [
        # Clopper-Pearson intervals of docs/concepts/figures.md#critical-error-accuracy, target 95 %.
        (95, 100, 0.8872, 0.9836, None),
        (285, 300, 0.9189, 0.9717, None),
        (94, 100, None, None, "info"),  # a point below the target alone
        (88, 100, 0.79976, 0.93643, "warning"),
        (28, 29, None, None, None),  # below min_n
        # A likelihood ratio of 100 needs far more: 80/100 against 0.95 has thousands.
        (80, 100, None, None, "critical"),
    ],
)
def test_the_verdict_on_an_accuracy(
    right: int, n: int, low: float | None, high: float | None, severity: str | None
) -> None:
    """Point, exact interval and evidence decide: info, warning, critical; too few are not judged."""
    verdict = accuracy_verdict("end_user", "end_user", (right, n), accuracy_rule())
    if severity is None:
        assert verdict is None or not verdict.observation.outside
    else:
        assert verdict is not None
        assert (verdict.observation.outside, verdict.severity) == (True, severity)
    if low is not None and high is not None:
        assert verdict is not None
        assert verdict.facts["low"] == pytest.approx(low, abs=5e-5)
        assert verdict.facts["high"] == pytest.approx(high, abs=5e-5)


def test_a_breach_of_a_month_opens_is_updated_and_resolved() -> None:
    """Life of a breach: opened at the evening's look, updated with each figure, resolved by the first look inside."""
    days = [
        told("2026-03-02", sheets("2026-03-02", 36, 40)),
        told("2026-03-03", sheets("2026-03-03", 40, 40)),
    ]
    records = run(days)
    assert [(row["state"], row["sequence"], row["severity"]) for row in records] == [
        ("opened", 1, "info"),
        ("resolved", 2, "info"),
    ]
    opened = records[0]
    assert list(opened) == list(BREACH_COLUMNS)
    assert (opened["program"], opened["queue"], opened["scope"]) == ("retail", None, "end_user")
    assert (opened["item"], opened["observed"], opened["limit"], opened["unit"]) == ("2.4", 0.9, 0.95, "ratio")
    assert opened["breach_id"] == "critical_error_accuracy/retail/end_user/2026-03-02T19:30:00Z"
    assert (opened["interval_start"], opened["first_interval_start"]) == ("2026-03-02T19:30:00Z",) * 2
    assert records[1]["observed"] == 76 / 80
    assert "36 of 40" in opened["message"]
    assert "40 次中 36 次" in opened["message_zh"]


def test_severity_rises_and_a_month_ends() -> None:
    """One breach rises from info to critical, and is resolved as month_ended by the first look of the next month."""
    days = [
        told("2026-03-30", sheets("2026-03-30", 28, 30)),
        told("2026-03-31", sheets("2026-03-31", 10, 30)),
        told("2026-04-01", sheets("2026-04-01", 5, 5)),
    ]
    records = [row for row in run(days) if row["rule"] == "critical_error_accuracy"]
    assert [(row["state"], row["severity"]) for row in records] == [
        ("opened", "info"),
        ("updated", "critical"),
        ("resolved", "critical"),
    ]
    assert "the month before is over, and it was not seen to recover" in records[2]["message"]
    assert records[2]["reason"] == "day_ended"


def test_only_random_selections_count_and_a_contact_counts_once() -> None:
    """Targeted evaluations and second looks at the same contact change no accuracy."""
    targeted = sheets("2026-03-02", 0, 40, selection="targeted")
    random_ = [sheet(f"r{k}", "2026-03-02T10:00", contact=f"c{k}") for k in range(30)]
    again = [
        sheet(f"z{k}", "2026-03-02T10:00", contact=f"c{k}", right=False, delay=120_000, evaluator="max")
        for k in range(30)
    ]
    assert run([told("2026-03-02", [*targeted, *random_, *again])]) == []


def test_an_evaluation_of_a_month_that_is_over_changes_no_breach() -> None:
    """An evaluation of March that is emitted in April is kept, and no rule judges it."""
    late = [sheet(f"late{k}", "2026-03-31T10:00", right=False, delay=86_400_000) for k in range(50)]
    days = [
        told("2026-03-31", sheets("2026-03-31", 40, 40)),
        told("2026-04-01", [*late, *sheets("2026-04-01", 40, 40)]),
    ]
    assert run(days) == []


def test_queues_are_judged_beside_their_program() -> None:
    """Where a program has several queues, one that falls short is named though the program as such does not."""
    days = [
        told("2026-03-02", sheets("2026-03-02", 300, 300)),
        told("2026-03-02", [sheet(f"o{k}", "2026-03-02T10:00", right=k < 33) for k in range(40)], queue="orders"),
    ]
    records = run(days)
    assert [(row["scope"], row["severity"]) for row in records] == [("queue:orders:end_user", "warning")]
    assert "orders: end-user critical error accuracy 82.5 %" in records[0]["message"]


def test_the_families_can_be_called_fatal() -> None:
    """Release 4.1's vocabulary is a setting; figures, scopes and ids stay."""
    (record,) = run([told("2026-03-02", sheets("2026-03-02", 36, 40))], machine(vocabulary="fatal"))
    assert record["scope"] == "end_user"
    assert "fatal (end user) error accuracy" in record["message"]
    assert "致命错误" in record["message_zh"]


# --- coverage ---------------------------------------------------------------------------------------


def coverage(days: list[QueueDay], scope: str = "agents") -> list[dict[str, Any]]:
    """Records of monitoring_coverage in one scope."""
    return [row for row in run(days) if row["rule"] == "monitoring_coverage" and row["scope"] == scope]


def test_an_agent_behind_the_month_s_pace_is_named() -> None:
    """Four evaluations a month are one in the first quarter of it: who has none by then is behind."""
    dates = [dt.date(2026, 4, day) for day in range(1, 9)]
    days = [told(date, [sheet(f"e{date}", f"{date}T10:00")], [("ann", 30), ("bob", 30)]) for date in dates]
    records = coverage(days)
    # 4 x 7 / 30 is less than one, 4 x 8 / 30 is more.
    assert [(row["state"], row["interval_start"][:10], row["observed"]) for row in records] == [
        ("opened", "2026-04-08", 1)
    ]
    assert "1 of 2 agents" in records[0]["message"]
    assert "bob (0/1)" in records[0]["message"]


def test_an_agent_who_came_late_has_less_due_and_one_at_the_month_s_end() -> None:
    """The evaluations due are prorated from the agent's first contact, and are at least one when the month is over."""
    dates = [dt.date(2026, 4, day) for day in range(1, 31)]
    days = [
        told(date, [sheet(f"e{date}", f"{date}T10:00")], [("ann", 30), *([("new", 5)] if date.day > 27 else [])])
        for date in dates
    ]
    records = coverage(days)
    assert [(row["state"], row["interval_start"][:10]) for row in records] == [("opened", "2026-04-30")]
    assert "new (0/1)" in records[0]["message"]


def test_where_nobody_monitors_nothing_falls_short() -> None:
    """A program without a single evaluation in the month raises no coverage breach."""
    dates = [dt.date(2026, 4, day) for day in range(1, 31)]
    assert run([told(date, (), [("ann", 30)], [(10, 30)]) for date in dates]) == []


AGENTS = [f"agent-{number}" for number in range(10)]


def test_random_sampling_is_quiet() -> None:
    """At most one in 12 simulated months with 15 random evaluations a day has any finding of coverage or spread."""
    noisy = 0
    for seed in range(12):
        records = run(simulated_month(seed, agents=AGENTS, a_day=15))
        noisy += any(row["rule"] == "monitoring_coverage" for row in records)
    assert noisy <= 1


def test_only_mornings_monitored_is_found() -> None:
    """Evaluations of the hours before noon alone are a finding over hours of the day, within the first week."""
    for seed in range(3):
        month = simulated_month(seed, agents=AGENTS, a_day=10, monitored=lambda _, hour: hour < 12, days=7)
        scopes = {row["scope"] for row in run(month) if row["rule"] == "monitoring_coverage"}
        assert "spread:hours" in scopes


def test_an_agent_left_out_is_found() -> None:
    """One agent of ten who is never monitored is named by coverage, and stands out of the spread over agents."""
    month = simulated_month(1, agents=AGENTS, a_day=15, monitored=lambda agent, _: agent != "agent-3")
    records = [row for row in run(month) if row["rule"] == "monitoring_coverage"]
    assert {"agents", "spread:agents"} <= {row["scope"] for row in records}
    named = next(row for row in records if row["scope"] == "agents" and row["state"] == "opened")
    assert named["interval_start"] == "2026-04-08T19:30:00Z"
    assert "agent-3 (0/1)" in named["message"]


# --- variation --------------------------------------------------------------------------------------


def test_agents_whose_handle_times_differ_too_much_are_variation() -> None:
    """Rules A and B over agents with 200 contacts or more; those with fewer are not compared."""
    day = told("2026-03-02", (), [("ann", 200), ("bob", 200), ("few", 199)])
    aht = {"ann": 100_000, "bob": 300_000, "few": 9_000_000}
    rows = tuple(
        type(row)(row.month, row.agent, None, None, row.contacts, row.contacts * aht[str(row.agent)])
        for row in day.handled_by
    )
    records = run([QueueDay(**{name: getattr(day, name) for name in day.__struct_fields__} | {"handled_by": rows})])
    # mean 200, range 200: A = 1.0; SD of 100 and 300 is 141.42: B = 141.42 / (200 / 6) = 4.2426.
    assert {row["scope"]: row["observed"] for row in records} == {
        "queue:sales:aht:agents:A": pytest.approx(1.0),
        "queue:sales:aht:agents:B": pytest.approx(4.242640687),
    }
    assert {(row["item"], row["severity"]) for row in records} == {("2.2", "info")}
    assert "(2 compared)" in records[0]["message"]
    assert "shortest 100 s (agent ann), longest 300 s (agent bob)" in records[0]["message"]


def test_accuracy_with_too_low_a_sigma_is_variation() -> None:
    """Rule C: 80 of 100 is a sigma of 2.3416 with the shift, below 2.5; 90 of 100 is 2.7816."""
    records = run([told("2026-03-02", sheets("2026-03-02", 80, 100))])
    (sigma,) = [row for row in records if row["rule"] == "variation_too_big"]
    assert (sigma["scope"], sigma["unit"]) == ("sigma:end_user", "sigma")
    assert sigma["observed"] == pytest.approx(2.3416, abs=5e-5)
    records = run([told("2026-03-02", sheets("2026-03-02", 90, 100))])
    assert "variation_too_big" not in {row["rule"] for row in records}


def test_a_sigma_names_who_made_the_most_errors() -> None:
    """Agent, team and shift of the most errors (2.2): 20 errors in all, 14 of them bob's in 30."""
    ann = [sheet(f"a{k}", "2026-03-02T10:00", right=k >= 6) for k in range(70)]
    bob = [sheet(f"b{k}", "2026-03-02T10:00", right=k >= 14, agent="bob", shift="late") for k in range(30)]
    records = run([told("2026-03-02", [*ann, *bob])])
    (sigma,) = [row for row in records if row["rule"] == "variation_too_big"]
    assert (
        "(80 of 100 without error), limit 2.5; "
        "most errors: agent bob (14 of 30), team north (20 of 100), shift late (14 of 30). "
    ) in sigma["message"]


# --- when a day is judged ---------------------------------------------------------------------------


def test_a_day_waits_for_every_queue_that_is_open() -> None:
    """The evening's verdict comes when the last queue of the program has told the day, not before."""
    program = machine()
    for queue in ("sales", "orders"):
        program.apply_record(told("2026-03-02", queue=queue))
    program.apply_record(told("2026-03-03", sheets("2026-03-03", 20, 40)))
    assert program.take() == []
    program.apply_record(told("2026-03-03", queue="orders"))
    assert [event.row["state"] for event in program.take()][:1] == ["opened"]


def test_a_queue_that_is_closed_is_not_waited_for() -> None:
    """On a day on which the other queue has no open hours the first one's word is enough."""
    program = machine()
    program.apply_record(told("2026-03-06", queue="orders", next_day=dt.date(2026, 3, 9)))
    program.apply_record(told("2026-03-06"))
    program.apply_record(told("2026-03-07", sheets("2026-03-07", 20, 40)))
    assert [event.row["interval_start"][:10] for event in program.take()][:1] == ["2026-03-07"]


def test_a_queue_that_has_stopped_is_left_behind_after_three_days() -> None:
    """A feed that ended delays its program's verdicts by three days, and not for ever."""
    program = machine()
    for queue in ("sales", "orders"):
        program.apply_record(told("2026-03-02", queue=queue))
    program.apply_record(told("2026-03-03", sheets("2026-03-03", 20, 40)))
    seen = []
    for day in (4, 5, 6):
        program.apply_record(told(f"2026-03-0{day}"))
        seen.append(len(program.take()) > 0)
    assert seen == [False, False, True]


def test_a_day_in_parts_is_judged_with_its_last() -> None:
    """A day of very many evaluations comes in parts; the last one completes it, and none counts twice."""
    program = machine()
    program.apply_record(told("2026-03-02"))
    evaluations = sheets("2026-03-03", 20, 40)
    parts = [
        told("2026-03-03", evaluations[:20], part=0, last=False),
        told("2026-03-03", evaluations[20:], part=1, last=True),
    ]
    program.apply_record(parts[0])
    program.apply_record(parts[0])
    assert program.take() == []
    program.apply_record(parts[1])
    assert "20 of 40" in program.take()[0].row["message"]


# --- what must never change a verdict ---------------------------------------------------------------


def drawn(dice: random.Random) -> list[list[QueueDay]]:
    """Days of two queues over the end of a month, each queue's in its order."""
    queues = []
    for queue in ("sales", "orders"):
        days = []
        for number in range(6):
            date = dt.date(2026, 3, 28) + dt.timedelta(days=number)
            share = dice.choice([0.6, 0.9, 1.0])
            evaluations = [
                sheet(
                    f"{queue}{dice.randrange(90)}",
                    f"{date}T10:00",
                    right=dice.random() < share,
                    agent=dice.choice("ab"),
                )
                for _ in range(20)
            ]
            unique = {each.evaluation_id: each for each in evaluations}
            days.append(told(date, unique.values(), [("a", 20), ("b", 20)], [(10, 20), (11, 20)], queue=queue))
        queues.append(days)
    return queues


def interleaved(queues: list[list[QueueDay]], dice: random.Random) -> list[QueueDay]:
    """The queues' days in an order in which they can come: each queue's own, neither two days ahead; some twice."""
    places, order = [0, 0], []
    while min(places) < len(queues[0]):
        which = dice.randrange(2)
        if places[which] == len(queues[which]) or (places[which] > places[1 - which]):
            which = 1 - which
        order.append(queues[which][places[which]])
        places[which] += 1
        if dice.random() < 0.3:
            order.append(dice.choice(order))
    return order


def verdicts(days: list[QueueDay], dice: random.Random | None = None) -> list[dict[str, Any]]:
    """The breach records of an engine; with `dice`, it is restarted now and then from its store alone."""
    versions = [version.program("retail") for version in configuration(content()).versions]
    store: dict[bytes, bytes] = {}
    program = ProgramEngine(versions, store)
    rows = []
    for offset, day in enumerate(days):
        program.apply_record(day)
        program.mark_applied("program-days/0", offset)
        rows += [event.row for event in program.take()]
        if dice is not None and dice.random() < 0.4:
            commit = program.commit()
            assert commit is not None
            commit.apply(store)
            program = ProgramEngine(versions, store, f"s{offset}")
            assert program.applied_offset("program-days/0") == offset
    program.finish()
    return rows + [event.row for event in program.take()]


@QUICK
@given(st.integers(0, 10_000))
def test_order_among_queues_copies_and_restarts_change_nothing(seed: int) -> None:
    """Days of two queues in any order in which they can come, twice, through restarts: the same breach records."""
    dice = random.Random(seed)
    queues = drawn(dice)
    clean = verdicts(sorted((day for days in queues for day in days), key=lambda day: (day.day, day.queue)))
    assert len(clean) > 1
    assert verdicts(interleaved(queues, dice), dice) == clean


def test_months_leave_the_state() -> None:
    """No cell holds a month that is over: the state of a year is no larger than that of two months."""
    versions = [version.program("retail") for version in configuration(content()).versions]
    store: dict[bytes, bytes] = {}
    program = ProgramEngine(versions, store)
    most = 0
    for number in range(120):
        program.apply_record(told(dt.date(2026, 1, 1) + dt.timedelta(days=number)))
        commit = program.commit()
        assert commit is not None
        commit.apply(store)
        most = max(most, len(store))
    assert most <= 31 + 4


# --- how often it is right --------------------------------------------------------------------------


@cache
def severity(family: str, right: int, n: int) -> str:
    """The verdict of the rule on one evening."""
    verdict = accuracy_verdict(family, family, (right, n), accuracy_rule())
    return "" if verdict is None or not verdict.observation.outside else verdict.severity


def looks(dice: random.Random, family: str, accuracy: float, a_day: int = 10) -> set[str]:
    """Severities seen in a month of 30 days, looked at every evening."""
    right, seen = 0, set()
    for day in range(1, 31):
        right += sum(dice.random() < accuracy for _ in range(a_day))
        seen.add(severity(family, right, day * a_day))
    return seen


def test_a_healthy_centre_is_left_in_peace() -> None:
    """True accuracy at target, looked at daily: at most 1 critical and 15 warnings of 100 family-months."""
    dice = random.Random(8)
    targets = {"end_user": 0.95, "business": 0.90, "compliance": 0.995}
    months = [looks(dice, family, target) for family, target in targets.items() for _ in range(200)]
    assert sum("critical" in seen for seen in months) <= 0.01 * len(months)
    assert sum(bool(seen & {"warning", "critical"}) for seen in months) <= 0.15 * len(months)


def test_five_points_short_is_told_within_the_month() -> None:
    """Accuracy 90 % against a target of 95 %, 300 evaluations: a warning in at least 85 of 100 months."""
    dice = random.Random(9)
    months = [looks(dice, "end_user", 0.90) for _ in range(200)]
    assert sum(bool(seen & {"warning", "critical"}) for seen in months) >= 0.85 * len(months)


def test_the_machine_itself_warns_of_a_shortfall() -> None:
    """The same through days of a program: the family that falls short has its warning, the others have none."""
    month = simulated_month(
        5, agents=AGENTS, a_day=10, accuracy={"end_user": 0.88, "business": 0.95, "compliance": 1.0}
    )
    warned = {row["scope"] for row in run(month) if row["severity"] != "info" and row["item"] == "2.4"}
    assert warned - {"agents"} == {"end_user"}
    assert at("2026-04-30T19:30") == month[-1].interval_start_ms
