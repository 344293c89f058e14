"""Telling a workbook that a spreadsheet saved again from one that somebody changed."""

from pathlib import Path

from streams.export.proof import Proof
from streams.export.readers import UnreadableRow, read_export
from streams.export.saved_again import ValuesHash
from streams.export.values import COLUMNS

__all__ = ["was_saved_again"]


def was_saved_again(path: Path, proof: Proof) -> bool:
    """Whether a workbook's values are those of its sidecar to the digits that a spreadsheet keeps, and no more.

    Raises:
        UserError: the file cannot be read, or is no export of intervals.
    """
    if proof.values is None:
        return False
    values = ValuesHash(COLUMNS["intervals"])
    try:
        values.add(found.row for found in read_export(path))
    except UnreadableRow:
        return False
    return proof.values.saved_again(values.values())
