"""Passwords of the command line, out of the list of processes.

Everybody on a machine can read everybody's command lines. `PGPASSWORD` is the way to give a password; one that was
typed into an address all the same is overwritten in memory as soon as the program runs. Linux lets a process do so.
"""

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from config.shown_text import shown_argument

__all__ = ["hide_secrets"]

_ARGUMENTS_BEGIN: Final = 45
"""Place of `arg_start` among the fields of /proc/self/stat after the command's name (proc_pid_stat(5): field 48)."""


def hide_secrets(arguments: Sequence[str]) -> bool:
    """Overwrite those of the process's `arguments` that hold a secret; returns whether one was hidden.

    Nothing happens where the system has no such list, or keeps it elsewhere.
    """
    secret = [each for each in arguments if shown_argument(each) != each]
    if not secret:
        return False
    try:
        line = Path("/proc/self/cmdline").read_bytes()
        fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        begin = int(fields[_ARGUMENTS_BEGIN])
    except (OSError, ValueError, IndexError):
        return False
    if not begin or ctypes.string_at(begin, len(line)) != line:
        return False
    hidden = False
    for each in secret:
        written = os.fsencode(each)
        at = line.find(b"\0" + written + b"\0")
        if at >= 0:
            shown = os.fsencode(shown_argument(each))[: len(written)].ljust(len(written), b"*")
            ctypes.memmove(begin + at + 1, shown, len(written))
            hidden = True
    return hidden
