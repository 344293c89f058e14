"""Which columns count the contacts of an interval, decided and confirmed by how the numbers relate.

`offered = answered + abandoned` in every row is worth more than any name: a choice that the rows bear out is sure,
and one that they contradict is told, whatever the columns are called.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import Any, Final

from streams.sources.proposal import Option
from streams.sources.recognising.findings import Findings
from streams.sources.recognising.tables import Column

__all__ = ["Counts", "choose_counts", "counting", "holds"]

Numbers = Sequence[float | None]
_NO_COUNTS: Final = frozenset(
    {"target", "forecast", "required", "scheduled", "difference", "previous", "cost", "outbound", "internal", "median"}
)
_NEARLY_ALL: Final = 0.95
_MOST_CANDIDATES: Final = 4
_MOST_UNNAMED: Final = 8
"""Columns without a name that says something, which the numbers are tried for."""
_FEW: Final = 4
"""Rows from which a number that is always the same is no count of contacts."""
_TOLERANCE: Final = 0.5


@dataclass(slots=True)
class Counts:
    """The columns that were chosen."""

    offered: Column | None = None
    answered: Column | None = None
    handled: Column | None = None
    abandoned: Column | None = None
    overflowed: list[Column] = field(default_factory=list)
    confirmed: bool = False
    """Whether offered is the sum of the others, row by row."""
    answered_numbers: Numbers = ()
    """Those of answered, also where it is computed."""
    answered_value: Any = None
    """Answered as it stands in the source."""

    @property
    def per_contact(self) -> Any:  # noqa: ANN401 - any value of YAML
        """The count that averages of handling are of, as it stands in the source; None: there is none."""
        return self.handled.name if self.handled is not None else self.answered_value


def counting(findings: Findings, *measures: str) -> list[Column]:
    """Columns of whole numbers that count one of some measures."""
    return [
        column
        for column in findings.table.of(*measures)
        if column.is_numeric
        and column.meaning.statistic in {"", "number", "sum"}
        and not column.meaning.kinds & _NO_COUNTS
        and column.meaning.unit is None
        and not ("time" in column.meaning.tokens and column.meaning.statistic == "sum")
        and not column.percent_signs
        and all(number is None or number == int(number) for number in column.numbers)
    ]


def choose_counts(findings: Findings) -> Counts:
    """Choose offered, answered, handled, abandoned and overflowed, and map them."""
    offered, sums = _offered(findings)
    answered = _ranked(counting(findings, "answered"))
    handled = _ranked(counting(findings, "handled"))
    abandoned = _ranked([*counting(findings, "abandoned"), *counting(findings, "lost")])
    others = _ranked([*counting(findings, "overflowed"), *counting(findings, "elsewhere")])
    takers = (answered + handled)[:_MOST_CANDIDATES]
    unknown = [] if takers and abandoned else _unnamed(findings)
    best, score = Counts(), (-1.0, -1.0, 0)
    fits: list[tuple[Column, Column, Column]] = []
    choices: list[Sequence[Column | None]] = [
        [*offered, *sums] if offered else [None, *sums],
        takers or [None, *unknown],
        abandoned or [None, *unknown],
    ]
    for one, two, three in product(*choices):
        for rest in [[], *([other] for other in others[:_MOST_CANDIDATES])]:
            equal = _balance(one, two, three, rest)
            if equal < _NEARLY_ALL and (one in sums or {two, three}.intersection(unknown)):
                continue  # only the numbers speak for them
            known = sum(1 for column in (one, two, three) if column is not None and column.meaning.whole)
            here = (equal if equal >= _NEARLY_ALL else _sense(one, two, three), float(known), -len(rest))
            if equal >= _NEARLY_ALL and one and two and three:
                fits.append((one, two, three))
            if here > score:
                score = here
                best = Counts(one, two, None, three, rest, confirmed=equal >= _NEARLY_ALL)
    named = bool(offered and takers and abandoned)
    best = best if best.confirmed or named else _of_four(findings) or best
    _complement(findings, best, handled)
    _map(findings, best, {"offered": offered, "answered": takers, "abandoned": abandoned}, fits)
    return best


def _of_four(findings: Findings) -> Counts | None:
    """Counts without names that say anything, of which one is the sum of three others in every row."""
    unknown = [*_unnamed(findings), *counting(findings, "overflowed")][:_MOST_UNNAMED]
    for one, two, three, four in permutations(unknown, 4):
        first = [column.numbers[0] or 0 for column in (one, two, three, four)]
        if abs(first[0] - sum(first[1:])) > _TOLERANCE or not any(four.numbers):
            continue
        larger = [sum(number or 0 for number in column.numbers) for column in (two, three, four)]
        if larger == sorted(larger, reverse=True) and _balance(one, two, three, [four]) >= _NEARLY_ALL:
            return Counts(one, two, None, three, [four], confirmed=True)
    return None


def _complement(findings: Findings, best: Counts, handled: Sequence[Column]) -> None:
    """Choose the handled and the overflowed beside the others."""
    best.handled = next((column for column in handled if column is not best.answered), None)
    if best.answered is not None and best.answered.meaning.measure == "handled":
        best.handled = best.answered
    if not best.overflowed:
        best.overflowed = _remainder(findings, best) or counting(findings, "overflowed")[:1]
        best.confirmed = best.confirmed or _whole(best)


def _remainder(findings: Findings, counts: Counts) -> list[Column]:
    """The column, of whatever name, that counts just those who neither were answered nor gave up."""
    if counts.confirmed:
        return []
    chosen = (counts.offered, counts.answered, counts.abandoned)
    columns = [one for one in counting(findings, "contact", "elsewhere", "") if one not in chosen]
    return [one for one in columns if _balance(*chosen, [one]) >= _NEARLY_ALL and any(one.numbers)][:1]


def _whole(counts: Counts) -> bool:
    """Whether offered is the sum of the others, as they stand."""
    return _balance(counts.offered, counts.answered, counts.abandoned, counts.overflowed) >= _NEARLY_ALL


def _unnamed(findings: Findings) -> list[Column]:
    """Columns of whole numbers whose names say nothing, the larger ones first."""
    columns = [
        column
        for column in counting(findings, "", "contact")
        if (column.meaning.strange or not column.meaning.measure)
        and not column.meaning.tokens - {"contact"}
        and len(column.different) > 1
    ]
    columns.sort(key=lambda one: -sum(number or 0 for number in one.numbers))
    return columns[:_MOST_UNNAMED]


def _offered(findings: Findings) -> tuple[list[Column], list[Column]]:
    """Columns that count what is offered, and those whose names say less, so that only the rows may speak for them."""
    contacts = [one for one in counting(findings, "contact") if len(one.different) > 1 or findings.table.count < _FEW]
    offered = _ranked(counting(findings, "offered")) or _ranked(contacts)
    others = counting(findings, "queue", "waiting", "contact", "")
    return offered, [one for one in others if one not in offered and len(one.different) > 1][:_MOST_UNNAMED]


def _ranked(columns: list[Column]) -> list[Column]:
    """Columns whose names are understood as a whole first, then in the order of the file."""
    return sorted(columns, key=lambda one: (not one.meaning.whole, one.place))[:_MOST_CANDIDATES]


def _balance(offered: Column | None, answered: Column | None, abandoned: Column | None, rest: list[Column]) -> float:
    """The share of rows in which offered is the sum of the others; -1 where that cannot be said."""
    if offered is None or answered is None or abandoned is None:
        return -1.0
    total = added([answered.numbers, abandoned.numbers, *(column.numbers for column in rest)])
    good = known = 0
    for whole, parts, _lost in zip(offered.numbers, total, abandoned.numbers, strict=True):
        if whole is not None and parts is not None and (whole or parts):
            known += 1
            good += abs(whole - parts) <= _TOLERANCE
    telling = sum(1 for lost in abandoned.numbers if lost)
    return good / known if known >= 2 and telling else -1.0


def _sense(offered: Column | None, answered: Column | None, abandoned: Column | None) -> float:
    """A little for figures that do not contradict each other, less for those that do."""
    parts = [column for column in (answered, abandoned) if column is not None]
    if offered is None or not parts:
        return 0.0
    return 0.1 if all(holds(part.numbers, offered.numbers) for part in parts) else -0.5


def holds(less: Numbers, more: Numbers) -> bool:
    """Whether a figure is at most the other one in nearly all rows."""
    pairs = [(one, two) for one, two in zip(less, more, strict=True) if one is not None and two is not None]
    return sum(1 for one, two in pairs if one <= two + _TOLERANCE) >= _NEARLY_ALL * len(pairs)


def added(columns: Sequence[Numbers]) -> list[float | None]:
    """The sum of some figures row by row; None where one is not known."""
    return [
        None if None in row else sum(number for number in row if number is not None)
        for row in zip(*columns, strict=True)
    ]


def _map(
    findings: Findings,
    counts: Counts,
    candidates: dict[str, list[Column]],
    fits: list[tuple[Column, Column, Column]],
) -> None:
    proposal = findings.proposal
    against = _contradiction(counts)
    for place, (name, column) in enumerate(
        (("offered", counts.offered), ("answered", counts.answered), ("abandoned", counts.abandoned))
    ):
        if column is None:
            continue
        findings.use(column)
        rivals = _rivals(column, candidates[name], [fit[place] for fit in fits], confirmed=counts.confirmed)
        doubt = against.get(name, "") or _doubt(column, rivals, confirmed=counts.confirmed)
        note = _balanced(counts) if counts.confirmed and name == "offered" else ""
        options = [Option(one.name, {("columns", name): one.name}) for one in (column, *rivals)]
        proposal.map(name, column.name, note, doubt, options if doubt else ())
    counts.answered_numbers = counts.answered.numbers if counts.answered is not None else ()
    counts.answered_value = counts.answered.name if counts.answered is not None else None
    _complete(findings, counts)
    for column in counts.overflowed[:1]:
        findings.use(column)
        sure = column.meaning.whole or (counts.confirmed and column.meaning.measure)
        proposal.map("overflowed", column.name, doubt="" if sure else _part(column))
    if counts.handled is not None:
        findings.use(counts.handled)
        proposal.map(
            "handled", counts.handled.name, doubt="" if counts.handled.meaning.whole else _part(counts.handled)
        )


def _rivals(column: Column, candidates: list[Column], fits: list[Column], *, confirmed: bool) -> list[Column]:
    """Columns that may be meant as well: by their names, and by the rows where these speak."""
    rivals = [
        one
        for one in candidates
        if one is not column
        and one.meaning.whole >= column.meaning.whole
        and one.meaning.measure == column.meaning.measure
    ]
    return [one for one in rivals if one in fits and one.numbers != column.numbers] if confirmed else rivals


def _balanced(counts: Counts) -> str:
    parts = [column.name for column in (counts.answered, counts.abandoned, *counts.overflowed) if column is not None]
    return f"= {' + '.join(parts)} in the rows"


def _contradiction(counts: Counts) -> dict[str, str]:
    """By field, what the numbers say against it."""
    if counts.offered is None or counts.confirmed:
        return {}
    found: dict[str, str] = {}
    for name, column in (("answered", counts.answered), ("abandoned", counts.abandoned)):
        if column is not None and not holds(column.numbers, counts.offered.numbers):
            found[name] = f"it is more than {counts.offered.name} in some rows"
    if counts.answered is not None and counts.abandoned is not None and not found:
        total = added([counts.answered.numbers, counts.abandoned.numbers])
        if not holds(total, counts.offered.numbers):
            found["offered"] = f"{counts.answered.name} + {counts.abandoned.name} is more than it in some rows"
    return found


def _doubt(column: Column, rivals: list[Column], *, confirmed: bool) -> str:
    if rivals:
        return f"{rivals[0].name} may be it, too"
    if not column.meaning.measure:
        return "its name is not known; the numbers fit: in the rows one column is the sum of the others"
    if confirmed:
        return ""
    if column.meaning.measure == "contact":
        return "the name does not say which contacts are counted"
    if column.meaning.measure == "lost":
        return "are these all that gave up?"
    return "" if column.meaning.whole else _part(column)


def _part(column: Column) -> str:
    strange = f" (not {', '.join(column.meaning.strange)})" if column.meaning.strange else ""
    return f"of the name {column.name!r} only a part is understood{strange}"


def _complete(findings: Findings, counts: Counts) -> None:
    """Compute the count that is lacking from the others, where that can be done."""
    proposal = findings.proposal
    offered, answered, abandoned = counts.offered, counts.answered, counts.abandoned
    rest = [column.name for column in counts.overflowed]
    if offered is None and answered is not None and abandoned is not None:
        proposal.map("offered", {"sum": [answered.name, abandoned.name, *rest]}, "no column counts it")
    elif answered is None and offered is not None and abandoned is not None:
        value = {"difference": [offered.name, abandoned.name, *rest]}
        proposal.map("answered", value, doubt="no column counts it: did all others get an answer?")
        counts.answered_value = value
        counts.answered_numbers = [
            None if one is None or two is None else one - two
            for one, two in zip(offered.numbers, abandoned.numbers, strict=True)
        ]
    elif abandoned is None and offered is not None and answered is not None and not proposal.mapped("abandoned"):
        parts = [*counting(findings, "abandoned_within", "short_abandoned"), *counting(findings, "abandoned_beyond")]
        if len(parts) == 2 and _is_rest(counts, parts):
            findings.use(*parts)
            proposal.map(
                "abandoned", {"sum": [one.name for one in parts]}, "with the answered, the offered in the rows"
            )
            return
        value = {"difference": [offered.name, answered.name, *rest]}
        proposal.map("abandoned", value, doubt="no column counts it: did all others give up?")


def _is_rest(counts: Counts, parts: Sequence[Column]) -> bool:
    """Whether some columns together, with the answered, are the offered in nearly all rows."""
    if counts.offered is None or counts.answered is None:
        return False
    total = added(
        [counts.answered.numbers, *(one.numbers for one in parts), *(one.numbers for one in counts.overflowed)]
    )
    pairs = [
        (one, two)
        for one, two in zip(counts.offered.numbers, total, strict=True)
        if one is not None and two is not None
    ]
    return len(pairs) > 1 and sum(1 for one, two in pairs if abs(one - two) <= _TOLERANCE) >= _NEARLY_ALL * len(pairs)
