"""A whole document of a period, read from one snapshot of the history."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from config.settings import in_force
from config.timestamps import from_rfc3339
from streams.history.incidents.reading import incident_batches
from streams.history.query import Filters, HistoryQuery
from streams.history.stored_settings import StoredSettings
from streams.report.document.judgements import judgements
from streams.report.document.parts import Cover, Document, Provenance, Version
from streams.report.document.slices import Slices
from streams.report.report import report

__all__ = ["Verification", "document", "site_timezone"]

_HEAT_MAPS: Final = 40
"""Queues that have a heat map at most, those furthest below their target first."""

Verification = Callable[[HistoryQuery], Iterable[str]]
"""Draws the faults of a history, in words."""


def site_timezone(reader: HistoryQuery, at_ms: int | None = None) -> str:
    """IANA name of the site's clock, at an instant or by the latest version; UTC where no parameters are held."""
    versions = reader.parameters()
    if not versions:
        return "UTC"
    version = versions[-1] if at_ms is None else in_force(versions, at_ms)
    return str((StoredSettings(versions).of(version.version, None, None) or {}).get("timezone", "UTC"))


def document(
    reader: HistoryQuery,
    start: str,
    end: str,
    cover: Cover,
    *,
    gold: bool = False,
    progress: Callable[[int], object] = lambda _: None,
    groups: Iterable[Sequence[Mapping[str, Any]]] = (),
    verification: Verification | None = None,
    scorecard: dict[str, Any] | None = None,
) -> Document:
    """The document for intervals from `start` to before `end`.

    Args:
        reader: a snapshot of the history.
        start: RFC 3339.
        end: RFC 3339.
        cover: who made it of which site.
        gold: levels and points of Gold.
        progress: called with the number of results read since its last call.
        groups: rows of programs, sites and pools.
        verification: verifies the history; None: nobody asked for it.
        scorecard: of an assessment, if there is one.
    """
    slices = Slices()
    found = report(reader, start, end, gold=gold, progress=progress, groups=groups, seen=slices.add)
    held = StoredSettings(reader.parameters())
    versions = list(held.versions.values())
    version = in_force(versions, from_rfc3339(end) - 1).version if versions else ""
    maps = slices.heat_maps()
    return Document(
        **{name: getattr(found, name) for name in found.__struct_fields__},
        cover=cover,
        judgements=list(
            judgements(found.queues, found.programs, lambda program, queue: held.of(version, program, queue) or {})
        ),
        incidents=list(_incidents(reader, start, end)),
        slices=list(slices.slices()),
        heat_maps=[maps[queue.queue] for queue in found.queues[:_HEAT_MAPS]],
        data_quality=slices.quality({queue.queue: queue.intervals.left_out for queue in found.queues}),
        provenance=_provenance(reader, held, slices.versions, verification),
        scorecard=scorecard,
    )


def _incidents(reader: HistoryQuery, start: str, end: str) -> Iterator[dict[str, Any]]:
    """Those that began in the period, and before them those that were not over when it began."""
    start_ms = from_rfc3339(start)
    for batch in incident_batches(reader, Filters(end=end)):
        for row in batch:
            begun = from_rfc3339(row["since"]) >= start_ms
            if begun or row["until"] is None or from_rfc3339(row["until"]) > start_ms:
                yield row


def _provenance(
    reader: HistoryQuery, held: StoredSettings, named: Mapping[str, int], verification: Verification | None
) -> Provenance:
    entries, last = 0, ""
    for batch in reader.journal():
        for entry in batch:
            entries, last = entry["number"], entry["hash"]
    kinds: Counter[str] = Counter()
    for batch in reader.dead_letters():
        # A reason begins with its kind, and goes on with what was found.
        kinds.update(str(row["reason"]).partition(":")[0] for row in batch)
    findings = [] if verification is None else list(verification(reader))
    return Provenance(
        versions=[
            Version(own.version, own.valid_from, own.content_hash, named[own.version])
            for own in held.versions.values()
            if named.get(own.version)
        ],
        heads=reader.heads(),
        journal_entries=entries,
        journal_hash=last,
        verified="not_run" if verification is None else "broken" if findings else "sound",
        findings=findings,
        dead_letters=dict(sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))),
    )
