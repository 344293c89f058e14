"""Which type of record a table's rows make, by the columns it has."""

from collections.abc import Callable, Mapping
from typing import Final

from streams.sources.proposal import Sighted
from streams.sources.recognising.cells.instants import CLOCK, DATE, moments
from streams.sources.recognising.findings import Findings, is_duration
from streams.sources.recognising.names import meaning_of
from streams.sources.recognising.records.contacts import propose_contacts
from streams.sources.recognising.records.evaluations import check_rows, checks_of, propose_evaluations
from streams.sources.recognising.records.intervals import propose_intervals
from streams.sources.recognising.records.plans import propose_plans
from streams.sources.recognising.records.states import propose_states, state_words
from streams.sources.recognising.tables import Column, Table
from streams.sources.recognising.words import state_word

__all__ = ["BUILDERS", "kind_of"]

BUILDERS: Final[Mapping[str, Callable[[Findings], None]]] = {
    "interval": propose_intervals,
    "contact": propose_contacts,
    "plan": propose_plans,
    "agent_state": propose_states,
    "evaluation": propose_evaluations,
}
"""By type of record the function that maps a table's columns to its fields."""
_PLANNED: Final = frozenset({"forecast", "required", "scheduled"})
_GRID_MS: Final = 300_000
_ALIGNED: Final = 0.98
_BEGIN: Final = frozenset({"start", "end", "clock", "datetime"})
"""Measures of clocks that are instants, by their names."""
_SOME_STATES: Final = 0.2
"""Share of a column's cells that are words of states, such as breaks, where the others are kinds of work."""


def kind_of(table: Table, sighted: Sighted, subject: str) -> tuple[str, str]:
    """The type of record, and a remark where it may be another, or the table holds another as well.

    Args:
        table: the table.
        sighted: its file.
        subject: words on what it is about.
    """
    if sighted.expected.record is not None:
        return sighted.expected.record, ""
    told = _told(table, subject)
    if told:
        return told, ""
    planned = [one for one in table.columns if one.meaning.kinds & _PLANNED and (one.is_numeric or one.layouts)]
    taken = any(
        one.is_numeric and not one.meaning.kinds & _PLANNED and len(one.different) > 1
        for one in table.of("answered", "handled", "abandoned", "lost")
    )
    if _is_of_contacts(table, taken):
        return "contact", ""
    if not taken:
        sure = bool(planned) or any(meaning_of(text).kinds & _PLANNED for text in (subject, *table.titles))
        if sure or "wide" in table.options:
            return "plan", "" if sure else "check: is it a plan? if these contacts came, take --record interval"
    return "interval", f"{planned[0].name}: a plan is in it as well; map it with --record plan" if planned else ""


def _told(table: Table, subject: str) -> str:
    """The type of record that words in the cells tell; empty: none."""
    if _is_of_evaluations(table):
        return "evaluation"
    if _is_of_shifts(table, subject):
        return "plan"
    return "agent_state" if _is_of_agents(table) else ""


def _is_of_evaluations(table: Table) -> bool:
    checks = checks_of(table.columns)
    if table.of("evaluation", "evaluator") and check_rows(table) is not None:
        return True
    told = table.of("evaluation", "evaluator") or len(checks) >= len(table.columns) / 2
    return len(checks) >= 3 and bool(told)


def _is_of_agents(table: Table) -> bool:
    states = table.of("state", "outcome", "disposition", "")
    # A table with nothing of a contact in it needs fewer words that are known.
    least = 0.6 if table.of("id", "talk", "handle", "wait") else 0.4
    told = any(state_words(one) >= least and len({*map(state_word, one.different)} - {""}) > 1 for one in states)
    return bool(table.of("agent")) and told


def _is_of_shifts(table: Table, subject: str) -> bool:
    """Whether rows are stretches of single agents' schedules."""
    said = any("scheduled" in meaning_of(text).kinds for text in (subject, *table.titles))
    cells = [one for one in table.columns if state_words(one) >= _SOME_STATES]
    ends = any(one.meaning.measure == "end" and one.shown is not None for one in table.columns)
    return said and ends and bool(cells) and bool(table.of("agent"))


def _is_of_contacts(table: Table, taken: bool) -> bool:
    """Whether rows are single contacts: they have names of their own, or begin at any second."""
    ids = [
        one
        for one in table.of("id")
        if len(one.different) >= 0.8 * len(one.filled) and one.filled and one.shown is None and table.count > 1
    ]
    dated = any(one.shown is not None and one.shown.kind == DATE for one in table.columns)
    unaligned = any(_off_grid(one, dated=dated) for one in table.columns if not _lasts(one, table))
    outcome = [one for one in table.of("outcome", "direction") if not one.is_numeric and one.filled]
    if ids and (unaligned or outcome or not taken):
        return True
    return unaligned and (bool(outcome) or not taken)


def _lasts(column: Column, table: Table) -> bool:
    """Whether a clock of an unknown name is a duration: another column has the clocks, and those are intervals'."""
    if column.shown is None or column.shown.kind != CLOCK or column.meaning.measure in _BEGIN:
        return False
    others = [one for one in table.columns if one is not column and one.shown is not None and one.shown.kind != DATE]
    return any(len(one.different) > 1 and not is_duration(one) and not _off_grid(one, dated=True) for one in others)


def _off_grid(column: Column, *, dated: bool) -> bool:
    """Whether instants, or clocks beside a column of dates, have minutes or seconds that no interval begins at."""
    shown = column.shown
    if shown is None or shown.kind == DATE or (shown.kind == CLOCK and (not dated or is_duration(column))):
        return False
    found = [ms for ms in moments(shown, column.filled) if ms is not None]
    odd = sum(1 for ms in found if ms % _GRID_MS)
    return len(found) > 1 and odd > (1 - _ALIGNED) * len(found)
