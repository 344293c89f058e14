"""The end of a process: within ten seconds of being told, whatever hangs.

A broker that is away keeps clients of it waiting, and threads of theirs keep a process alive. The next
worker reads again what this one has not written, so that nothing is lost by ending it at once.
"""

import _thread
import os
import sys
import threading
import time
from typing import Final

__all__ = ["END_SECONDS", "end_within", "own_process"]

END_SECONDS: Final = 9.0
"""After so long a process that was told to stop is ended."""

_owned = threading.Event()
_begun = threading.Lock()


def own_process() -> None:
    """Say that this process runs one command and nothing beside it, so that it may be ended."""
    _owned.set()


def end_within(seconds: float, code: int, message: str | None = None) -> None:
    """End the process if it still runs after some seconds; only the first call of a process counts.

    Args:
        seconds: how long it may take to end by itself.
        code: the exit code.
        message: said on standard error then; None: nothing.
    """
    if not _owned.is_set() or not _begun.acquire(blocking=False):
        return

    def end() -> None:
        time.sleep(seconds)
        if message is not None:
            sys.stderr.write(f"{message}\n")
            sys.stderr.flush()
        os._exit(code)

    # No thread of `threading`: it takes locks, which the code that a signal has interrupted may hold.
    _thread.start_new_thread(end, ())
