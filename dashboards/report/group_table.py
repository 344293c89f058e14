"""The table of a program, site or pool in a report."""

from typing import Final

from dashboards.report.cells import NOTHING, Line, Table, counts_of, of, percent
from streams.groups import MIXED_DEFINITIONS
from streams.report.figures import GroupReport

__all__ = ["group_table"]

_NAMED: Final = 5
"""Queues listed by name at most."""
_IN_RANGE: Final = "offered in queues' intervals with a verdict"


def group_table(group: GroupReport) -> Table:
    """The lines of one group, its queues together."""
    mixed = group.definition == MIXED_DEFINITIONS
    how = "no service level: its queues define it differently" if mixed else "each queue by its own threshold"
    definition = "" if mixed or group.definition is None else f" ({group.definition})"
    lines = [
        Line("4.3", f"Service level{definition}", percent(group.level.value), counts_of(group.level), how),
        Line("2.G.A", "Contacts in range", percent(group.in_range.value), counts_of(group.in_range), _IN_RANGE),
    ]
    over = f"{0 if group.volume is None else group.volume.intervals:,} {group.period}s with a plan"
    if group.volume is None:
        lines.append(Line("2.5", "Volume against plan", NOTHING, "", "nowhere a plan for all its queues"))
    else:
        against = percent(group.volume.value, signed=True)
        lines.append(Line("2.5", "Volume against plan", against, counts_of(group.volume), over))
    if group.wape is not None:
        lines.append(Line("2.5", "Volume: WAPE", percent(group.wape.value), counts_of(group.wape), over))
    missed = sorted(group.missing.items(), key=lambda queue: (-queue[1], queue[0]))
    names = ", ".join(f"{queue} {count:,}" for queue, count in missed[:_NAMED])
    more = f", + {len(missed) - _NAMED}" if len(missed) > _NAMED else ""
    what = f"{group.period.capitalize()}s incomplete"
    share = percent(group.incomplete / group.total)
    lines.append(
        Line("2.6", what, share, of(group.incomplete, group.total), f"missing: {names}{more}" if names else "")
    )
    return Table(f"{group.kind.capitalize()} {group.group}, its queues together", lines, [])
