"""Checking a history, or a file exported from it: every chain is walked and every row recomputed.

Each queue's results are followed from the first to the head that the store (or the sidecar) keeps: a row
that was changed, deleted, inserted or moved breaks the walk at its place. A whole chain that was rewritten
is consistent in itself; only a head that an auditor kept elsewhere (`anchors`) tells.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from config.errors import UserError
from config.timestamps import from_rfc3339
from streams.audit.arithmetic import figure_problems
from streams.audit.breaches import BreachCheck, first_problem, life_problems
from streams.audit.findings import EXPORT_UNPROVED, RETIRED_UNPROVED, SAVED_AGAIN_UNPROVED, UNPROVED, Finding, Summary
from streams.audit.journal import journal_findings
from streams.audit.left_out import Exported, LeftOut, Retired, configured_programs
from streams.audit.workbooks import was_saved_again
from streams.export.proof import Proof, ProofHead
from streams.export.readers import FileRow, UnreadableRow, read_export
from streams.history.chain import FORMS, GENESIS_HASH, content_hash, form_of, outside, row_hash
from streams.history.query import BATCH_ROWS, Filters, HistoryQuery, Link, ParameterVersion
from streams.history.stored_settings import StoredSettings

__all__ = ["Finding", "Summary", "verify_export", "verify_history"]

_EVERYTHING: Final = Filters()


class _Item(NamedTuple):
    """A result on the walk along its chain: its row, or only its link."""

    link: Link
    where: str
    row: Mapping[str, Any] | None


class _Parameters:
    """The parameter versions that the rows may name."""

    def __init__(self, versions: Iterable[ParameterVersion]) -> None:
        self._held: Final = StoredSettings(versions)
        self.versions: Final = self._held.versions
        self._begins: Final = {name: from_rfc3339(own.valid_from) for name, own in self.versions.items()}
        self._first: Final = min(self._begins.values(), default=0)

    def level(self, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The service level settings of the row's queue in its version: its own, its program's, or the site's."""
        settings = self._held.of_row(row)
        return None if settings is None else settings.get("service_level")

    def problems(self, row: Mapping[str, Any]) -> Iterator[str]:
        """The row names a version that holds for it, and is counted as that version says."""
        name, level = row["parameters_version"], self.level(row)
        if level is None:
            yield f"parameters_version is {name!r}, which is not among the parameters kept"
            return
        begins = self._begins[name]
        if begins > self._first and begins > from_rfc3339(row["interval_start"]):
            yield f"parameters_version is {name!r}, which holds from {self.versions[name].valid_from} on only"
        if row["definition"] != level["definition"]:
            yield f"definition is {row['definition']!r}, and the parameters say {level['definition']!r}"
        seconds = row["threshold_seconds"]
        if seconds is None or round(seconds * 1000) != level["threshold_ms"]:
            yield f"threshold_seconds is {seconds}, and the parameters say {level['threshold_ms'] / 1000:g}"

    def broken(self) -> Iterator[Finding]:
        """Versions whose content is not what was in force."""
        for name, version in self.versions.items():
            place = f"parameters version {name!r}"
            if content_hash(version.content) != version.content_hash:
                yield Finding(place, "its content does not give its hash: a definition or setting was changed")
            begins = {own["parameters_from_ms"] for own in version.content if "parameters_from_ms" in own}
            if begins - {self._begins[name]}:
                yield Finding(place, f"its `from` was changed to {version.valid_from}")


