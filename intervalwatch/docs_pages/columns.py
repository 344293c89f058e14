"""The page of columns: interval results, breaches, dead letters and evaluations as every export has them."""

from collections.abc import Iterable

from intervalwatch.docs_pages.markdown import code, page, table
from streams.columns import BREACHES, DEAD_LETTERS, EVALUATIONS, JOURNAL, RESULTS, UNHASHED_COLUMNS, Column
from streams.groups import GROUPS
from streams.history.incidents.columns import INCIDENTS
from streams.projected import PROJECTIONS

__all__ = ["columns_page"]

_INTRODUCTION = """
The topic `interval-results`, the history database and every export hold the same columns in this order (CSV header;
Parquet and XLSX column names). Numbers are plain, in their shortest form that reads back to the same value. Instants
are RFC 3339 in UTC (`2026-03-02T01:00:00Z`). Durations are seconds, rates are ratios 0 to 1. An empty cell is "not
reported"; 0 is "none". In CSV and XLSX a text that starts with `= + - @`, a tab or a carriage return has a `'` before
it, so that no spreadsheet takes it for a formula. `integrity` names [checks](../concepts/figures.md#integrity).
"""
_FORMS = """
`form` names the set of columns that a row's hash covers ([forms](../concepts/exactness.md#forms)): a column counts
from its form on, and is empty in rows of an earlier one. "never" stands outside every hash.
"""


def columns_page() -> str:
    """The text of the page."""
    results = table(
        ("column", "holds", "unit", "hashed since form", "meaning"),
        (
            (
                code(column.name),
                column.kind,
                column.unit,
                "never" if column.name in UNHASHED_COLUMNS else column.hashed_since,
                column.help,
            )
            for column in RESULTS
        ),
    )
    return page(
        "Columns",
        _INTRODUCTION,
        "## Interval results",
        "`intervalwatch export --what intervals`; identity (queue, interval_start, revision). " + _FORMS.strip(),
        results,
        "## Breaches",
        "`intervalwatch export --what breaches`; one row for each change of a breach's state, identity (breach_id, "
        "sequence). See [breaches](../concepts/breaches.md).",
        _plain(BREACHES),
        "## Incidents",
        (
            "`intervalwatch export --what incidents`; one row for each incident, made of its breaches and of the "
            "journal when it is read; `--from` and `--to` are of its begin. Early warnings are not in it."
        ),
        _plain(INCIDENTS),
        "## Dead letters",
        "`intervalwatch export --what dead-letters`; records that could not be counted. See "
        "[dead letters](../concepts/copies.md#dead-letters).",
        _plain(DEAD_LETTERS),
        "## Evaluations",
        "`intervalwatch export --what evaluations`; monitored transactions, of each the copy that counts.",
        _plain(EVALUATIONS),
        "## Journal",
        "`intervalwatch export --what journal`; acknowledgements, causes, actions and outcomes, a chain of entries. "
        "See [the journal](../concepts/breaches.md#the-journal).",
        _plain(JOURNAL),
        "## Projections",
        (
            "`intervalwatch export --what projections`; the rest of each day as [projected](../projections.md) at the "
            "times that `projections` of the site names: a row an interval, and one of the day."
        ),
        _plain(PROJECTIONS),
        "## Groups",
        (
            "`intervalwatch export --what groups`; intervals and local days of programs, sites and pools, as sums over "
            "the latest rows of their queues. See [groups](../concepts/groups.md)."
        ),
        _plain(GROUPS),
    )


def _plain(columns: Iterable[Column]) -> str:
    return table(("column", "holds", "meaning"), ((code(column.name), column.kind, column.help) for column in columns))
