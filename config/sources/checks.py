"""The shape of an evaluation sheet's checks: a column a check, or a row a check (the YAML of `columns.checks`).

Quality sheets come in two shapes, and neither is JSON in a cell. The mapping may set the words of a cell; without
them the usual words hold.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from config.sources.expressions import CheckColumns, CheckRow
from config.yaml import Node
from copc.quality import FAMILIES

__all__ = ["USUAL_RESULTS", "is_sheet", "read_sheet"]

USUAL_RESULTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pass": ("y", "yes", "true", "1", "pass", "passed", "ok"),
        "fail": ("n", "no", "false", "0", "fail", "failed"),
        "not_applicable": ("", "na", "n/a", "-"),
    }
)
"""Words of a result, in any case."""
_PASSED: Final[Mapping[str, bool | None]] = {"pass": True, "fail": False, "not_applicable": None}


def is_sheet(node: Node) -> bool:
    """Whether `columns.checks` is one of the two shapes, rather than a column with JSON."""
    return isinstance(node.value, dict) and ("each" in node.value or "row" in node.value)


def read_sheet(node: Node) -> CheckColumns | CheckRow:
    """The shape that a mapping with `each` or `row` describes.

    Raises:
        UserError: an unknown key or family, or a shape without any check.
    """
    if "each" in node.entries("a mapping with each, or with row"):
        entries = node.fields(("each", "results"))
        each = entries["each"].entries("a mapping of columns to families of errors")
        if not each:
            raise entries["each"].wrong("a mapping of columns to families of errors")
        checks = tuple((column, family.choice(FAMILIES)) for column, family in each.items())
        return CheckColumns(checks, _results(entries))
    entries = node.fields(("row", "family", "families", "result", "results"))
    for key in ("family", "result"):
        if key not in entries:
            raise node.fault(f"says row and no {key}; add {key}: the column that holds it")
    families = {
        cell.strip(): family.choice(FAMILIES)
        for cell, family in (
            entries["families"].entries("a mapping of cells to families of errors") if "families" in entries else {}
        ).items()
    }
    return CheckRow(
        entries["row"].text("the column that names the check"),
        entries["family"].text("the column that names its family"),
        entries["result"].text("the column that says how it went"),
        MappingProxyType(families or {family: family for family in FAMILIES}),
        _results(entries),
    )


def _results(entries: Mapping[str, Node]) -> Mapping[str, bool | None]:
    """The result that a cell stands for, by its text in lower case."""
    given = entries["results"].fields(tuple(USUAL_RESULTS)) if "results" in entries else {}
    words = dict(USUAL_RESULTS) | {key: cells.texts("a list of cells", blank=True) for key, cells in given.items()}
    results: dict[str, bool | None] = {}
    for key, texts in words.items():
        for text in texts:
            # A word that the site sets wins over the usual words of another result.
            if key in given or text.strip().lower() not in results:
                results[text.strip().lower()] = _PASSED[key]
    return MappingProxyType(results)
