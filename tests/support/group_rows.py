"""Results of queues of a grouped centre, made without an engine, for tests of groups."""

from pathlib import Path

from config.settings import Configuration, configuration_of, settings_of
from config.timestamps import from_rfc3339
from config.yaml import parse_yaml
from copc.queue_model import QueueModel
from streams.results import IntervalResult

MODEL = QueueModel(20, 0.8, 180)
"""80 % in 20 s, patience 180 s."""


def configured(text: str) -> Configuration:
    """The configuration that a text stands for."""
    return configuration_of([settings_of(parse_yaml(text, "c.yaml"), Path("c.yaml"))])


def row(queue: str, start: str | int, offered: int, **changes: object) -> IntervalResult:
    """A sound half hour: four of five answered in time, a tenth abandoned, 200 s each, 6 agents, forecast exactly."""
    start_ms = from_rfc3339(start) if isinstance(start, str) else start
    length_ms = changes.get("interval_ms", 1_800_000)
    assert isinstance(length_ms, int)
    answered = offered - offered // 10
    found = IntervalResult(
        program="bank", queue=queue, channel="voice", interval_start_ms=start_ms, interval_ms=length_ms, revision=1,
        status="final", threshold_ms=20_000, parameters_version="unversioned", offered=offered, answered=answered,
        answered_within=answered * 4 // 5, abandoned=offered // 10, abandoned_within=0, short_abandoned=0, overflowed=0,
        waiting=0, wait_ms=answered * 11_000, handle_ms=answered * 200_000, handled=answered, occupied_ms=4_000_000,
        available_ms=6 * length_ms - 4_000_000, staffed_ms=6 * length_ms, plan_version="v",
        forecast_offered=float(offered), forecast_aht_seconds=200.0, scheduled_agents=6.0, spec="in_range",
        required_agents=MODEL.required_agents(offered * 200 / (length_ms / 1000), 200) if offered else None,
    )  # fmt: skip
    counts = found.service_level_counts(overflow_counts=False) if offered else None
    found.service_level = 0.8 if counts is None else counts.numerator / counts.denominator
    for name, value in changes.items():
        setattr(found, name, value)
    return found
