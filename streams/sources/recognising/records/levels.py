"""How a file counts its service level: contacts within the threshold, or a percentage of a count that must be found.

If 94.01 % are within, 157 of 167 contacts may be, and no number of 169. So whole contacts show which count a
percentage is of, and the rows show by which definition it was made.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from copc.service_level import DEFINITIONS, FORMULAS, Counts, service_level
from streams.sources.proposal import Option
from streams.sources.recognising.findings import Findings
from streams.sources.recognising.records.counts import Counts as Chosen
from streams.sources.recognising.records.counts import added, counting, holds
from streams.sources.recognising.tables import Column

__all__ = ["choose_levels"]

Numbers = Sequence[float | None]
_NEARLY_ALL: Final = 0.95
_LIKELY: Final = 20.0
"""How many times likelier a count must be than chance, that a percentage is taken to be of it."""


class _Whole(NamedTuple):
    """A count that a percentage may be of."""

    value: Any
    numbers: Numbers
    said: str


def choose_levels(findings: Findings, counts: Chosen) -> None:
    """Map answered_within, abandoned_within, short_abandoned, the threshold and the service level that is reported."""
    proposal = findings.proposal
    profile = proposal.mapped("answered_within")
    within = None if profile else _counted(findings, "answered_within", counts)
    for name in ("abandoned_within", "short_abandoned"):
        _counted(findings, name, counts)
    _short(findings, within)
    ratios = _ratios(findings)
    if within is None and not proposal.mapped("answered_within"):
        within = _shared(findings, counts, ratios)
    elif ratios:
        _reported(findings, counts, ratios)
    _threshold(findings)


def _counted(findings: Findings, name: str, counts: Chosen) -> Column | None:
    """Map a count that a threshold makes; the column, if there is one."""
    columns = sorted(counting(findings, name), key=lambda one: (not one.meaning.whole, one.place))
    if not columns and name == "answered_within":
        columns = _counted_levels(findings, counts)
    if not columns:
        return _less(findings, name, counts)
    whole = counts.answered if name == "answered_within" else counts.abandoned
    numbers = counts.answered_numbers if name == "answered_within" else (whole.numbers if whole is not None else ())
    sound = [one for one in columns if not numbers or holds(one.numbers, numbers)]
    wanted = findings.expected.level("").threshold_ms / 1000
    sound.sort(key=lambda one: name == "answered_within" and one.meaning.seconds != wanted)
    column = (sound or columns)[0]
    rivals = [one for one in sound[1:] if one.numbers != column.numbers and one.meaning.whole >= column.meaning.whole]
    doubt = _doubt(column, sound, rivals)
    if not sound:
        doubt = f"it is more than {whole.name if whole is not None else 'the answered'} in some rows"
    findings.use(column)
    options = [Option(one.name, {("columns", name): one.name}) for one in (column, *rivals)] if rivals else []
    findings.proposal.map(name, column.name, doubt=doubt, options=options)
    return column


def _counted_levels(findings: Findings, counts: Chosen) -> list[Column]:
    """Columns that count the contacts of the service level, by "count" in their names and by their numbers."""
    return [
        column
        for column in counting(findings, "service_level")
        if column.meaning.statistic == "number"
        and len(column.different) > 1
        and max(number or 0 for number in column.numbers) > 1
        and (not counts.answered_numbers or holds(column.numbers, counts.answered_numbers))
    ]


def _doubt(column: Column, sound: Sequence[Column], rivals: Sequence[Column]) -> str:
    if column.meaning.measure == "answered_within" and len({one.meaning.seconds for one in sound}) > 1:
        return f"it counts at {column.meaning.seconds or 0:g} s; is that the threshold of the queue?"
    if rivals:
        return f"{rivals[0].name} may be it, too"
    return "" if column.meaning.whole else f"of the name {column.name!r} only a part is understood"


def _short(findings: Findings, within: Column | None) -> None:
    """Take abandoned contacts that were counted at a shorter threshold for short abandons."""
    proposal = findings.proposal
    entry = proposal.entry("columns", "abandoned_within")
    if entry is None or not isinstance(entry.value, str) or proposal.mapped("short_abandoned"):
        return
    seconds = findings.table.column(entry.value).meaning.seconds
    of_answered = None if within is None else within.meaning.seconds
    if of_answered is None and within is None:
        of_answered = findings.expected.level("").threshold_ms / 1000
    if seconds is None or of_answered is None or seconds >= of_answered:
        return
    proposal.entries.remove(entry)
    limit = findings.expected.level("").short_abandon_ms / 1000
    doubt = (
        "" if seconds == limit else f"it counts up to {seconds:g} s; the short abandons of the queue end at {limit:g} s"
    )
    proposal.map("short_abandoned", entry.value, doubt=doubt)


def _less(findings: Findings, name: str, counts: Chosen) -> Column | None:
    """Map a count within the threshold as what is not beyond it."""
    beyond = counting(findings, name.replace("within", "beyond"))
    whole = counts.answered if name == "answered_within" else counts.abandoned
    if name.endswith("within") and beyond and whole is not None and holds(beyond[0].numbers, whole.numbers):
        findings.use(beyond[0])
        findings.proposal.map(name, {"difference": [whole.name, beyond[0].name]}, "all but those beyond the threshold")
    return None


def _ratios(findings: Findings) -> list[Column]:
    """Columns that hold a service level as a ratio or percentage."""
    return [
        column
        for column in findings.table.columns
        if column.is_numeric
        and not column.twice
        and not column.meaning.kinds
        and (
            (column.meaning.measure == "service_level" and column.meaning.statistic in {"", "pct", "avg"})
            or (
                column.meaning.measure == "answered_within"
                and (column.meaning.statistic == "pct" or column.percent_signs)
            )
        )
        and all(number is None or 0 <= number <= 100 for number in column.numbers)
    ]


def _percent(column: Column) -> bool:
    """Whether its numbers are per cent, not ratios."""
    return column.percent_signs or any(number is not None and number > 1 for number in column.numbers)


def _shared(findings: Findings, counts: Chosen, ratios: Sequence[Column]) -> Column | None:
    """Map answered_within as a share of the count that whole contacts bear out."""
    if not ratios:
        return None
    ratios = _likeliest(ratios, counts)
    column = ratios[0]
    wholes = _wholes(counts)
    if not wholes:
        findings.proposal.remarks.append(
            f"{column.name} is a percentage, and no column counts what it is of: not mapped"
        )
        return None
    best, sure = _best(column, wholes)
    share = {"share": _share(column), "of": wholes[best].value}
    doubt = "" if sure else f"is it a percentage of {' or of '.join(whole.said for whole in wholes)}?"
    options = [_option(f"of {whole.said}", share | {"of": whole.value}) for whole in wholes]
    note = f"of {wholes[best].said}: only so are contacts whole" if sure else ""
    rivals = [one for one in ratios if one.numbers != column.numbers]
    if rivals and not doubt:
        doubt = f"{rivals[0].name} may be it, too"
        options = [_option(one.name, share | {"share": _share(one)}) for one in (column, *rivals)]
    findings.use(column)
    findings.proposal.map("answered_within", share, note, doubt, options if doubt else ())
    return column


def _best(column: Column, wholes: Sequence[_Whole]) -> tuple[int, bool]:
    """The place of the count that a percentage is of, and whether the rows leave no doubt."""
    scores = [_fit(column, whole.numbers) for whole in wholes]
    best = max(range(len(wholes)), key=lambda place: scores[place])
    others = [score for place, score in enumerate(scores)
              if place != best and wholes[place].numbers != wholes[best].numbers]  # fmt: skip
    said = [place for place, whole in enumerate(wholes) if _says(column, whole)]
    sure = scores[best] > math.log(_LIKELY) and all(scores[best] - score > math.log(_LIKELY) for score in others)
    return (said[0] if not sure and said else best), sure


def _option(label: str, value: Any) -> Option:  # noqa: ANN401 - any value of YAML
    return Option(label, {("columns", "answered_within"): value})


def _likeliest(ratios: Sequence[Column], counts: Chosen) -> list[Column]:
    """Percentages that may be the service level, those whose names are understood first; none of the answered."""
    others = [one for one in ratios if not _is_answer_rate(one, counts)]
    return sorted(others or ratios, key=lambda one: (not one.meaning.whole, one.place))


def _is_answer_rate(column: Column, counts: Chosen) -> bool:
    """Whether a percentage is that of the answered among the offered, whatever its name is."""
    if counts.offered is None or not counts.answered_numbers:
        return False
    scale = 100 if _percent(column) else 1
    rows = list(zip(column.texts, column.numbers, counts.answered_numbers, counts.offered.numbers, strict=True))
    good = known = 0
    for text, ratio, answered, offered in rows:
        if ratio is None or answered is None or not offered:
            continue
        decimals = len(text.strip("% ").replace(",", ".").partition(".")[2])
        known += 1
        good += abs(answered / offered * scale - ratio) <= 0.51 * 10.0**-decimals + 1e-9
    return known >= 3 and good >= _NEARLY_ALL * known


def _share(column: Column) -> Any:  # noqa: ANN401 - any value of YAML
    return column.name if _percent(column) else {"column": column.name, "percent": False}


def _wholes(counts: Chosen) -> list[_Whole]:
    """The counts that a service level may be of."""
    found: list[_Whole] = []
    if counts.answered is not None and counts.abandoned is not None:
        value = {"sum": [counts.answered.name, counts.abandoned.name]}
        numbers = added([counts.answered.numbers, counts.abandoned.numbers])
        if counts.offered is not None and counts.confirmed and not counts.overflowed:
            value = counts.offered.name  # type: ignore[assignment]  # the same count under its own name
        found.append(_Whole(value, numbers, "answered and abandoned"))
    if counts.answered is not None:
        found.append(_Whole(counts.answered.name, counts.answered.numbers, "the answered"))
    if counts.offered is not None and all(one.numbers != counts.offered.numbers for one in found):
        found.append(_Whole(counts.offered.name, counts.offered.numbers, "the offered"))
    return found


def _says(column: Column, whole: _Whole) -> bool:
    """Whether a column's name says that it is of this count."""
    tokens = column.meaning.tokens
    return ("answered" in tokens and whole.said == "the answered") or ("offered" in tokens and "offered" in whole.said)


