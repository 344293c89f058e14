"""The newest inputs of each queue's projection, and the projections that screens ask for.

A wallboard has no state of queues; workers send what a projection needs, and the same function as theirs makes it here
when somebody looks. It is made anew when newer inputs have come, or a minute has gone by.
"""

from collections.abc import Callable, Collection
from time import monotonic
from typing import Final

import msgspec
from msgspec import structs

from agents.projection.inputs import QueueAhead
from agents.projection.outcome import Projection
from agents.projection.project import project

__all__ = ["HeldOutlooks"]

_AGE_MS: Final = 60_000
_KEPT_DAYS: Final = 2
"""As many days as screens hold results of."""
_LOOKED_SECONDS: Final = 10.0
"""A queue that was asked for is looked at for so long."""
_DECODE: Final = msgspec.msgpack.Decoder(QueueAhead).decode


class HeldOutlooks:
    """The rest of the day of every queue that a worker has told of.

    Args:
        steady: seconds of a clock that is never set back.
    """

    def __init__(self, steady: Callable[[], float] = monotonic) -> None:
        self._steady = steady
        self._inputs: dict[str, QueueAhead] = {}
        self._made: dict[str, tuple[QueueAhead, Projection]] = {}
        self._looked: dict[str, float] = {}
        self._days: dict[str, list[QueueAhead]] = {}
        """The last that was told of each of a queue's last days, without what lies ahead."""

    def put(self, inputs: QueueAhead) -> None:
        """Take the inputs of a queue; older ones than those held change nothing."""
        held = self._inputs.get(inputs.queue)
        if held is None or held.known_ms <= inputs.known_ms:
            self._inputs[inputs.queue] = inputs
            self._keep_day(inputs)

    def _keep_day(self, inputs: QueueAhead) -> None:
        """Keep what is told of contacts at once, also when the day is over."""
        if inputs.with_contact_ms:
            earlier = [each for each in self._days.get(inputs.queue, ()) if each.begin_ms != inputs.begin_ms]
            self._days[inputs.queue] = [*earlier, structs.replace(inputs, intervals=())][-_KEPT_DAYS:]

    def of_day(self, queue: str, begin_ms: int, end_ms: int) -> QueueAhead | None:
        """The last that was told of the day that begins within a span; None: nothing.

        The intervals ahead are known of the newest alone.
        """
        newest = self._inputs.get(queue)
        told = [*self._days.get(queue, ()), *(() if newest is None else (newest,))]
        return next((each for each in reversed(told) if begin_ms <= each.begin_ms < end_ms), None)

    def put_message(self, value: bytes | None) -> None:
        """Take the inputs that a message holds.

        Raises:
            msgspec.MsgspecError: it holds none.
        """
        self.put(_DECODE(value or b""))

    def forget(self, queue: str) -> None:
        """Drop a queue that another worker holds now."""
        self._inputs.pop(queue, None)
        self._days.pop(queue, None)
        self._made.pop(queue, None)

    def inputs(self, queue: str) -> QueueAhead | None:
        """The newest inputs of a queue; None: there are none yet."""
        self._looked[queue] = self._steady()
        return self._inputs.get(queue)

    def every(self) -> dict[str, QueueAhead]:
        """The newest inputs of every queue, by its name."""
        return dict(self._inputs)

    def of(self, queue: str, now_ms: int) -> Projection | None:
        """The rest of a queue's day; None: no worker has told of it yet."""
        self._looked[queue] = self._steady()
        return self.all(now_ms, [queue]).get(queue)

    def all(self, now_ms: int, queues: Collection[str] | None = None) -> dict[str, Projection]:
        """The rest of the day of many queues (None: of all) by name; those that nothing is known of are not there."""
        asked = [queue for queue in (self._inputs if queues is None else queues) if queue in self._inputs]
        old = [queue for queue in asked if self._is_old(queue, now_ms)]
        inputs = [self._inputs[queue] for queue in old]
        self._made.update(zip(old, zip(inputs, project(inputs, now_ms), strict=True), strict=True))
        return {queue: self._made[queue][1] for queue in asked}

    def _is_old(self, queue: str, now_ms: int) -> bool:
        made = self._made.get(queue)
        return made is None or made[0] is not self._inputs[queue] or abs(now_ms - made[1].made_ms) >= _AGE_MS

    def looked_at(self) -> list[str]:
        """Queues that somebody has asked for a moment ago; may be called in another thread."""
        since = self._steady() - _LOOKED_SECONDS
        return [queue for queue, at in list(self._looked.items()) if at >= since]
