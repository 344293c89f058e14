"""Monitoring from the history: the same transactions as the engine counts, corrected, repeated or moved."""

import random
from pathlib import Path

import msgspec
import pytest
from engine import configuration, content, feed
from quality_months import sheet

from agents.engine.program import ProgramEngine
from agents.engine.queue import QueueEngine
from agents.intervals.outputs import Evaluated
from config.timestamps import from_rfc3339
from streams import admission
from streams.history.query import Filters
from streams.history.store import Store
from streams.quality.summary import quality_summary
from streams.records import Evaluation
from streams.report.critical_errors import Monitoring
from streams.told.queue_day import QueueDay

MARCH = from_rfc3339("2026-03-01T00:00:00Z")
SETTINGS = configuration(content(hours={"mon-fri": "08:00-20:00"}))
RULES = {name: {"parameters": dict(rule.parameters)} for name, rule in SETTINGS.last.program("retail").rules.items()}


def evaluations() -> list[Evaluation]:
    """Three hundred sheets of a morning: some updated, some of a contact seen twice, some restated."""
    dice, sheets = random.Random(7), []
    for number in range(300):
        contact = f"c{dice.randrange(240)}"
        right, evaluator = dice.random() < 0.9, dice.choice(("eve", "zoe", "ida"))
        agent, chosen = dice.choice(("ann", "bob", "cy")), dice.choice(("random", "random", "targeted"))
        name = f"e{number}"
        made = sheet(
            name, "2026-03-02T10:00", right=right, contact=contact, agent=agent, evaluator=evaluator, selection=chosen
        )
        sheets.append(made)
        if dice.random() < 0.3:
            later = made.evaluated_ms + dice.choice((0, 1, 60_000))
            checks = sheet(name, "2026-03-02T10:00", right=not right).checks
            sheets.append(msgspec.structs.replace(made, evaluated_ms=later, checks=checks))
    return sheets


@pytest.mark.parametrize("seed", range(4))
def test_history_counts_what_the_engine_counts(seed: int, tmp_path: Path) -> None:
    """Accuracy, calibration, failures and funnel of a month are equal, whatever the order of sheets."""
    sheets = evaluations()
    random.Random(seed).shuffle(sheets)
    begin = from_rfc3339("2026-03-02T08:00:00Z")
    contacts = [
        admission.admit_contact(
            f"k{n}",
            begin + n * 60_000,
            "answered",
            None,
            0,
            60_000,
            None,
            None,
            None,
            "ann",
            None,
            None,
            None,
            skew_ms=0,
        )
        for n in range(720)
    ]
    machine = QueueEngine(SETTINGS.queue("sales"), {})
    outputs = feed(machine, [*contacts[:1], *sheets, *contacts[1:]])
    outputs += machine.finish(from_rfc3339("2026-03-03T00:00:00Z"))
    days = [output for output in outputs if isinstance(output, QueueDay)]
    program = ProgramEngine([SETTINGS.last.program("retail")], {})
    for day in days:
        program.apply_record(day)
    monitoring = Monitoring()
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        rows = [output.row for output in outputs if isinstance(output, Evaluated)]
        # As after a crash: the end of the log comes again.
        store.write_evaluations(rows)
        store.write_evaluations(rows[random.Random(-seed).randrange(len(rows)) :])
        store.write_program_days([msgspec.to_builtins(day) for day in days])
        with store.reading() as reader:
            for batch in reader.evaluations(Filters()):
                for row in batch:
                    monitoring.add("retail", "UTC", row)
            for told in reader.program_days(Filters()):
                monitoring.add_day(told)
    kept = {figure.family: (figure.right, figure.n) for figure in monitoring.of("retail", None, RULES) if figure.n}
    assert kept == program.sheets()
    assert kept["end_user"][1] < 300 * 2 / 3  # a contact seen twice is one transaction
    month, found = program.month(), monitoring.summary("retail", RULES, MARCH)
    assert month is not None
    assert found is not None
    whole = quality_summary(month, days[-1].day, {name: rule["parameters"] for name, rule in RULES.items()})
    assert (found.calibration, found.failures) == (whole.calibration, whole.failures)
    assert found.coverage == [whole.coverage]
    assert [spread.figures for spread in found.spread] == [whole.spread]
    assert found.outside_funnel == [agent for agent in whole.funnel if agent.outside]


def test_a_month_that_was_cut_has_no_coverage() -> None:
    """Monitoring before the period is not known, so nobody is said to be behind."""
    monitoring = Monitoring()
    row = {"evaluation_id": "e", "handled_at": "2026-03-20T09:00:00Z", "evaluated_at": "2026-03-20T09:00:00Z"}
    empty = dict.fromkeys(("contact_id", "queue", "agent", "team", "shift", "evaluator", "checks"))
    monitoring.add("retail", "UTC", {**empty, **row, "selection": "random"})
    by = [["2026-03", "ann", None, None, 300, 90_000]]
    monitoring.add_day({"program": "retail", "queue": "sales", "day": "2026-03-20", "handled_by": by, "handled_at": []})
    for start, months in ((MARCH, ["2026-03"]), (MARCH + 1, [])):
        found = monitoring.summary("retail", RULES, start)
        assert found is not None
        assert [month.month for month in found.coverage] == months
