"""A morning of two queues in the layout of each format, as systems write it; and ways in which files come torn."""

import gzip
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import openpyxl
from cloud_objects import agent_event, connect_record, conversation, group, user_details
from queue_logs import line

__all__ = ["CONFIGURATION", "SAMPLES", "TEARS", "Sample", "torn"]

_COLUMNS: Final = {
    "contact_id": "id", "queue": "queue", "offered_at": "at", "exited_at": "left", "outcome": "outcome",
    "talk_seconds": "talk",
}  # fmt: skip
_INTERVALS: Final = {
    "queue": "Queue", "interval_start": {"columns": ["Date", "Time"], "format": "%d.%m.%Y %H:%M"},
    "offered": {"sum": ["Answered", "Abandoned"]}, "answered": "Answered", "abandoned": "Abandoned",
    "talk_seconds": {"column": "Talk", "duration": "h:mm:ss"},
}  # fmt: skip
SOURCES: Final[dict[str, Any]] = {
    "csv": {"format": "csv", "record": "contact", "columns": _COLUMNS},
    "german": {
        "format": "csv", "record": "interval", "delimiter": ";", "encoding": "cp1252", "decimal": ",", "thousands": ".",
        "columns": _INTERVALS,
    },
    "book": {"format": "csv", "record": "interval", "columns": _INTERVALS},
    "jsonl": {"format": "jsonl", "record": "contact", "columns": _COLUMNS},
    "days": {
        "format": "csv", "record": "plan", "published": "2026-03-01T00:00:00Z", "fill": ["Queue"],
        "wide": {"columns": "[0-9]{2}:[0-9]{2}", "as": "time", "value": "value", "spread": "Figure"},
        "columns": {
            "queue": "Queue", "interval_start": {"columns": ["Date", "time"], "format": "%Y-%m-%d %H:%M"},
            "forecast_offered": "Volume", "scheduled_agents": "Agents",
        },
    },
    "pbx": {"format": "queue_log", "members": {"Help": ["SIP/2"]}},
    "connect": {"format": "amazon_connect", "record": "contact"},
    "connect_agents": {"format": "amazon_connect", "record": "agent_state"},
    "genesys": {"format": "genesys", "record": "interval", "threshold_seconds": 20},
    "genesys_contacts": {"format": "genesys", "record": "contact"},
    "genesys_agents": {"format": "genesys", "record": "agent_state", "members": "members.csv"},
    "hsplit": {"format": "avaya_cms", "record": "interval", "dates": ["%m/%d/%Y"]},
    "report": {"format": "avaya_cms", "record": "interval"},
}  # fmt: skip
CONFIGURATION: Final[dict[str, Any]] = {
    "site": {"timezone": "UTC", "interval_minutes": 30},
    "defaults": {"hours": {"mon-sun": "08:00-18:00"}},
    "programs": [{"id": "retail", "queues": [{"id": "Sales"}, {"id": "Help"}]}],
    "sources": SOURCES,
}


class Sample(NamedTuple):
    """A file of one source."""

    source: str
    content: bytes
    rows: int
    """Rows that a reader finds in it."""
    name: str = "sample"


def _clocks() -> list[tuple[int, str, str]]:
    """Number, clock and queue of forty calls from 9:00 to 12:15."""
    return [(n, f"{9 + n * 5 // 60:02d}:{n * 5 % 60:02d}", "Help" if n % 8 == 3 else "Sales") for n in range(40)]


def _half_hours() -> list[tuple[str, str, int, int]]:
    return [
        (f"{9 + n // 2:02d}:{n % 2 * 30:02d}", queue, 1100 + n * 7, n)
        for n in range(7)
        for queue in (["Sales", "Help"] if n != 3 else ["Sales"])
    ]


def _csv() -> bytes:
    lines = [
        f'{n},"{queue}",2026-03-02T{clock}:00Z,2026-03-02T{clock}:{n:02d}Z,{"abandoned" if n % 5 == 4 else "answered"},'
        f"{'' if n % 5 == 4 else 180 + n}"
        for n, clock, queue in _clocks()
    ]
    return "\r\n".join(["id,queue,at,left,outcome,talk", *lines, ""]).encode()


