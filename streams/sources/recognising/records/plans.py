"""Plans: forecasts of volume and handle time, and agents that are required and scheduled, by interval."""

from collections.abc import Callable
from typing import Any, Final

from streams.sources.proposal import Option
from streams.sources.recognising.findings import Findings
from streams.sources.recognising.records.grids_of_time import choose_start, say_length
from streams.sources.recognising.records.spells import spell_of
from streams.sources.recognising.tables import Column
from streams.sources.recognising.vocabulary import plain

__all__ = ["propose_plans"]

_KINDS: Final = {"required_agents": "required", "scheduled_agents": "scheduled"}
_OTHERS: Final = frozenset({"actual", "difference", "previous", "target", "cost", "outbound"})


def propose_plans(findings: Findings) -> None:
    """Map the columns of a table of plans."""
    queue = findings.queue()
    start = choose_start(findings)
    if start is None:
        return
    say_length(findings, start, queue)
    for name in ("plan_version", "published_at"):
        _given(findings, name)
    _volume(findings)
    _handle(findings)
    for name in _KINDS:
        _agents(findings, name)
    _unsaid(findings)
    if not any(findings.proposal.mapped(name) for name in ("forecast_offered", "forecast_aht_seconds", *_KINDS)):
        lacking = "no column has a forecast, nor agents that are required or scheduled"
        if findings.table.of("agent"):
            lacking += "; a schedule of single agents is no plan: export the agents scheduled by queue and interval"
        findings.proposal.warnings.append(lacking)


def _given(findings: Findings, name: str) -> None:
    measure = {"plan_version": "version", "published_at": "published"}[name]
    for column in findings.table.of(measure):
        if measure == "published":
            moment = findings.moment(column)
            if moment is None:
                continue
            value: Any = column.name if set(moment.value) == {"column"} else moment.value
            findings.proposal.map(name, value, moment.note, moment.doubt, moment.options(name))
        else:
            findings.proposal.map(name, column.name)
        findings.use(column)
        return


def _candidates(findings: Findings, *measures: str) -> list[Column]:
    """Columns of numbers that are of the plan, those that say so first."""
    found = [
        column
        for column in findings.table.of(*measures)
        if (column.is_numeric or column.layouts) and not column.meaning.kinds & _OTHERS and not column.percent_signs
        and "actual" not in column.meaning.tokens and column.meaning.statistic not in {"pct", "max", "least", "median"}
    ]  # fmt: skip
    return sorted(found, key=lambda one: ("forecast" not in one.meaning.kinds, not one.meaning.whole, one.place))


def _volume(findings: Findings) -> None:
    _first(
        findings,
        "forecast_offered",
        [
            one
            for one in [column for measure in ("offered", "contact", "") for column in _candidates(findings, measure)]
            if one.is_numeric and "time" not in one.meaning.tokens and not one.meaning.kinds & {"required", "scheduled"}
            and (one.meaning.measure or one.meaning.kinds)
        ],
        lambda column: column.name,
    )  # fmt: skip


def _handle(findings: Findings) -> None:
    spells = {
        column.name: spell
        for column in [*_candidates(findings, "handle"), *_candidates(findings, "talk")]
        if (spell := spell_of(column, "handle", (), single=True)) is not None
    }
    columns = [column for column in findings.table.columns if column.name in spells]
    columns.sort(key=lambda one: ("forecast" not in one.meaning.kinds, one.meaning.measure != "handle", one.place))
    if columns:
        spell = spells[columns[0].name]
        _first(findings, "forecast_aht_seconds", columns, lambda column: spells[column.name].value(), spell.doubt)
        if columns[0].meaning.measure == "talk":
            _add_parts(findings, columns[0])


def _add_parts(findings: Findings, talk: Column) -> None:
    """Add the forecast hold and wrap to the talk, where the handle time as a whole is not forecast."""
    parts = [
        column
        for measure in ("hold", "wrap")
        for column in _candidates(findings, measure)
        if column.meaning.kinds == talk.meaning.kinds and column.name not in findings.used
    ]
    entry = findings.proposal.entry("columns", "forecast_aht_seconds")
    spells = [spell_of(column, column.meaning.measure, (), single=True) for column in parts]
    if entry is None or not parts or None in spells:
        return
    findings.use(*parts)
    entry.value = {"sum": [entry.value, *(spell.value() for spell in spells if spell is not None)]}
    entry.note = "talk and what follows it"


def _agents(findings: Findings, name: str) -> None:
    kind = _KINDS[name]
    columns = [
        column
        for column in findings.table.columns
        if kind in column.meaning.kinds
        and column.is_numeric
        and not column.twice
        and not (column.meaning.kinds & _OTHERS - ({"difference"} if _is_net(column) else set()))
        and "actual" not in column.meaning.tokens
        and column.meaning.measure in {"agent", "staffed", "", "login"}
    ]
    forecast = [
        column
        for column in findings.table.of("agent", "staffed")
        if kind == "required" and column.meaning.kinds == {"forecast"} and column.is_numeric
    ]
    columns = columns or forecast
    columns.sort(
        key=lambda one: (
            "gross" in one.meaning.tokens,
            "forecast" not in one.meaning.kinds,
            bool(one.meaning.strange),
            one.place,
        )
    )
    gross = bool(columns) and "gross" in columns[0].meaning.tokens
    doubt = "with shrinkage in it (gross)?" if gross else ""
    doubt = doubt or ("are the forecast agents those that are required?" if columns and columns == forecast else "")
    _first(findings, name, columns, lambda one: one.name, doubt)


def _is_net(column: Column) -> bool:
    """Whether a name says "net", of agents without shrinkage, and no difference of two figures."""
    return {"net", "netto", "neto", "nets"} & set(plain(column.name).split()) != set()


def _first(
    findings: Findings, name: str, columns: list[Column], value: Callable[[Column], Any], doubt: str = ""
) -> None:
    """Map the first of some columns."""
    columns = [column for column in columns if column.name not in findings.used]
    if not columns:
        return
    best, *others = columns
    rivals = [
        one
        for one in others
        if one.meaning.kinds == best.meaning.kinds
        and one.meaning.measure == best.meaning.measure
        and one.meaning.whole >= best.meaning.whole
    ]
    if rivals and not doubt:
        doubt = f"{rivals[0].name} may be it, too"
    elif best.meaning.strange and not doubt:
        doubt = f"of the name {best.name!r} only a part is understood (not {', '.join(best.meaning.strange)})"
    findings.use(best)
    options = [Option(one.name, {("columns", name): value(one)}) for one in (best, *rivals)]
    findings.proposal.map(name, value(best), doubt=doubt, options=options if doubt and rivals else ())


def _unsaid(findings: Findings) -> None:
    """Map agents of whom nothing says whether they are required or scheduled."""
    proposal = findings.proposal
    if proposal.mapped("required_agents") or proposal.mapped("scheduled_agents"):
        return
    for column in findings.table.of("agent", "staffed"):
        if "id" in column.meaning.tokens:
            continue
        if column.is_numeric and not column.meaning.kinds & _OTHERS and column.name not in findings.used:
            findings.use(column)
            options = [
                Option(said, {("columns", "required_agents"): None, ("columns", "scheduled_agents"): None}
                       | {("columns", name): column.name})
                for name, said in (("required_agents", "required"), ("scheduled_agents", "scheduled"))
            ]  # fmt: skip
            proposal.map("required_agents", column.name, doubt="required, or scheduled?", options=options)
            return