def verify_history(reader: HistoryQuery, summary: Summary, anchors: Proof | None = None) -> Iterator[Finding]:
    """Check a history: parameters, every chain, every row.

    Args:
        reader: a snapshot of it.
        summary: is filled.
        anchors: a sidecar that was kept elsewhere; the chains must still pass through its heads.

    Yields:
        The first thing that is wrong with each queue, and with each parameter version.
    """
    parameters = _Parameters(reader.parameters())
    yield from parameters.broken()
    if anchors is not None:
        for kept in anchors.versions():
            held = parameters.versions.get(kept.version)
            if held is None or held.content_hash != kept.content_hash:
                yield Finding(f"parameters version {kept.version!r}", "is not what it was when the sidecar was written")
    summary.unproved |= UNPROVED
    heads, before = reader.heads(), reader.retired_before()
    before_ms = None if before is None else from_rfc3339(before)
    if before is not None:
        summary.unproved |= RETIRED_UNPROVED
    known = set(heads) | set(reader.queues(_EVERYTHING)) | set(anchors.heads if anchors else ())
    for queue in sorted(known | reader.breach_queues()):
        summary.queues += queue in known
        breaches = BreachCheck(reader.breach_changes(queue), before_ms)
        if queue in known:
            anchor = anchors.heads.get(queue) if anchors is not None else None
            walk = _Walk(queue, parameters, summary, Retired(before), breaches)
            broken = list(walk.through(_held(reader, queue), heads.get(queue), anchor))
            yield from broken
            if broken:
                continue  # Nobody can tell any more which breaches the results name.
        yield from breaches.findings()
    yield from _of_no_queue(reader, before_ms)
    entries = (("", entry) for batch in reader.journal() for entry in batch)
    yield from journal_findings(entries, None if anchors is None else anchors.journal, whole=False)


def _of_no_queue(reader: HistoryQuery, before_ms: int | None) -> Iterator[Finding]:
    """Check breaches of programs' own."""
    for identity, records in groupby(reader.breach_changes(None), key=lambda change: change["breach_id"]):
        problem = first_problem(life_problems(identity, list(records), before_ms))
        if problem is not None:
            yield Finding(f"breach {identity}", problem)


def _held(reader: HistoryQuery, queue: str) -> Iterator[_Item]:
    """A queue's results in the database, with those of which retention left the link."""
    rows = (
        _Item(_link(row["position"], row), f"number {row['position'] + 1} of its queue", row)
        for batch in reader.queue_results(queue, _EVERYTHING, "position")
        for row in batch
    )
    retired = (_Item(link, "retired", None) for link in reader.left_out(queue, _EVERYTHING))
    return heapq.merge(rows, retired, key=lambda item: item.link.position)


def _link(position: int, row: Mapping[str, Any]) -> Link:
    return Link(position, row["interval_start"], row["revision"], row["previous_hash"], row["hash"])


def verify_export(path: Path, proof: Proof, summary: Summary) -> Iterator[Finding]:
    """Check an exported file against its sidecar: every chain, every row.

    A workbook that a spreadsheet saved again lost digits that its hashes need. It passes where its values are those
    that were exported, to the digits that a spreadsheet keeps, and the summary says so.

    Args:
        path: a file that `export` wrote.
        proof: its sidecar.
        summary: is filled.

    Yields:
        The first thing that is wrong with each queue, and with each parameter version.

    Raises:
        UserError: the file cannot be read, is no export of intervals, or holds forms of a later program.
    """
    _require_known_forms(path, proof)
    findings = _export_findings(path, proof, summary)
    first = next(findings, None)
    if first is None:
        return
    if was_saved_again(path, proof):
        summary.rows, summary.saved_again = proof.rows, True
        summary.queues = sum(head.exported for head in proof.heads.values())
        summary.unproved.add(SAVED_AGAIN_UNPROVED)
        return
    yield first
    yield from findings


