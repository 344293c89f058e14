"""Samples of public layouts, each with the mapping that a person wrote for it, and how far `map` is from it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.settings import Configuration, configuration_of, settings_of
from config.yaml import parse_yaml, read_yaml
from streams.codec import encode
from streams.sources.merge import parse_inputs, read_inputs
from streams.sources.proposal import HEAD_BYTES, Expected, Proposal, Sighted
from streams.sources.registry import recognise

__all__ = ["SAMPLES", "Outcome", "outcome_of"]

SAMPLES = Path(__file__).parents[1] / "streams" / "sources" / "recognising" / "samples"
NOW_MS = 1_774_000_000_000
"""After every sample: 20 March 2026."""


@dataclass(slots=True)
class Outcome:
    """How far a proposal is from the right mapping."""

    edits: list[str] = field(default_factory=list)
    """Lines that must be changed, added or removed, by key."""
    silent: list[str] = field(default_factory=list)
    """Those among them that nothing marks."""
    needless: list[str] = field(default_factory=list)
    """Marked lines that nobody had to look at."""
    refused: str = ""
    """The warnings, where it says that the file cannot be read."""


def _configuration(source: str, zone: str = "UTC") -> Configuration:
    lines = "\n".join(f"    {line}" for line in source.splitlines())
    minutes = next((line.split()[1] for line in source.splitlines() if line.startswith("interval_minutes:")), "30")
    text = f"site: {{timezone: {zone}, interval_minutes: {minutes}}}\nsources:\n  s:\n{lines}\n"
    return configuration_of([settings_of(parse_yaml(text, "c.yaml"), Path("c.yaml"))])


def _records(source: str, file: Path, zone: str) -> list[str]:
    configuration = _configuration(source, zone)
    inputs = parse_inputs(configuration, [f"s={file}"])
    found = []
    for _, batch in read_inputs(configuration, inputs, lambda: NOW_MS):
        for queue, record in zip(batch.queues, batch.records, strict=True):
            value = json.loads(encode(queue, [record]))[0]
            value.pop("derived", None)
            found.append(json.dumps(value, sort_keys=True))
    return sorted(found)


def propose(file: Path, record: str | None = None) -> Proposal:
    """The proposal for a sample."""
    expected = Expected(
        record,
        lambda queue: _configuration("format: csv\nrecord: interval\n").queue(queue)[-1].service_level,
        None,
        None,
        datetime.fromtimestamp(NOW_MS / 1000, UTC),
    )
    return recognise(Sighted(str(file), file.read_bytes()[:HEAD_BYTES], expected))[0]


def _flat(source: Any) -> Iterator[tuple[str, Any]]:
    for key, value in source.items():
        if key == "columns":
            yield from ((f"columns.{name}", one) for name, one in value.items())
        else:
            yield key, value


def outcome_of(file: Path) -> Outcome:
    """The outcome of one sample, whose right mapping stands beside it."""
    right = read_yaml(file.with_suffix(".right.yaml")).plain()
    assert isinstance(right, dict)
    proposal = propose(file, right.get("asked"))
    outcome = Outcome(refused="; ".join(proposal.warnings))
    text = "\n".join(proposal.lines())
    if "refused" in right or outcome.refused:
        if right.get("refused") is None:  # it says that it cannot: all lines are to be written by hand
            outcome.edits += [key for key, _ in _flat(right["source"])]
        elif right["refused"] not in outcome.refused:
            outcome.edits.append("refused")
            outcome.silent += [] if outcome.refused else ["refused"]
        return outcome
    marked = {".".join(entry.key) for entry in proposal.doubts()}
    wanted = "\n".join(_yaml(right["source"]))
    zone = right.get("zone", "UTC")
    if _records(text, file, zone) != _records(wanted, file, zone):
        mine, theirs = dict(_flat(parse_yaml(text, "p").plain())), dict(_flat(right["source"]))
        for key in sorted({*mine, *theirs}):
            if mine.get(key) != theirs.get(key) and not _same_records(text, right["source"], key, file, zone):
                outcome.edits.append(key)
                if key not in marked:
                    outcome.silent.append(key)
    outcome.needless = sorted(marked - set(right.get("open", [])) - set(outcome.edits))
    return outcome


def _same_records(text: str, right: Any, key: str, file: Path, zone: str) -> bool:
    """Whether it is all the same to the records which of the two values a line has."""
    other = parse_yaml(text, "p").plain()
    assert isinstance(other, dict)
    holder, name = (
        (other.setdefault("columns", {}), key.removeprefix("columns.")) if key.startswith("columns.") else (other, key)
    )
    theirs = dict(_flat(right)).get(key)
    if theirs is None:
        holder.pop(name, None)
    else:
        holder[name] = theirs
    try:
        return _records("\n".join(_yaml(other)), file, zone) == _records(text, file, zone)
    except Exception:  # noqa: BLE001 - then the line matters
        return False


def _yaml(source: Any) -> list[str]:
    return [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in source.items()]
