"""Whether alerts can be told at all: Alertmanager says every minute that it lives.

An Alertmanager that is down cannot say so, and a Prometheus that is down sends it nothing. So an alert that always
fires goes the way of all others, and its silence is what matters (a dead man's switch). Here that silence is shown;
`notify.heartbeat` lets somebody outside notice it, for when this program is down, too.
"""

from collections.abc import Iterator
from typing import Final

__all__ = ["Heartbeat"]

_SILENT_MS: Final = 300_000
"""Five calls that did not come; the first may take as long, while everything starts."""
_MINUTE_MS: Final = 60_000


class Heartbeat:
    """When Alertmanager was last heard."""

    def __init__(self) -> None:
        self._since_ms: int | None = None
        """None: nobody expects it here."""

    def expect(self, now_ms: int) -> None:
        """From now on its silence means that nobody can be told."""
        self._since_ms = now_ms

    def hear(self, now_ms: int) -> None:
        """It was heard."""
        self._since_ms = now_ms

    def troubles(self, now_ms: int) -> Iterator[str]:
        """A line for people, if it is silent for too long."""
        if self._since_ms is not None and now_ms - self._since_ms >= _SILENT_MS:
            minutes = (now_ms - self._since_ms) // _MINUTE_MS
            yield f"nothing was heard of Alertmanager for {minutes} minutes: nobody can be told of alerts"

    def with_troubles(self, text: str, now_ms: int) -> str:
        """The line of `/healthz` with it; what names queues stays after the first `; `.

        Args:
            text: the line without it.
            now_ms: the driver's clock.
        """
        for trouble in self.troubles(now_ms):
            first, mark, rest = text.partition("; ")
            return f"degraded: {trouble}" if text == "ok" else f"{first}, and {trouble}{mark}{rest}"
        return text