def _export_findings(path: Path, proof: Proof, summary: Summary) -> Iterator[Finding]:
    summary.unproved |= EXPORT_UNPROVED
    parameters = _Parameters(proof.versions())
    yield from parameters.broken()
    programs = configured_programs(proof.versions())
    sound = True
    expected = {queue for queue, head in proof.heads.items() if head.exported}
    seen: set[str] = set()
    try:
        for queue, rows in groupby(read_export(path), key=lambda found: found.row["queue"]):
            if queue in seen or queue not in expected:
                again = (
                    "again, after those of another queue: rows were moved"
                    if queue in seen
                    else "that the sidecar does not know"
                )
                yield Finding(next(rows).where, f"a result of queue {queue!r} {again}")
                continue
            seen.add(queue)
            for finding in _walk_file(queue, rows, proof, parameters, programs, summary):
                sound = False
                yield finding
    except UnreadableRow as error:
        yield Finding(str(path), str(error))
        return
    for queue in sorted(expected - seen):
        for finding in _walk_file(queue, iter(()), proof, parameters, programs, summary):
            sound = False
            yield finding
    for queue in sorted(proof.heads.keys() - expected):
        if not _filtered_out(queue, proof, programs):
            sound = False
            yield Finding(f"queue {queue!r}", "is not in the file, and the sidecar's filter lets it through")
    if sound and summary.rows != proof.rows:
        yield Finding(str(path), f"has {summary.rows} results, and the sidecar says {proof.rows}")


def _require_known_forms(path: Path, proof: Proof) -> None:
    unknown = [form for form in proof.forms if form not in FORMS]
    if unknown:
        raise UserError(
            f"{path}: holds results of form {unknown[0]}, which cannot be checked: this program knows forms up to "
            f"{FORMS[-1]}; verify it with the program that exported it, or a newer one"
        )


def _walk_file(
    queue: str,
    rows: Iterator[FileRow],
    proof: Proof,
    parameters: _Parameters,
    programs: Mapping[str, frozenset[str]],
    summary: Summary,
) -> Iterator[Finding]:
    summary.queues += 1
    head = proof.heads[queue]
    left_out = Exported(proof.filters, Retired(proof.retired_before), programs.get(queue, frozenset()), summary)
    walk = _Walk(queue, parameters, summary, left_out)
    yield from walk.through(_filled(rows, proof.links(queue)), (head.results, head.last_hash), None)


def _filtered_out(queue: str, proof: Proof, programs: Mapping[str, frozenset[str]]) -> bool:
    """Whether the filter may leave a queue out as a whole."""
    asked = proof.filters
    if asked.queue is not None and asked.queue != queue:
        return True
    return asked.program is not None and programs.get(queue) != frozenset({asked.program})


def _filled(rows: Iterable[FileRow], links: Iterable[Link]) -> Iterator[_Item]:
    """A queue's rows in the file, with the links of those that were left out put back in their places."""
    gaps = {link.position: link for link in links}
    position = 0
    for where, row in rows:
        while (link := gaps.pop(position, None)) is not None:
            yield _Item(link, "left out", None)
            position += 1
        yield _Item(_link(position, row), where, row)
        position += 1
    for link in sorted(gaps.values()):
        yield _Item(link, "left out", None)


