"""A producer that waits for the worker now and then: an embedded broker forgets the beginning of a long log."""

from collections.abc import Callable
from typing import Final

from streams.kafka.producer import Producer

__all__ = ["PacedProducer"]

_STEP_BYTES: Final = 1 << 18
"""Bytes that are sent before the worker must have counted them; what follows from them fits the broker, too."""


class PacedProducer(Producer):
    """Sends call data to an embedded broker no faster than it is counted.

    Args:
        url: of the broker.
        settle: waits until all that was sent is counted, and in history; called in the thread that sends.
        skip: messages at the beginning that an earlier run has sent, and that are not sent again.
        generation: of the input topic.
    """

    def __init__(
        self, url: str, prefix: str, settle: Callable[[int], None], *, skip: int = 0, generation: int = 1
    ) -> None:
        super().__init__(url, prefix=prefix, generation=generation)
        self._settle = settle
        self._skip = skip
        self._unsettled = 0
        self.sent = 0
        """Messages sent so far, those that were skipped included."""

    def send(self, queue: str, value: bytes, *, at_ms: int | None = None, dead_letter: bool = False) -> None:
        """Hand over one message, and wait for the worker when many bytes have been sent.

        Raises:
            UserError: as `Producer.send`.
        """
        self.sent += 1
        if self.sent <= self._skip:
            return
        super().send(queue, value, at_ms=at_ms, dead_letter=dead_letter)
        self._unsettled += len(value)
        if self._unsettled >= _STEP_BYTES:
            self.settle()

    def send_everywhere(self, value: bytes) -> None:
        """Hand over one message for every partition, and count it as one."""
        self.sent += 1
        if self.sent > self._skip:
            super().send_everywhere(value)

    def settle(self) -> None:
        """Wait until all that was sent is counted.

        Raises:
            UserError: the broker has not taken it.
        """
        self.flush()
        self._settle(self.sent)
        self._unsettled = 0
