"""The history that a fault run must have: the same records through the same engines, without any fault."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

import msgspec

from agents.engine.program import ProgramEngine
from agents.engine.queue import QueueEngine
from agents.groups.engine import GroupEngine
from agents.groups.telling import Telling
from agents.intervals.outputs import BreachEvent, Evaluated, Output, Result
from config.settings import Configuration
from streams.history.query import Filters
from streams.history.store import Store
from streams.records import TYPE_RANK, Check, Evaluation, Record, event_ms
from streams.source_words import Feed
from streams.told.queue_day import QueueDay
from streams.told.queue_interval import QueueInterval

__all__ = ["History", "clean_history", "evaluated", "held_history"]

CHECKS = tuple(Check(f"the agent said what belongs to point {number:02}", "business", True) for number in range(20))
ARN = "arn:aws:connect:eu-central-1:123456789012:instance/00000000-0000-0000-0000-000000000000/contact"


@dataclass
class History:
    """Everything that the promise of equality covers, each row by its identity."""

    hashes: dict[str, list[str]] = field(default_factory=dict)
    """By queue, those of its results in order of publication."""
    breaches: dict[str, str] = field(default_factory=dict)
    """But for notices about open intervals."""
    evaluations: dict[str, str] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    """The days that queues told their programs."""

    def sizes(self) -> tuple[int, int, int, int]:
        """Numbers of results, breaches, evaluations and days."""
        return sum(map(len, self.hashes.values())), len(self.breaches), len(self.evaluations), len(self.days)

    def differences(self, other: "History") -> list[str]:
        """The rows that differ, a line each."""
        found = []
        for kind in ("hashes", "breaches", "evaluations", "days"):
            mine, others = getattr(self, kind), getattr(other, kind)
            found += [
                f"{kind} {key}: {mine.get(key)} and {others.get(key)}"
                for key in sorted({*mine, *others})
                if mine.get(key) != others.get(key)
            ]
        return found


def evaluated(count: int, from_ms: int, step_ms: int) -> list[Record]:
    """Evaluations of 20 checks with contact ids of ARN length, one each `step_ms`."""
    return [
        Evaluation(
            f"e{number}", at, at + 1, "random", CHECKS, f"{ARN}/{number:036}", f"a{number % 40}", "t", "s", "eva"
        )
        for number, at in enumerate(range(from_ms, from_ms + count * step_ms, step_ms))
    ]


def clean_history(
    configuration: Configuration,
    records: Mapping[str, Sequence[Record]],
    url: str,
    sources: Mapping[str, str] | None = None,
    words: Sequence[tuple[int, Feed]] = (),
) -> History:
    """The history that the records make, each queue's in their order; it is written to `url` and read from there.

    Args:
        configuration: of the centre.
        records: by queue, in order of event time.
        url: of the history.
        sources: by queue, the source of its call data; None: it does not say.
        words: the moment of each word of a source, which every queue hears.
    """
    days: list[QueueDay] = []
    told: list[QueueInterval] = []
    telling = Telling(configuration)
    with Store(url) as store:
        for queue, held in records.items():
            engine = QueueEngine(configuration.queue(queue), {})
            feeds = [None if sources is None else sources[queue]]
            outputs: list[Output] = []
            for record in merge(held, (word for _, word in words), key=_order):
                engine.apply_records([record], [0], "clean", [0], feeds=feeds)
                outputs += engine.take()
            store.write_results(
                [{**each.row, "position": each.position} for each in outputs if isinstance(each, Result)]
            )
            store.write_breaches([each.row for each in outputs if isinstance(each, BreachEvent)])
            store.write_evaluations([each.row for each in outputs if isinstance(each, Evaluated)])
            results = [each for each in outputs if isinstance(each, Result)]
            told += [each for output in results for each in telling.of(output.result, output.together)]
            days += [each for each in outputs if isinstance(each, QueueDay)]
        store.write_program_days([msgspec.to_builtins(day) for day in days])
        for program in sorted({day.program for day in days}):
            watch = ProgramEngine([settings.program(program) for settings in configuration.versions], {})
            for day in sorted(days, key=lambda each: (each.day, each.queue, each.part)):
                if day.program == program:
                    watch.apply_record(day)
            store.write_breaches([event.row for event in watch.take()])
        for kind, name in sorted({(each.kind, each.group) for each in told}):
            group = GroupEngine(configuration, kind, name, {})
            for each in sorted(told, key=lambda each: (each.through_ms, each.result.queue, each.result.revision)):
                if (each.kind, each.group) == (kind, name):
                    group.apply_record(each)
            store.write_breaches([event.row for event in group.take() if isinstance(event, BreachEvent)])
    return held_history(url)


def held_history(url: str) -> History:
    """The part of a history that the promise of equality covers."""
    held, everything = History(), Filters()
    with Store(url) as store, store.reading() as reader:
        for row in _rows(reader.results(everything)):
            held.hashes.setdefault(row["queue"], []).append(row["hash"])
        for row in _rows(reader.breaches(everything)):
            if not row["live"]:
                held.breaches[f"{row['breach_id']} {row['sequence']}"] = _text(row)
        for row in _rows(reader.evaluations(everything)):
            held.evaluations[f"{row['queue']}/{row['evaluation_id']}"] = _text(row)
        for row in reader.program_days(everything):
            held.days[f"{row['program']}/{row['queue']}/{row['day']}/{row['part']}"] = _text(row)
    return held


def _order(record: Record) -> tuple[int, int]:
    """Place of a record or word in a replay; a word stands before the first row beyond the end of its interval."""
    return event_ms(record), TYPE_RANK[type(record)]


def _rows(batches: Iterable[Iterable[Mapping[str, Any]]]) -> Iterable[Mapping[str, Any]]:
    return (row for batch in batches for row in batch)


def _text(row: Mapping[str, Any]) -> str:
    return msgspec.json.encode(row, order="sorted", enc_hook=str).decode()
