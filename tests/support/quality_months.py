"""Months of a program's days, made up or simulated, for tests of what its machine makes of them."""

import datetime as dt
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from engine import at, configuration, content
from msgspec import structs

from agents.engine.program import ProgramEngine
from streams.records import Check, Evaluation
from streams.told.queue_day import HandledAt, HandledBy, QueueDay

HALF_HOUR = 1_800_000
FAMILIES = {"end_user": 0.95, "business": 0.90, "compliance": 0.995}
HOURS = tuple(range(8, 20))


def machine(rules: dict[str, Any] | None = None, **site: Any) -> ProgramEngine:
    """A machine of the program `retail`."""
    settings = configuration(content(rules=rules, **site))
    return ProgramEngine([version.program("retail") for version in settings.versions], {})


def sheet(
    name: str,
    instant: str | int,
    *,
    right: bool = True,
    family: str = "end_user",
    delay: int = 60_000,
    contact: str | None = None,
    agent: str | None = "ann",
    team: str | None = "north",
    shift: str | None = "early",
    evaluator: str | None = "eve",
    selection: str = "random",
) -> Evaluation:
    """An evaluation of one check, `delay` ms after the contact."""
    handled = at(instant) if isinstance(instant, str) else instant
    checks = (Check("check", family, right),)
    return Evaluation(name, handled, handled + delay, selection, checks, contact, agent, team, shift, evaluator)


def told(
    date: str | dt.date,
    evaluations: Iterable[Evaluation] = (),
    handled: Iterable[tuple[str, int]] = (),
    hours: Iterable[tuple[int, int]] = (),
    queue: str = "sales",
    next_day: dt.date | None = None,
    **parts: Any,
) -> QueueDay:
    """A queue's day: evaluations, contacts handled by agent (60 s each, team north, early), contacts by hour."""
    day = dt.date.fromisoformat(date) if isinstance(date, str) else date
    month = f"{day:%Y-%m}"
    return QueueDay(
        "retail",
        queue,
        day,
        next_day or day + dt.timedelta(days=1),
        "UTC",
        at(f"{day}T19:30"),
        HALF_HOUR,
        handled_by=tuple(HandledBy(month, agent, "north", "early", n, n * 60_000) for agent, n in handled),
        handled_at=tuple(HandledAt(month, hour, n) for hour, n in hours if n),
        evaluations=tuple(evaluations),
        **parts,
    )


def run(days: Iterable[QueueDay], engine: ProgramEngine | None = None) -> list[dict[str, Any]]:
    """The breach records of some days, the last ones judged too."""
    program = machine() if engine is None else engine
    for day in days:
        program.apply_record(day)
    program.finish()
    return [event.row for event in program.take()]


def simulated_month(
    seed: int,
    *,
    agents: Sequence[str],
    a_day: int,
    monitored: Callable[[str, int], bool] = lambda _agent, _hour: True,
    accuracy: dict[str, float] | None = None,
    days: int = 30,
) -> list[QueueDay]:
    """Days of a centre: 40 contacts an agent and day, in two teams and shifts; `a_day` of those allowed monitored.

    Args:
        seed: of chance.
        agents: their names; those at odd places are of team south and the late shift's hours.
        a_day: evaluations a day.
        monitored: whether contacts of an agent at an hour may be chosen.
        accuracy: true accuracy by family; the targets by default.
        days: of the month.
    """
    dice = random.Random(seed)
    true = FAMILIES if accuracy is None else accuracy
    result: list[QueueDay] = []
    for number in range(days):
        date = dt.date(2026, 4, 1) + dt.timedelta(days=number)
        midnight = at(f"{date}T00:00")
        contacts: list[tuple[str, int]] = []
        for place, agent in enumerate(agents):
            hours = HOURS[4:] if place % 2 else HOURS[:8]
            contacts += [(agent, dice.choice(hours)) for _ in range(40)]
        chosen = dice.sample([one for one in contacts if monitored(*one)], a_day)
        evaluations = []
        for count, (agent, hour) in enumerate(chosen):
            late = agents.index(agent) % 2
            handled = midnight + hour * 3_600_000 + dice.randrange(3_600_000)
            checks = tuple(Check(family, family, dice.random() < share) for family, share in true.items())
            team, shift = ("south", "late") if late else ("north", "early")
            name = f"{date}-{count}"
            evaluations.append(
                Evaluation(name, handled, handled + 60_000, "random", checks, name, agent, team, shift, "eve")
            )
        month = f"{date:%Y-%m}"
        who = [(agent, *(("south", "late") if place % 2 else ("north", "early"))) for place, agent in enumerate(agents)]
        counts = {hour: sum(1 for _, other in contacts if other == hour) for hour in HOURS}
        result.append(
            structs.replace(
                told(date, evaluations, (), counts.items()),
                handled_by=tuple(HandledBy(month, *names, 40, 0) for names in who),
            )
        )
    return result