def _fit(column: Column, whole: Numbers) -> float:
    """How much likelier than chance it is that the percentage is of this count: a logarithm."""
    scale = 100 if _percent(column) else 1
    total = 0.0
    for text, ratio, count in zip(column.texts, column.numbers, whole, strict=True):
        if ratio is None or not count or ratio in (0, scale):
            continue
        decimals = len(text.strip("% ").replace(",", ".").partition(".")[2])
        reach = 0.5 * 10.0**-decimals / scale * count + 1e-9
        if reach >= 0.5:
            continue
        within = ratio / scale * count
        off = abs(within - round(within))
        total += -math.log(2 * reach) if off <= reach * 1.01 else -4.0
    return total


def _reported(findings: Findings, counts: Chosen, ratios: Sequence[Column]) -> None:
    """Map the service level that the file gives, if the rows agree with the definition of its queues."""
    proposal = findings.proposal
    agreed = {column.name: _definitions(findings, counts, column) for column in ratios}
    column = next((one for one in ratios if agreed[one.name]), ratios[0])
    made = agreed[column.name]
    levels = {findings.expected.level(queue) for queue in list(proposal.queues)[:50] or [""]}
    wanted = {(level.definition, level.overflow_counts) for level in levels}
    entry = proposal.entry("columns", "answered_within")
    if made and entry is not None and entry.doubt:
        entry.doubt, entry.options, entry.note = "", (), f"{column.name} is made of it"
    if wanted <= set(made) and len(wanted) == 1:
        findings.use(column)
        value = {"column": column.name, "percent": True} if _percent(column) else column.name
        proposal.map("service_level_reported", value, f"the rows agree: {FORMULAS[next(iter(wanted))[0]]}")
        return
    if made:
        (name, overflow), *_ = made
        more = ", overflowed in the denominator" if overflow else ""
        proposal.remarks.append(
            f"{column.name} is {FORMULAS[name]}{more} ({name}), and the queue's definition is "
            f"{' or '.join(sorted(one for one, _ in wanted))}: not mapped"
        )
    else:
        proposal.remarks.append(f"{column.name}: the rows agree with no definition of the service level: not mapped")


