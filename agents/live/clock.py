"""The clock of a driver: the computer's, or the demo's, which runs faster."""

import time
from typing import Protocol

__all__ = ["Clock", "SimulatedClock", "WallClock"]


class Clock(Protocol):
    """The driver's clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970."""

    def at_ms(self, wall_ms: int) -> int:
        """The time that this clock showed when the wall's showed `wall_ms` (a broker's time of append)."""

    def stamp_ms(self) -> int | None:
        """The time that a message of now bears; None: what the broker gives it."""
        return None


class WallClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return int(time.time() * 1000)

    def at_ms(self, wall_ms: int) -> int:
        """The same instant."""
        return wall_ms

    def stamp_ms(self) -> int | None:
        """The broker's."""
        return None


class SimulatedClock:
    """A clock that shows `start_ms` now and runs `speed` times as fast as the wall's.

    Args:
        start_ms: what it shows at first, milliseconds since 1970.
        speed: simulated seconds a second.
        stamped: whether the broker's times of append are this clock's already (the embedded broker keeps the
            times that the simulator gives) and not the wall's.
    """

    def __init__(self, start_ms: int, speed: float, *, stamped: bool) -> None:
        self._start_ms = start_ms
        self._wall_ms = int(time.time() * 1000)
        self._speed = speed
        self._stamped = stamped

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return self._at(int(time.time() * 1000))

    def at_ms(self, wall_ms: int) -> int:
        """The time that this clock showed when the wall's showed `wall_ms`."""
        return wall_ms if self._stamped else self._at(wall_ms)

    def stamp_ms(self) -> int | None:
        """The time that the clock shows, on a broker that keeps it."""
        return self.now_ms() if self._stamped else None

    def _at(self, wall_ms: int) -> int:
        return self._start_ms + round((wall_ms - self._wall_ms) * self._speed)