class _Walk:
    """Follows one queue's chain to its head, and stops at the first thing that is wrong.

    Args:
        queue: whose results.
        parameters: that they may name.
        summary: is filled.
        left_out: judges what is not there.
        breaches: is told of every result; None: breaches are not at hand.
    """

    def __init__(
        self,
        queue: str,
        parameters: _Parameters,
        summary: Summary,
        left_out: LeftOut,
        breaches: BreachCheck | None = None,
    ) -> None:
        self._chain: Final = f"queue {queue!r}"
        self._parameters: Final = parameters
        self._summary: Final = summary
        self._left_out: Final = left_out
        self._breaches: Final = breaches
        self._revisions: Final[dict[str, tuple[int, str | None]]] = {}

    def through(
        self, items: Iterator[_Item], head: tuple[int, str] | None, anchor: ProofHead | None
    ) -> Iterator[Finding]:
        """The first finding on the way through `items` to `head`, and past `anchor`."""
        if head is None:
            there = next(items, None) is not None
            cause = "has results and no chain head: the head was deleted, or results were inserted"
            yield Finding(self._chain, cause if there else "is gone, and was there when the sidecar was written")
            return
        results, last_hash = head
        running, position = GENESIS_HASH, 0
        for item in items:
            link = item.link
            problems = [*_out_of_place(link, position, running), *self._problems(item)]
            if position >= results:
                problems.append(f"stands after the end of its chain, which its head says has {results} results")
            if problems:
                place = f"{self._chain}, interval {link.interval_start}, revision {link.revision} ({item.where})"
                yield Finding(place, "; ".join(problems))
                return
            running = link.hash
            position += 1
            if anchor is not None and position == anchor.results and running != anchor.last_hash:
                yield self._rewritten(link, position, anchor)
                return
        yield from (Finding(self._chain, problem) for problem in islice(self._left_out.end(), 1))
        if position < results or running != last_hash:
            yield Finding(
                self._chain,
                f"is truncated: {position} of {results} results are there"
                if position < results
                else f"ends with the hash {running[:12]}…, and its head says {last_hash[:12]}…",
            )
        elif anchor is not None and position < anchor.results:
            yield Finding(self._chain, f"has {position} results, and had {anchor.results} when the sidecar was written")

    def _problems(self, item: _Item) -> Iterator[str]:
        """The faults of an item beside its place in the chain."""
        link, row, summary = item.link, item.row, self._summary
        if row is None:
            summary.left_out += 1
            yield from self._left_out.absent(link)
        else:
            summary.rows += 1
            if summary.progress is not None and summary.rows % BATCH_ROWS == 0:
                summary.progress(BATCH_ROWS)
            problems = _content(row, self._parameters)
            yield from problems
            if not problems:
                yield from self._left_out.present(link, row)
                if self._breaches is not None:
                    self._breaches.add(row)
        yield from _out_of_turn(link, row, self._revisions)

    def _rewritten(self, link: Link, position: int, anchor: ProofHead) -> Finding:
        return Finding(
            self._chain,
            f"was rewritten: number {position} (interval {link.interval_start}, revision {link.revision}) has the "
            f"hash {link.hash[:12]}…, and had {anchor.last_hash[:12]}… when the sidecar was written",
        )


def _content(row: Mapping[str, Any], parameters: _Parameters) -> list[str]:
    """The faults of a row by itself."""
    form = form_of(row)
    if form not in FORMS:
        return [f"is of form {form}, which cannot be checked: this program knows forms up to {FORMS[-1]}"]
    problems = [
        f"{column} is {row[column]}, and a result of form {form} has no such column"
        for column in outside(form)
        if row[column] is not None
    ]
    try:
        whole = row_hash(row) == row["hash"]
    except ValueError:
        whole = False
    if not whole:
        problems.append("its content does not give its hash: a column was changed after it was published")
    try:
        problems += figure_problems(row, bool((parameters.level(row) or {}).get("overflow_counts")))
        problems += parameters.problems(row)
    except (TypeError, ValueError):
        # A value of another type was put into a column: the hash has told, and the figures cannot.
        if whole:
            raise
    return problems


def _out_of_place(link: Link, position: int, running: str) -> Iterator[str]:
    if link.position != position:
        yield f"number {position + 1} of the queue is missing before it (it is number {link.position + 1})"
    if link.previous_hash != running:
        yield (
            f"does not follow the result before it: previous_hash is {link.previous_hash[:12]}…, and should be "
            f"{running[:12]}…; a result was deleted, inserted, moved or changed here"
        )


def _out_of_turn(
    link: Link, row: Mapping[str, Any] | None, revisions: dict[str, tuple[int, str | None]]
) -> Iterator[str]:
    """Revisions of an interval count up from 1, under the parameter version of the first."""
    before, version = revisions.get(link.interval_start, (0, None))
    if link.revision != before + 1:
        yield f"revision {link.revision} follows revision {before}" if before else f"revision {before + 1} is missing"
    named = None if row is None else row["parameters_version"]
    if version is not None and named is not None and named != version:
        yield f"parameters_version is {named!r}, and that of its first revision {version!r}"
    revisions[link.interval_start] = (link.revision, version or named)