def _definitions(findings: Findings, counts: Chosen, column: Column) -> list[tuple[Any, bool]]:
    """The definitions, each with or without overflowed contacts, by which the rows make the percentage."""
    known = {name: _numbers(findings, counts, name) for name in (
        "answered", "abandoned", "answered_within", "abandoned_within", "short_abandoned", "overflowed")}  # fmt: skip
    scale = 100 if _percent(column) else 1
    found = []
    for definition in DEFINITIONS:
        for overflow in (False, True):
            good = rows = 0
            for place, (text, ratio) in enumerate(zip(column.texts, column.numbers, strict=True)):
                if ratio is None:
                    continue
                figure = service_level(_counts(known, place), definition, overflow_counts=overflow).value
                if figure is None:
                    continue
                decimals = len(text.strip("% ").replace(",", ".").partition(".")[2])
                rows += 1
                good += abs(figure * scale - ratio) <= 0.51 * 10.0**-decimals + 1e-9
            if rows >= 3 and good >= _NEARLY_ALL * rows:
                found.append((definition, overflow))
    return found


def _counts(known: Mapping[str, Numbers], place: int) -> Counts:
    values = {name: numbers[place] if numbers else None for name, numbers in known.items()}
    return Counts(**{name: None if value is None or value < 0 else int(value) for name, value in values.items()})


