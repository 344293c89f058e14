"""A worker for fault tests: the real command, with a power cut at a chosen step of a flush, or a clock that is wrong.

The step is given as `STEP:N` in the environment variable CRASH: at the Nth flush that gets there the process ends
without a word, `outputs` after the outputs are with the broker and before any state, `cells` after some of the
cells, `manifests` after some of the manifests, `acks` before the messages are acknowledged. AHEAD_SECONDS is how far
the clock is ahead.
"""

import os
import sys
from typing import Any

import agents.live.worker
from agents.live.clock import WallClock
from agents.live.flusher import Flusher
from intervalwatch.ending import own_process
from intervalwatch.main import run

# A dead worker is missed sooner, so that a run of the test is short; Kafka refuses less.
agents.live.worker._SESSION_SECONDS = 6.0
STEPS = ("outputs", "cells", "manifests", "garbage")


def arm(step: str, nth: int) -> None:
    """Make the process end at the `nth` flush that has something to write at `step`."""
    send = Flusher._send
    state = {"call": 0, "seen": 0}

    async def dying_send(self: Flusher, messages: Any) -> None:
        at = STEPS[state["call"] % len(STEPS)]
        state["call"] += 1
        last = at == step and messages and state["seen"] + 1 == nth
        state["seen"] += at == step and bool(messages)
        if last and step in {"cells", "manifests"}:
            await send(self, messages[: (len(messages) + 1) // 2])
            os._exit(9)
        await send(self, messages)
        if last or (step == "acks" and at == "garbage" and (state["call"] // len(STEPS)) == nth):
            os._exit(9)

    Flusher._send = dying_send  # type: ignore[method-assign]


def set_clock(ahead_ms: int) -> None:
    """Let the worker's clock be wrong; the broker's is right."""
    right = WallClock.now_ms
    WallClock.now_ms = lambda self: right(self) + ahead_ms  # type: ignore[method-assign]


if __name__ == "__main__":
    set_clock(round(1000 * float(os.environ.get("AHEAD_SECONDS", "0"))))
    crash = os.environ.get("CRASH")
    if crash:
        name, _, number = crash.partition(":")
        arm(name, int(number))
    own_process()
    sys.exit(run(sys.argv[1:]))
