"""The page of definitions: the formulas of `copc` with worked examples, computed when the page is made."""

from collections.abc import Iterator
from typing import Final

from copc import erlang
from copc.attribution import Drivers, attribute
from copc.forecast import aht_z, attainable_share, volume_z
from copc.items import GOLD_TOTAL, ITEMS, STANDARD_TOTAL
from copc.quality import exact_interval
from copc.queue_model import QueueModel
from copc.service_level import DEFINITIONS, FORMULAS, Counts, counts_needed, service_level
from copc.sigma import DEFAULT_SHIFT, dpmo, sigma_level
from copc.staffing import required_agents
from intervalwatch.docs_pages.markdown import code, page, table

__all__ = ["definitions_page"]

_EXAMPLE: Final = Counts(answered=1000, abandoned=60, answered_within=860, abandoned_within=20, short_abandoned=10)
"""ICMI's example: the same contacts under six definitions."""
_PLAN: Final = Drivers(100, 180, 14)
_ACTUAL: Final = Drivers(112, 205, 13)
_SECONDS: Final = 1800
_THRESHOLD: Final = 20
_INTRODUCTION = """
The formulas as the program computes them (`copc/`), each with an example that was computed when this page was
generated. [Figures](../concepts/figures.md) explains them. Every figure keeps its numerator and denominator: over
several intervals, queues or days it is the sum of numerators over the sum of denominators, never a mean of
percentages.
"""


def definitions_page() -> str:
    """The text of the page."""
    return page(
        "Definitions",
        _INTRODUCTION,
        "## Service level",
        "Example (ICMI's): 1000 answered, 60 abandoned, 860 answered within the threshold, 20 abandoned within it, 10 "
        "short abandons.",
        table(("id", "formula", "example", "counts it needs"), _service_levels()),
        "## Erlang",
        "Service level of 100 contacts of 180 s in a half hour (10 erlang), 14 agents, threshold 20 s.",
        table(
            ("model", "P(wait)", "service level", "P(abandon)", "ASA, seconds", "agents required for 80 %"), _erlang()
        ),
        "## Causes of a missed service level",
        f"Plan {_PLAN.offered} contacts x {_PLAN.aht_seconds} s, {_PLAN.agents} agents scheduled; actual "
        f"{_ACTUAL.offered} x {_ACTUAL.aht_seconds} s, {_ACTUAL.agents} staffed; half hours, 20 s.",
        table(("model", "volume", "AHT", "staffing", "sum", "from", "to"), _causes()),
        "## Deviation from the forecast",
        table(
            ("figure", "example", "z"),
            (
                ("volume", "112 contacts, forecast 100, dispersion 1", f"{volume_z(112, 100):.10f}"),
                ("AHT", "205 s, forecast 180 s, 100 handled, cv 1", f"{aht_z(205, 180, 100):.10f}"),
            ),
        ),
        "Share of intervals within +-10 % that a perfect forecast attains (Poisson):",
        table(
            ("contacts forecast", "attainable share"),
            ((forecast, f"{float(attainable_share(forecast)):.0%}") for forecast in (20, 50, 100, 200, 400)),
        ),
        "## Sigma level",
        "With the shift of 1.5, and without it.",
        table(("yield", "DPMO", "sigma level", "without shift"), _sigma()),
        "## Exact interval of an accuracy",
        "Clopper-Pearson, 95 %.",
        table(
            ("right of n", "accuracy", "from", "to"),
            (
                (f"{right} of {n}", f"{right / n:.4f}", *(f"{end:.5f}" for end in exact_interval(right, n)))
                for right, n in ((95, 100), (285, 300), (199, 200), (88, 100))
            ),
        ),
        "## Items of the standard",
        f"After the COPC-2000 CSP standard, release 4.1. Points add up to {STANDARD_TOTAL:,}, with Gold to "
        f"{GOLD_TOTAL:,}.",
        table(
            ("item", "title", "条目", "points", "Gold"),
            ((i.code, i.title, i.title_zh, i.points or "-", i.gold_points) for i in ITEMS.values()),
        ),
    )


def _service_levels() -> Iterator[tuple[str, ...]]:
    for definition in DEFINITIONS:
        level = service_level(_EXAMPLE, definition).value
        needed = counts_needed(definition)
        yield definition, FORMULAS[definition], f"{level:.1%}", ", ".join(map(code, needed))


def _erlang() -> Iterator[tuple[str, ...]]:
    load, aht, agents = 10.0, 180.0, 14
    for model, patience in (("Erlang C", None), ("Erlang A, patience 300 s", 300.0)):
        yield (
            model,
            f"{float(erlang.wait_probability(load, agents, aht, patience)):.7f}",
            f"{float(erlang.service_level(load, agents, aht, _THRESHOLD, patience)):.7f}",
            "0" if patience is None else f"{float(erlang.abandon_probability(load, agents, aht, patience)):.7f}",
            f"{float(erlang.asa(load, agents, aht, patience)):.4f}",
            f"{int(required_agents(load, aht, _THRESHOLD, 0.80, patience))}",
        )


def _causes() -> Iterator[tuple[str, ...]]:
    for name, patience in (("Erlang C", None), ("Erlang A, patience 180 s", 180.0)):
        found = attribute(QueueModel(_THRESHOLD, patience_seconds=patience), _PLAN, _ACTUAL, _SECONDS)
        effects = found.volume, found.aht, found.staffing
        figures = (*effects, sum(effects), found.plan_level, found.actual_level)
        yield name, *(f"{figure:.4f}" for figure in figures)


def _sigma() -> Iterator[tuple[str, ...]]:
    for share in (0.80, 0.841345, 0.90, 0.95, 0.98):
        defects = dpmo(1 - share, 1)
        levels = (float(sigma_level(defects, shift)) for shift in (DEFAULT_SHIFT, 0))
        yield f"{share:.4%}", f"{defects:,.0f}", *(f"{level:.4f}" for level in levels)
