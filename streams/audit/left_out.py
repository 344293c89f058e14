"""The two reasons for a missing result: retention took it, or the filter of the export did. Nothing else counts.

A link alone keeps a chain whole. So whoever could list any result among the retired or the left-out ones could make
it disappear unseen; each link must therefore be one that retention or the filter takes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

from config.timestamps import from_rfc3339
from streams.audit.findings import Summary
from streams.export.proof import ProofFilters
from streams.history.query import Link, ParameterVersion

__all__ = ["Exported", "LeftOut", "Retired", "configured_programs"]


class LeftOut(Protocol):
    """Judges the results of one queue in order of publication."""

    def present(self, link: Link, row: Mapping[str, Any]) -> Iterator[str]:
        """The faults of a result that is there."""

    def absent(self, link: Link) -> Iterator[str]:
        """The faults of a result of which only the link is there."""

    def end(self) -> Iterator[str]:
        """The faults that show when all are known."""


class Retired:
    """Results that retention removes: those that start before an instant, the oldest first.

    Args:
        before: as history records it; None: nothing was ever removed.
    """

    def __init__(self, before: str | None) -> None:
        self._before: Final = None if before is None else from_rfc3339(before)
        self._said: Final = "no retention is recorded" if before is None else f"retention took what is before {before}"
        self._oldest: tuple[int, str] | None = None
        """The oldest result that is there."""

    def takes(self, link: Link) -> bool:
        """Whether retention removes a result."""
        try:
            return self._before is not None and from_rfc3339(link.interval_start) < self._before
        except ValueError:
            return False

    def present(self, link: Link, row: Mapping[str, Any]) -> Iterator[str]:  # noqa: ARG002 - LeftOut's signature
        """Nothing is wrong with a result being there; those after it that are gone must be older."""
        start = (from_rfc3339(link.interval_start), link.interval_start)
        if self._oldest is None or start < self._oldest:
            self._oldest = start
        return iter(())

    def absent(self, link: Link) -> Iterator[str]:
        """A result that retention does not take, or would have taken after one that is there."""
        if not self.takes(link):
            yield f"only its link is there, and {self._said}: the result was removed"
        elif self._oldest is not None and self._oldest[0] < from_rfc3339(link.interval_start):
            yield (
                f"only its link is there, and the older result of {self._oldest[1]} still is: retention takes the "
                "oldest first"
            )

    def end(self) -> Iterator[str]:
        """Nothing is open."""
        return iter(())


class Exported:
    """Results that the filter of an export leaves out, or retention before it.

    Args:
        filters: what was asked for.
        retired: what retention took by then.
        programs: the programs that the parameters give the queue.
        summary: is told what cannot be judged.
    """

    def __init__(self, filters: ProofFilters, retired: Retired, programs: frozenset[str], summary: Summary) -> None:
        self._filters: Final = filters
        self._retired: Final = retired
        self._programs: Final = programs
        self._summary: Final = summary
        self._from: Final = None if filters.start is None else from_rfc3339(filters.start)
        self._to: Final = None if filters.end is None else from_rfc3339(filters.end)
        self._superseded: dict[str, Link] = {}
        """By interval, the last result that only a later revision explains."""
        self._shown: set[str] = set()
        """Intervals with a result in the file, where only the latest is wanted."""

    def present(self, link: Link, row: Mapping[str, Any]) -> Iterator[str]:
        """A result that the filter does not let through."""
        yield from self._retired.present(link, row)
        outside = not self._within(link)
        if outside or (self._filters.program is not None and (row["program"] or "") != self._filters.program):
            yield "is in the file, and the sidecar's filter leaves it out"
        yield from self._note(link)
        if self._filters.latest_only:
            self._shown.add(link.interval_start)

    def absent(self, link: Link) -> Iterator[str]:
        """A result that neither filter nor retention leaves out."""
        problems = list(self._note(link))
        if self._within(link) and not self._may_be_of_another_program():
            if self._filters.latest_only:
                self._superseded[link.interval_start] = link
            else:
                problems += [
                    f"is listed as left out, and the sidecar's filter lets it through ({why})"
                    for why in self._retired.absent(link)
                ]
        yield from problems

    def end(self) -> Iterator[str]:
        """Results that were left out for a later revision, and have none."""
        for start, link in self._superseded.items():
            if any(self._retired.absent(link)):
                yield (
                    f"interval {start}, revision {link.revision} is listed as left out, and the sidecar's filter lets "
                    "it through: it has no later revision"
                )

    def _note(self, link: Link) -> Iterator[str]:
        if link.interval_start in self._shown:
            yield "follows an earlier revision that is in the file, and the sidecar's filter leaves that one out"
        self._superseded.pop(link.interval_start, None)

    def _within(self, link: Link) -> bool:
        try:
            start = from_rfc3339(link.interval_start)
        except ValueError:
            return True
        return (self._from is None or start >= self._from) and (self._to is None or start < self._to)

    def _may_be_of_another_program(self) -> bool:
        """A link does not tell the program; the parameters do where they give the queue no other."""
        wanted = self._filters.program
        if wanted is None or self._programs == {wanted}:
            return False
        self._summary.unproved.add("which results --program left out of queues that no parameters name")
        return True


def configured_programs(versions: Iterable[ParameterVersion]) -> dict[str, frozenset[str]]:
    """The programs that parameter versions give each queue."""
    found: dict[str, set[str]] = {}
    for version in versions:
        for own in version.content:
            if own.get("queue"):
                found.setdefault(own["queue"], set()).add(own["program"])
    return {queue: frozenset(programs) for queue, programs in found.items()}