def _numbers(findings: Findings, counts: Chosen, name: str) -> Numbers:
    chosen = {"answered": counts.answered, "abandoned": counts.abandoned}.get(name)
    if chosen is not None:
        return chosen.numbers
    if name == "answered" and counts.answered_numbers:
        return counts.answered_numbers
    entry = findings.proposal.entry("columns", name)
    if entry is None or not isinstance(entry.value, str):
        return ()
    return findings.table.column(entry.value).numbers


def _threshold(findings: Findings) -> None:
    """Say at how many seconds the file counts, where its names or a column do."""
    proposal = findings.proposal
    if not proposal.mapped("answered_within"):
        return
    columns = [one for one in findings.table.of("threshold") if one.is_numeric and not one.percent_signs]
    if columns:
        findings.use(columns[0])
        proposal.map("threshold_seconds", columns[0].name)
        return
    if proposal.entry("threshold_seconds") is not None:
        return
    mapped = proposal.entry("columns", "answered_within")
    chosen = mapped.value if mapped is not None and isinstance(mapped.value, str) else None
    said = {
        column.meaning.seconds
        for column in findings.table.columns
        if column.meaning.seconds is not None and column.meaning.measure in {"answered_within", "service_level"}
    }
    own = None if chosen is None else findings.table.column(chosen).meaning.seconds
    if len(said) == 1 or own is not None:
        seconds = own if own is not None else next(iter(said))
        assert seconds is not None  # noqa: S101 - left out above
        proposal.threshold_seconds = seconds
        proposal.put("threshold_seconds", int(seconds), "by the name of the column")
    else:
        proposal.remarks.append("check: the file does not say after how many seconds a contact is no longer within; "
                                "it is taken for the queue's threshold (else say threshold_seconds)")  # fmt: skip
