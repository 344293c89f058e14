"""Turns of engines: one that has much to do lets the others of its worker go on now and then."""

__all__ = ["Turn"]


class Turn:
    """How many intervals engines may make final before others get a turn; one for all engines of a worker.

    Args:
        most: so many in a turn.
    """

    def __init__(self, most: int = 1 << 62) -> None:
        self._most = self._left = most
        self.short = False
        """Whether the turn was too short for what is due: the engine at work is to `proceed` in the next one."""

    def begin(self) -> None:
        """Begin the next turn."""
        self._left, self.short = self._most, False

    def take(self) -> bool:
        """Whether another interval fits into this turn."""
        self._left -= 1
        self.short = self._left < 0
        return not self.short
