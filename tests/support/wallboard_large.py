"""A centre of 500 queues for the wallboard, and how much of the machine others took while it was measured."""

import os
from pathlib import Path

from wallboard_centre import configuration
from wallboard_rows import AT_NOON, breach, final, running

from dashboards.wallboard.state import View

__all__ = ["LATE", "QUEUES", "Others", "large_view"]

QUEUES = 500
LATE = AT_NOON + 10 * 3_600_000 + 1_800_000
"""23:40 of that Monday in Madrid, when 48 half hours are there."""


def large_view() -> View:
    """500 queues of 48 half hours each in twelve programs, a third of them in trouble."""
    view = View(configuration())
    for queue in range(QUEUES):
        name, program = f"queue {queue:03d}", {"program": f"p{queue % 12}"}
        for number in range(-18, 29):
            view.result(final(name, number, 0.76 + (queue * 7 + number * 3) % 14 / 100, **program))
        view.result(running(name, 29, 0.8, **program))
        if queue % 3 == 0:
            view.breach(breach(name, severity="critical" if queue % 2 else "warning", **program))
    return view


class Others:
    """The processor time that other processes than this one and its children take, from now on.

    Time on the wall means something only where they take little.
    """

    _BUSY = (0, 1, 2, 5, 6, 7)
    """Fields of /proc/stat: user, nice, system, interrupts, soft interrupts, stolen."""

    def __init__(self) -> None:
        self._before = self._taken()

    def seconds(self) -> float:
        """Processor seconds of the others so far."""
        return max(0.0, self._taken() - self._before)

    def _taken(self) -> float:
        fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
        everything = sum(int(fields[place]) for place in self._BUSY)
        return (everything - sum(_own_ticks())) / os.sysconf("SC_CLK_TCK")


def _own_ticks() -> list[int]:
    """Ticks of this process and of all below it, with those of children that have ended."""
    parents, ticks = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        number = int(path.parent.name)
        parents[number], ticks[number] = int(fields[1]), sum(map(int, fields[11:15]))
    own = {os.getpid()}
    while more := {number for number, parent in parents.items() if parent in own} - own:
        own |= more
    return [ticks[number] for number in own if number in ticks]