def _jsonl() -> bytes:
    lines = [
        json.dumps(
            {
                "id": f"c{n}", "queue": queue, "at": f"2026-03-02T{clock}:00Z", "left": f"2026-03-02T{clock}:{n:02d}Z",
                "outcome": "answered", "talk": 180 + n, "note": 'says "hello" {ä}',
            }
        )
        for n, clock, queue in _clocks()
    ]  # fmt: skip
    return "\n".join([*lines, ""]).encode()


def _german() -> bytes:
    lines = [
        f'{queue};02.03.2026;{clock};"{answered // 1000}.{answered % 1000:03d}";{gone};{answered // 36}:00:00'
        for clock, queue, answered, gone in _half_hours()
    ]
    return "\r\n".join(["Queue;Date;Time;Answered;Abandoned;Talk", *lines, ""]).encode("cp1252")


def _book() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Queue", "Date", "Time", "Answered", "Abandoned", "Talk"])
    for clock, queue, answered, gone in _half_hours():
        sheet.append([queue, "02.03.2026", clock, answered, gone, f"{answered // 36}:00:00"])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _days() -> bytes:
    clocks = [f"{9 + n // 2:02d}:{n % 2 * 30:02d}" for n in range(8)]
    lines = [",".join(["Queue", "Date", "Figure", *clocks])]
    for queue in ("Sales", "Help"):
        for day in ("2026-03-02", "2026-03-03"):
            lines.append(",".join([queue, day, "Volume", *(str(20 + n) for n in range(8))]))
            lines.append(",".join(["", day, "Agents", *(f"{3 + n / 4}" for n in range(8))]))
    return "\n".join([*lines, ""]).encode()


def _pbx() -> bytes:
    lines = [line(-7000, "NONE", "NONE", "NONE", "QUEUESTART"), line(-6000, "NONE", "Sales", "SIP/1", "ADDMEMBER")]
    for n, _, queue in _clocks():
        at, call, agent = n * 300 - 3600, f"{n}.1", "SIP/2" if queue == "Help" else "SIP/1"
        lines.append(line(at, call, queue, "NONE", "ENTERQUEUE", "", "555", 1))
        if n % 5 == 4:
            lines.append(line(at + 30, call, queue, "NONE", "ABANDON", 1, 1, 30))
            continue
        lines.append(line(at + 5, call, queue, agent, "RINGNOANSWER", 1000))
        lines.append(line(at + 9 + n, call, queue, agent, "CONNECT", 9 + n, f"{n}.2", 3))
        lines.append(line(at + 190 + n, call, queue, agent, "COMPLETEAGENT", 9 + n, 181, 1))
    lines.append(line(9000, "NONE", "Sales", "SIP/1", "PAUSE", "lunch"))
    return "\n".join([*lines, ""]).encode()


def _connect() -> bytes:
    records = [
        connect_record(f"c{n}", f"{clock}:00", Queue_Duration=n, Queue_Name=queue) for n, clock, queue in _clocks()
    ]
    return "".join(map(json.dumps, records)).encode()


def _connect_agents() -> bytes:
    kinds = ["LOGIN", "STATE_CHANGE", "HEART_BEAT"]
    return "\n".join(
        json.dumps(agent_event(kinds[n % 3], f"{clock}:00")) for n, clock, _ in _clocks()
    ).encode()  # fmt: skip


def _genesys() -> bytes:
    groups = [
        group(
            queue, clock, _half_hour_after(clock), nOffered={"count": answered + gone},
            tAnswered={"count": answered, "sum": answered * 9000}, nOverSla={"count": 9},
            tAbandon={"count": gone, "sum": gone * 9000}, tTalkComplete={"count": answered, "sum": answered * 180_000},
        )
        for clock, queue, answered, gone in _half_hours()
    ]  # fmt: skip
    return json.dumps([{"results": groups[:6]}, {"results": groups[6:]}]).encode()


def _half_hour_after(clock: str) -> str:
    return f"{clock[:2]}:30" if clock[3:] == "00" else f"{int(clock[:2]) + 1:02d}:00"


def _genesys_contacts() -> bytes:
    found = [conversation(f"c{n}", clock) for n, clock, _ in _clocks()]
    return json.dumps({"conversations": found, "totalHits": 40}, indent=1).encode()


def _genesys_agents() -> bytes:
    return json.dumps({"userDetails": [user_details(f"u-{n}") for n in range(6)]}).encode()


