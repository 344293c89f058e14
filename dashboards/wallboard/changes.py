"""What has changed on the screens since a browser last looked, in memory that a slow browser cannot grow.

A push of every change would let one stalled browser fill the server. So a subscription remembers only *which*
queues changed, never what: however long a browser sleeps, it is told each queue's latest state once.
"""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Changes", "Subscription"]


class Changes(NamedTuple):
    """What a browser must be told."""

    whole: list[str]
    """Queues that have a new result or breach, in the order in which they changed."""
    figures: list[str]
    """Queues of which only the open interval moved on."""
    breaches: bool
    """Whether any breach changed."""


class Subscription:
    """One browser's view of what changed.

    Args:
        wake: called when there is something new; it must not block.
        pace_ms: the figures of open intervals are handed out at most this often.
    """

    def __init__(self, wake: Callable[[], object], pace_ms: int = 2_000) -> None:
        self._wake = wake
        self._pace_ms = pace_ms
        self._whole: dict[str, None] = {}
        self._figures: dict[str, None] = {}
        self._breaches = False
        self._figures_at_ms: int | None = None

    def changed(self, queue: str, *, whole: bool, breaches: bool = False) -> None:
        """Note that `queue` changed: as a `whole` (a result or breach), or in its open interval only."""
        if whole:
            self._whole[queue] = None
            self._figures.pop(queue, None)
        elif queue not in self._whole:
            self._figures[queue] = None
        self._breaches = self._breaches or breaches
        self._wake()

    @property
    def size(self) -> int:
        """Queues noted; never more than there are."""
        return len(self._whole) + len(self._figures)

    def take(self, steady_ms: int) -> Changes:
        """What changed since the last call; `steady_ms` is any clock that only runs forward."""
        whole, self._whole = list(self._whole), {}
        breaches, self._breaches = self._breaches, False
        figures: list[str] = []
        if self._figures and (self._figures_at_ms is None or steady_ms - self._figures_at_ms >= self._pace_ms):
            self._figures_at_ms = steady_ms
            figures, self._figures = list(self._figures), {}
        return Changes(whole, figures, breaches)
