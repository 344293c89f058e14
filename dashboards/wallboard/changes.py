"""The changes that each browser has still to be told, in memory that a slow browser cannot grow.

A queue of messages for each browser would let one stalled browser fill the server. So a subscription remembers only
the names of the queues that changed. A browser that slept is told each queue's latest state once.
"""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Changes", "Subscribers", "Subscription"]


class Changes(NamedTuple):
    """The changes a browser must be told."""

    whole: list[str]
    """Queues that have a new result or breach, in the order in which they changed."""
    figures: list[str]
    """Queues whose open interval alone moved on."""
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
        """The changes since the last call; `steady_ms` is any clock that only runs forward."""
        whole, self._whole = list(self._whole), {}
        breaches, self._breaches = self._breaches, False
        figures: list[str] = []
        if self._figures and (self._figures_at_ms is None or steady_ms - self._figures_at_ms >= self._pace_ms):
            self._figures_at_ms = steady_ms
            figures, self._figures = list(self._figures), {}
        return Changes(whole, figures, breaches)


class Subscribers:
    """The browsers that watch."""

    def __init__(self) -> None:
        self.sequence = 0
        """Changes so far: two equal numbers mean the same screen."""
        self._subscriptions: set[Subscription] = set()

    def __len__(self) -> int:
        return len(self._subscriptions)

    def subscribe(self, wake: Callable[[], object], pace_ms: int = 2_000) -> Subscription:
        """A subscription to changes from now on; `unsubscribe` ends it."""
        subscription = Subscription(wake, pace_ms)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription."""
        self._subscriptions.discard(subscription)

    def changed(self, queue: str, *, whole: bool, breaches: bool = False) -> None:
        """Note for every browser that `queue` changed (`Subscription.changed`)."""
        self.sequence += 1
        for subscription in self._subscriptions:
            subscription.changed(queue, whole=whole, breaches=breaches)
