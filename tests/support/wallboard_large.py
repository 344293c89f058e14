"""A centre of 500 queues for the wallboard, and how much of the machine others took while it was measured."""

import functools
import os
import tempfile
from pathlib import Path

from wallboard_rows import AT_NOON, breach, final, running

from config.settings import Configuration, load
from dashboards.wallboard.state import View

__all__ = ["LATE", "QUEUES", "Others", "large_view"]

QUEUES = 500
LATE = AT_NOON + 10 * 3_600_000 + 1_800_000
"""23:40 of that Monday in Madrid, when 48 half hours are there."""


@functools.cache
def configuration() -> Configuration:
    """The demo's with 500 more queues in twelve programs, two sites, and 40 pools of three queues each."""
    text = (Path(__file__).resolve().parents[2] / "config" / "monitor.yaml").read_text(encoding="utf-8")
    names = [f"queue {number:03d}" for number in range(QUEUES)]
    programs = [
        f"  - {{id: p{number}, queues: [{', '.join(f'{{id: {name}}}' for name in names[number::12])}]}}\n"
        for number in range(12)
    ]
    halves = {"north": range(6), "south": range(6, 12)}
    sites = [f"  - {{id: {site}, programs: [{', '.join(f'p{n}' for n in own)}]}}\n" for site, own in halves.items()]
    pools = [f"  - {{id: team {n:02d}, queues: [{', '.join(names[n * 4 : n * 4 + 3])}]}}\n" for n in range(40)]
    for key, lines in (("programs:", programs), ("sites:", sites), ("pools:", pools)):
        head, line, tail = text.partition(f"\n{key}")
        comment, _, rest = tail.partition("\n")
        text = f"{head}{line}{comment}\n{''.join(lines)}{rest}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "monitor.yaml"
        path.write_text(text, encoding="utf-8")
        return load([path])


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
