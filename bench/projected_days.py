"""Simulated days that are projected at noon, to see whether levels and chances come true.

A centre is staffed for 80 % by its forecast. Each day's volume and handle time stray as a whole and from half hour to
half hour. In every second study some days have an incident: volume +40 %, handle time +30 % or a fifth of the agents
away, for two to four hours. At noon the same is known as in a live engine: final counts, mean handle times,
agents who are there, contacts that wait. Nothing is told of incidents to come.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from copc.arguments import Floats
from copc.day_sums import Day, DaySums, learn_day, pattern_of
from copc.projected_day import NO_RECORD, DayAhead, DayRecord, learn_outcome
from copc.projection import Coming, Objectives, Rest, levels_of, paths_of
from copc.queue_model import QueueModel
from copc.reforecast import Belief, DayPattern, ahead, covariance, observe, prior
from copc.simulation import Present, simulate_day

__all__ = ["Study", "project_days"]

SECONDS: Final = 1800.0
SLOTS: Final = 24
NOON: Final = 8
"""Half hours before noon: the day opens at 08:00."""
NEXT: Final = 4
WARM_UP: Final = 40
MODEL: Final = QueueModel(threshold_seconds=20, target=0.8, patience_seconds=180)
AHT: Final = 240.0
AT: Final = (np.arange(SLOTS) + 0.5) * SECONDS + 8 * 3600
HOURS: Final = (AT // 3600).astype(np.int64)
REMEMBERED: Final = np.exp(-np.arange(SLOTS - NOON) / 4)
"""The part of today's absence that is expected of each half hour ahead."""


class Outcome(NamedTuple):
    """One day, as projected at noon and as it came."""

    chance: float
    """P(day at target)."""
    made_it: bool
    day_error: float
    in_day_range: bool
    errors: Floats
    """Projected less actual service level of the next four half hours."""
    inside: Floats
    """Whether each was in its 80 % range."""


@dataclass
class Study:
    """The days of one centre."""

    name: str
    outcomes: list[Outcome] = field(default_factory=list)

    def column(self, name: str) -> Floats:
        """One figure of all days."""
        return np.array([getattr(outcome, name) for outcome in self.outcomes], dtype=np.float64)


@dataclass
class Learned:
    """The queue's knowledge of its past days."""

    volume: DaySums = field(default_factory=DaySums)
    handling: DaySums = field(default_factory=DaySums)
    record: DayRecord = NO_RECORD


class Lived(NamedTuple):
    """A simulated day, by half hour."""

    offered: Floats
    within: Floats
    answered: Floats
    aht: Floats
    agents: Floats
    noon: Present


