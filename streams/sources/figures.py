"""The figures that a source can give, and for the others the field that is lacking.

A file that maps nothing to `answered_within` gives no service level, whatever else is in it. Better that `check` says
so than that a wallboard stays empty.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from config.settings import Settings
from copc.service_level import counts_needed
from streams.sources.registry import Source
from streams.sources.source_format import NamesFields

__all__ = ["Figure", "figures_of", "told"]

_HANDLING: Final = ("talk_seconds", "hold_seconds", "wrap_seconds")


class Figure(NamedTuple):
    """A figure, and the fields without which there is none."""

    name: str
    needs: tuple[tuple[str, ...], ...]
    """Each group of fields must have one that is mapped."""

    def lacking(self, fields: frozenset[str]) -> list[str]:
        """The groups of which none is mapped, in words."""
        return [" or ".join(group) for group in self.needs if not fields.intersection(group)]


def _level(definition: str, *, overflow_counts: bool) -> Figure:
    needed = counts_needed(definition, overflow_counts=overflow_counts)  # type: ignore[arg-type]  # settings hold none else
    return Figure(f"service level {definition}", tuple((name,) for name in needed))


def _of_intervals(settings: Settings) -> Iterator[Figure]:
    yield from _levels(settings)
    yield Figure("abandon rate", (("answered",), ("abandoned",)))
    yield Figure("ASA", (("wait_seconds",), ("answered",)))
    yield Figure("AHT", (_HANDLING, ("handled",)))
    yield Figure("occupancy", (("occupied_seconds",), ("available_seconds",)))
    yield Figure("staffed agents", (("staffed_seconds",),))


def _levels(settings: Settings) -> Iterator[Figure]:
    queues = [settings.queue(queue, program) for program, queue in settings.configured_queues()]
    used = {(own.service_level.definition, own.service_level.overflow_counts) for own in queues or [settings.queue("")]}
    for definition, overflow_counts in sorted(used):
        yield _level(definition, overflow_counts=overflow_counts)


_LEFT: Final = ("exited_at", "wait_seconds")
_OTHERS: Final = {
    "contact": (
        Figure("service level", (("outcome",), _LEFT)),
        Figure("abandon rate", (("outcome",),)),
        Figure("ASA", (("outcome",), _LEFT)),
        Figure("AHT", (_HANDLING,)),
    ),
    "plan": (
        Figure("forecast volume", (("forecast_offered",),)),
        Figure("forecast AHT", (("forecast_aht_seconds",),)),
        Figure("scheduled agents", (("scheduled_agents",),)),
        Figure("required agents of the plan", (("required_agents",),)),
    ),
    "agent_state": (Figure("staffed agents, occupancy", (("state",), ("queues",))),),
    "evaluation": (Figure("critical error accuracy", (("checks",),)), Figure("coverage of agents", (("agent",),))),
}


def figures_of(record: str, settings: Settings) -> tuple[Figure, ...]:
    """The figures that records of a type serve, in the definitions that the configuration uses."""
    return tuple(_of_intervals(settings)) if record == "interval" else _OTHERS.get(record, ())


def told(source: Source, settings: Settings) -> Iterator[str]:
    """A line for each figure that a source gives or does not give; none where its files or its format say so.

    Args:
        source: the source.
        settings: of the definitions in use.
    """
    record, reader = source.settings.record, source.reader
    mapped = reader.mapped if isinstance(reader, NamesFields) else None
    if mapped is None or record is None:
        return
    given: list[str] = []
    for figure in figures_of(record, settings):
        lacking = figure.lacking(mapped)
        if lacking:
            yield f"no {figure.name} from {source.name}: {', '.join(lacking)} is mapped to nothing"
        else:
            given.append(figure.name)
    if given:
        yield f"{source.name} can give {', '.join(given)}"
