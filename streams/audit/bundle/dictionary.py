"""The data dictionary of a bundle: every column with its meaning, unit, formula, and the form that first had it."""

import csv
import io

from copc.service_level import FORMULAS
from streams.columns import BREACHES, DEAD_LETTERS, EVALUATIONS, JOURNAL, RESULTS, Column
from streams.history.incidents.columns import INCIDENTS

__all__ = ["dictionary"]

_TABLES: tuple[tuple[str, tuple[Column, ...]], ...] = (
    ("intervals", RESULTS),
    ("breaches", BREACHES),
    ("incidents", INCIDENTS),
    ("journal", JOURNAL),
    ("evaluations", EVALUATIONS),
    ("dead-letters", DEAD_LETTERS),
)


def dictionary() -> bytes:
    """data-dictionary.csv, UTF-8: a line a column, then a line a definition of the service level."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("table", "column", "kind", "unit", "title", "title_zh", "meaning", "hashed_since_form"))
    for table, columns in _TABLES:
        for each in columns:
            since = each.hashed_since if table == "intervals" else ""
            writer.writerow((table, each.name, each.kind, each.unit, each.title_en, each.title_zh, each.help, since))
    for name, formula in FORMULAS.items():
        writer.writerow(("definitions", name, "", "ratio", "Service level", "服务水平", formula, ""))
    return text.getvalue().encode()