_HSPLIT: Final = (
    "ROW_DATE", "STARTTIME", "INTRVL", "ACD", "SPLIT", "CALLSOFFERED", "ACDCALLS", "ACCEPTABLE", "ABNCALLS",
    "OUTFLOWCALLS", "ANSTIME", "ACDTIME", "HOLDTIME", "ACWTIME", "I_STAFFTIME", "I_AVAILTIME", "I_ACDTIME",
    "I_ACWTIME", "SERVICELEVEL", "INCOMPLETE",
)  # fmt: skip


def _hsplit() -> bytes:
    lines = ["|".join(_HSPLIT)]
    for clock, queue, answered, gone in _half_hours():
        cells = [
            "03/02/2026", str(int(clock.replace(":", ""))), 30, 1, queue, answered + gone, answered, answered - 9, gone,
            0, answered * 9, answered * 180, 60, answered * 20, 14400, 900, 9000, 3000, 20, 0,
        ]  # fmt: skip
        lines.append("|".join(map(str, cells)) + "|")
    return "\n".join([*lines, ""]).encode()


def _report() -> bytes:
    head = "Time\tAvg Speed Ans\tACD Calls\tAvg ACD Time\tAvg ACW Time\tAban Calls\tAvg Pos Staff"
    lines = []
    for name in ("Sales", "Help"):
        lines += ["Split/Skill Interval", "Date:\t3/2/2026", f"Split/Skill:\t{name}", "", head]
        for clock, queue, answered, gone in _half_hours():
            if queue == name:
                lines.append(f"{clock}-{_half_hour_after(clock)}\t:09\t{answered}\t3:10\t:22\t{gone}\t11.2")
        lines.append("Totals\t:27\t92\t21:15\t:25\t7\t")
    return "\r\n".join([*lines, ""]).encode()


def _samples() -> list[Sample]:
    half_hours = len(_half_hours())
    plain = [
        Sample("csv", _csv(), 40),
        Sample("german", _german(), half_hours),
        Sample("book", _book(), half_hours, "sample.xlsx"),
        Sample("jsonl", _jsonl(), 40),
        Sample("days", _days(), 32),
        Sample("pbx", _pbx(), 3 + 40 * 2 + 32 * 2),
        Sample("connect", _connect(), 40),
        Sample("connect_agents", _connect_agents(), 40),
        Sample("genesys", _genesys(), half_hours),
        Sample("genesys_contacts", _genesys_contacts(), 40),
        Sample("genesys_agents", _genesys_agents(), 6 * 6),
        Sample("hsplit", _hsplit(), half_hours),
        Sample("report", _report(), half_hours + 2),
    ]
    packed = [
        one._replace(content=gzip.compress(one.content, mtime=0), name=f"{one.name}.gz")
        for one in plain
        if one.source in {"csv", "jsonl", "pbx", "connect", "genesys", "hsplit"}
    ]
    return plain + packed


SAMPLES: Final = {f"{one.source} {one.name}": one for one in _samples()}
"""By source and name of the file."""


def _truncated(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content))]


def _flipped(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.choice([1, 1, 5])):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _interleaved(content: bytes, dice: random.Random) -> bytes:
    """Two writers at once: a piece of the file stands inside another line."""
    first, second = sorted(dice.sample(range(len(content)), 2))
    at = dice.randrange(len(content))
    return content[:at] + content[first : min(second, first + 200)] + content[at:]


def _half_written(content: bytes, dice: random.Random) -> bytes:
    """A crash in the middle of a line, and the next writer goes on behind it."""
    at = dice.randrange(len(content))
    return content[:at] + content[at + dice.randrange(1, 80) :]


def _with_hole(content: bytes, dice: random.Random) -> bytes:
    """The hole that a file system leaves of a block that was never written."""
    at, size = dice.randrange(len(content)), dice.randrange(1, 60)
    return content[:at] + b"\0" * size + content[at + size :]


TEARS: Final[dict[str, Callable[[bytes, random.Random], bytes]]] = {
    "whole": lambda content, _: content,
    "truncated": _truncated,
    "flipped": _flipped,
    "interleaved": _interleaved,
    "half-written": _half_written,
    "with a hole": _with_hole,
}


def torn(sample: Sample, tear: str, dice: random.Random, folder: Path) -> str:
    """Write a sample into a folder, torn; the option of a command that reads it."""
    (folder / "members.csv").write_text("".join(f"u-{n},Sales\n" for n in range(6)), encoding="utf-8")
    file = folder / sample.name
    file.write_bytes(TEARS[tear](sample.content, dice))
    return f"{sample.source}={file}"