def live_day(rng: np.random.Generator, forecast: Floats, plan: Floats, incidents: float) -> Lived:
    """One day; with the chance `incidents` something goes wrong in it."""
    offered = forecast * np.exp(rng.normal(0, 0.08) + rng.normal(0, 0.05, SLOTS))
    aht = AHT * np.exp(rng.normal(0, 0.04) + rng.normal(0, 0.02, SLOTS))
    agents = plan.copy()
    if rng.random() < incidents:
        kind, first = rng.integers(3), rng.integers(2, 16)
        wrong = slice(first, first + rng.integers(4, 9))
        if kind == 0:
            offered[wrong] *= 1.4
        elif kind == 1:
            aht[wrong] *= 1.3
        else:
            agents[wrong] = np.round(agents[wrong] * 0.8)
    contacts, present = simulate_day(
        rng,
        offered=offered.tolist(),
        aht_seconds=aht.tolist(),
        agents=[int(heads) for heads in agents],
        interval_seconds=SECONDS,
        patience_seconds=MODEL.patience_seconds or np.inf,
    )
    slot = (contacts.offered_at // SECONDS).astype(np.intp)
    within = contacts.answered & (contacts.wait_seconds <= MODEL.threshold_seconds)
    came, good, answered = (
        np.bincount(slot, weights=part, minlength=SLOTS) for part in (np.ones(len(slot)), within, contacts.answered)
    )
    # A mean of so many exponential handle times.
    measured = aht * (1 + rng.normal(0, 1, SLOTS) / np.sqrt(np.maximum(answered, 1)))
    return Lived(came, good, answered, measured, agents, present[NOON])


def _believe(pattern: DayPattern, ratios: Floats, weights: Floats) -> Belief:
    """The knowledge at noon."""
    belief = prior(pattern)
    for slot in range(NOON):
        belief = observe(belief, pattern, ratios[slot], weights[slot], AT[slot], int(HOURS[slot]))
    return belief


def _project(day: Lived, forecast: Floats, plan: Floats, learned: Learned) -> tuple[Rest, DayAhead]:
    """The projection at noon."""
    rest = slice(NOON, SLOTS)
    patterns = pattern_of(learned.volume), pattern_of(learned.handling)
    beliefs = (
        _believe(patterns[0], day.offered / forecast, forecast / patterns[0].dispersion),
        _believe(patterns[1], day.aht / AHT, day.answered),
    )
    pairs = list(zip(beliefs, patterns, strict=True))
    factors = [ahead(belief, pattern, AT[rest], HOURS[rest], int(HOURS[NOON])).factor for belief, pattern in pairs]
    doubt = [covariance(belief, pattern, AT[rest], HOURS[rest])[None] for belief, pattern in pairs]
    volume_paths = paths_of(doubt[0])
    away = 1 - day.agents[NOON - 1] / plan[NOON - 1]
    coming = Coming(
        offered=(forecast[rest] * factors[0])[None],
        aht_seconds=(AHT * factors[1])[None],
        agents=(plan[rest] * (1 - away * REMEMBERED))[None],
        seconds=np.full((1, SLOTS - NOON), SECONDS),
        volume_paths=volume_paths,
        load_paths=volume_paths * paths_of(doubt[1], second=True),
        busy=np.array([float(day.noon.busy)]),
        waiting=np.array([float(day.noon.waiting)]),
        dispersion=np.array([patterns[0].dispersion]),
    )
    objectives = Objectives(np.array([MODEL.threshold_seconds]), np.array([MODEL.patience_seconds]))
    projected = levels_of(objectives, coming)
    known = np.array([day.within[:NOON].sum()]), np.array([day.offered[:NOON].sum()])
    record = learned.record
    return projected, DayAhead(*known, projected, np.array([record.shift]), np.array([record.width]))


def project_days(days: int, contacts: float, incidents: float, seed: int) -> Study:
    """Live and project so many days of a centre with so many contacts a half hour."""
    rng = np.random.default_rng(seed)
    profile = 1 + 0.6 * np.sin(np.linspace(0, np.pi, SLOTS)) ** 2
    forecast = contacts * profile / profile.mean()
    plan = np.array([float(MODEL.required_agents(offered * AHT / SECONDS, AHT)) for offered in forecast])
    learned, study = Learned(), Study(f"{contacts:g} contacts a half hour, {incidents:.0%} of days with an incident")
    soon = slice(NOON, NOON + NEXT)
    for number in range(WARM_UP + days):
        day = live_day(rng, forecast, plan, incidents)
        rest, projected = _project(day, forecast, plan, learned)
        expected, close = projected.expect(), day.within.sum() / day.offered.sum()
        if number >= WARM_UP:
            levels = day.within[soon] / day.offered[soon]
            study.outcomes.append(
                Outcome(
                    chance=float(projected.at_least(np.array([MODEL.target]))[0]),
                    made_it=bool(close >= MODEL.target),
                    day_error=float(expected.level[0] - close),
                    in_day_range=bool(expected.low[0] <= close <= expected.high[0]),
                    errors=rest.level[0, :NEXT] - levels,
                    inside=(rest.low[0, :NEXT] <= levels) & (levels <= rest.high[0, :NEXT]),
                )
            )
        learned = Learned(
            learn_day(learned.volume, Day(day.offered, forecast, AT, HOURS)),
            learn_day(learned.handling, Day(day.answered * day.aht / AHT, day.answered, AT, HOURS)),
            learn_outcome(learned.record, float(expected.plain[0]), float(expected.deviation[0]), float(close)),
        )
    return study
