"""The events of a queue_log: which ones mean something, and at which place each has its seconds.

After Asterisk's documentation of its queue log, and after real logs for what it leaves out. Fields are counted from 0:
time, callid, queuename, agent, event, data1 (5), data2 (6), …
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from streams.limits import word
from streams.records import RecordError

__all__ = [
    "COMPLETED",
    "LEFT",
    "LOGGED_IN",
    "LOGGED_OFF",
    "NO_FIGURE",
    "REFUSED",
    "completed",
    "seconds",
]

COMPLETED: Final = (
    "COMPLETECALLER",
    "COMPLETEAGENT",
    "BLINDTRANSFER",
    "ATTENDEDTRANSFER",
    "TRANSFER",
)
"""Handling ended."""

LEFT: Final[Mapping[str, tuple[str, int | None]]] = MappingProxyType(
    {
        "ABANDON": ("abandoned", 7),
        "EXITWITHTIMEOUT": ("overflowed", 7),
        "EXITWITHKEY": ("overflowed", 8),
        "EXITEMPTY": ("overflowed", 7),
        "LEAVEEMPTY": ("overflowed", None),
        "SYSCOMPAT": ("overflowed", None),
    }
)
"""The contact left the queue without an agent: its outcome, and the field with its wait."""

REFUSED: Final = (
    "FULL",
    "CLOSED",
    "JOINEMPTY",
    "JOINUNAVAIL",
    "DIVERT_CA_RATIO",
    "DIVERT_HOLDTIME",
)
"""The contact was not let into the queue."""

LOGGED_IN: Final = ("AGENTLOGIN", "AGENTCALLBACKLOGIN")
LOGGED_OFF: Final = ("AGENTLOGOFF", "AGENTCALLBACKLOGOFF")

NO_FIGURE: Final = (
    "AGENTDUMP",
    "ATTEMPT",
    "CALLOUTBOUND",
    "CALLSTATUS",
    "CONFIGRELOAD",
    "DID",
    "DNIS",
    "HOLD",
    "INFO",
    "PENALTY",
    "QUEUERELOAD",
    "QUEUEROTATE",
    "RINGCANCELED",
    "RINGNOANSWER",
    "RULE",
    "UNHOLD",
    "URL",
)
"""Events that are known and give no figure."""

_DIGITS: Final = re.compile(r"[0-9]+")
_NUMBER: Final = re.compile(r"(-?)([0-9]{1,9})(?:\.([0-9]{0,12}))?")


@lru_cache(maxsize=16_384)
def seconds(text: str, name: str) -> int | None:
    """A duration of the log in milliseconds; None where the field is empty.

    Raises:
        RecordError: it is no number, or negative.
    """
    if not text:
        return None
    match = _NUMBER.fullmatch(text)
    if match is None or not text.isascii():
        raise RecordError(f"{name}: {word(text)} is no number of seconds")
    if match[1]:
        raise RecordError(f"{name}: {text} is negative")
    return int(match[2]) * 1000 + int(((match[3] or "") + "000")[:3])


def completed(fields: list[str]) -> tuple[int | None, int | None]:
    """Hold (the wait in the queue) and talk of an event of `COMPLETED`, milliseconds; None where it says neither.

    Raises:
        RecordError: one of them is no number.
    """
    event = fields[4]
    if event[0] == "C":
        hold, talk = fields[5], fields[6]
    elif event == "ATTENDEDTRANSFER" and fields[5] == "LINK":  # with two channels before the seconds
        digits = _DIGITS.match(fields[9])
        hold, talk = fields[8], digits[0] if digits else ""
    else:
        hold, talk = fields[7], fields[8]
    return seconds(hold, "hold"), seconds(talk, "talk_seconds")
