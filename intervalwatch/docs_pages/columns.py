"""The page of columns: interval results, breaches, dead letters and evaluations as every export has them."""

from collections.abc import Callable

from intervalwatch.docs_pages.column_texts import BREACH_TEXTS, DEAD_LETTER_TEXTS, RESULT_TEXTS
from intervalwatch.docs_pages.markdown import code, page, table
from streams.export.values import COLUMNS
from streams.names import HASHED_SINCE, UNHASHED_COLUMNS
from streams.records import RECORD_TYPES

__all__ = ["columns_page"]

_INTRODUCTION = """
The topic `interval-results`, the history database and every export hold the same columns in this order (CSV header;
Parquet and XLSX column names). Numbers are plain, in their shortest form that reads back to the same value. Instants
are RFC 3339 in UTC (`2026-03-02T01:00:00Z`). Durations are seconds, rates are ratios 0 to 1. An empty cell is "not
reported"; 0 is "none". In CSV and XLSX a text that starts with `= + - @`, a tab or a carriage return has a `'` before
it, so that no spreadsheet takes it for a formula.
"""
_FORMS = """
`form` names the set of columns that a row's hash covers ([forms](../concepts/exactness.md#forms)): a column counts
from its form on, and is empty in rows of an earlier one. "never" stands outside every hash.
"""
_RATIOS = ("service_level", "abandon_rate", "occupancy", "volume_variance", "aht_variance")


def unit_of(column: str) -> str:
    """The unit of a result's number; empty for text."""
    kind = COLUMNS["intervals"][column]
    if column.endswith("_seconds"):
        return "seconds"
    if column in _RATIOS or column.startswith("effect_"):
        return "ratio"
    if column.endswith("_agents") or column == "net_staffing":
        return "agents"
    if column in {"revision", "form"}:
        return ""
    return "contacts" if kind == "integer" or column == "forecast_offered" else ""


def columns_page() -> str:
    """The text of the page."""
    results = table(
        ("column", "holds", "unit", "hashed since form", "meaning"),
        (
            (
                code(name),
                kind,
                unit_of(name),
                "never" if name in UNHASHED_COLUMNS else HASHED_SINCE.get(name, 1),
                RESULT_TEXTS[name],
            )
            for name, kind in COLUMNS["intervals"].items()
        ),
    )
    fields = RECORD_TYPES["evaluation"].fields
    evaluations = {name: field.meaning for name, field in fields.items()} | {"program": "the program of the queue"}
    return page(
        "Columns",
        _INTRODUCTION,
        "## Interval results",
        "`intervalwatch export --what intervals`; identity (queue, interval_start, revision). " + _FORMS.strip(),
        results,
        "## Breaches",
        "`intervalwatch export --what breaches`; one row for each change of a breach's state, identity (breach_id, "
        "sequence). See [breaches](../concepts/breaches.md).",
        _plain("breaches", BREACH_TEXTS.__getitem__),
        "## Dead letters",
        "`intervalwatch export --what dead-letters`; records that could not be counted. See "
        "[dead letters](../concepts/copies.md#dead-letters).",
        _plain("dead-letters", DEAD_LETTER_TEXTS.__getitem__),
        "## Evaluations",
        "`intervalwatch export --what evaluations`; monitored transactions, of each the copy that counts.",
        _plain("evaluations", evaluations.__getitem__),
    )


def _plain(what: str, meaning: Callable[[str], str]) -> str:
    columns = COLUMNS[what]  # type: ignore[index]  # its names are the four kinds of export
    return table(("column", "holds", "meaning"), ((code(name), kind, meaning(name)) for name, kind in columns.items()))
