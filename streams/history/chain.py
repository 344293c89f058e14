"""The hash that ties a result to the one before it, so that nobody can change history unseen.

Every result of a queue carries the SHA-256 of its own canonical JSON, which holds the hash of the
queue's result before (docs/concepts/exactness.md#the-chain). A row that is changed, dropped, added or moved breaks the
chain at that place. The JSON is RFC 8785, so that an auditor can recompute it in any language.

A result's `form` numbers the set of columns it was hashed with. A new column comes with a new form, so that
results of earlier forms keep their hashes; a chain may hold several forms.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import rfc8785

from streams.columns import FORM, RESULT_COLUMNS, RESULTS, UNHASHED_COLUMNS

__all__ = [
    "FORMS",
    "GENESIS_HASH",
    "canonical",
    "columns_of",
    "content_hash",
    "encode",
    "form_of",
    "hashed_columns",
    "outside",
    "plain",
    "row_hash",
]

FORMS: Final = range(1, FORM + 1)
"""The forms that this program knows."""

GENESIS_HASH: Final = "0" * 64
"""The hash before the first result of a queue."""

_COLUMNS: Final = {form: tuple(column.name for column in RESULTS if column.hashed_since <= form) for form in FORMS}
_HASHED: Final = {
    form: tuple(sorted(column for column in columns if column not in UNHASHED_COLUMNS))
    for form, columns in _COLUMNS.items()
}
_OUTSIDE: Final = {
    form: tuple(column for column in RESULT_COLUMNS if column not in columns) for form, columns in _COLUMNS.items()
}

_ENCODER: Final = msgspec.json.Encoder()
_EXACT_INTEGERS: Final = 2.0**53
_PLAIN_NOTATION: Final = 1e-5


def plain(number: float) -> float | int:
    """A float that is a whole number as an int, any other unchanged: 120.0 is written 120 everywhere."""
    return int(number) if number.is_integer() and abs(number) < _EXACT_INTEGERS else number


def encode(row: Mapping[str, object], columns: Sequence[str]) -> bytes:
    """One JSON object of `columns` of `row` in the given order, each value as RFC 8785 writes it.

    Raises:
        KeyError: a column is not in the row.
        ValueError: a number or text that JSON cannot carry (NaN, infinity, half a surrogate pair).
    """
    values: dict[str, Any] = {}
    for column in columns:
        value = row[column]
        if type(value) is float:
            if value.is_integer() and abs(value) < _EXACT_INTEGERS:
                value = int(value)
            elif not _PLAIN_NOTATION <= abs(value) < _EXACT_INTEGERS:
                return _encode_slowly(row, columns)
        values[column] = value
    return _ENCODER.encode(values)


def _encode_slowly(row: Mapping[str, object], columns: Sequence[str]) -> bytes:
    """As `encode`, for numbers whose RFC 8785 form differs from msgspec's (1e-6, 1e+21, NaN)."""
    values: dict[str, Any] = {column: row[column] for column in columns}
    pairs = (rfc8785.dumps(column) + b":" + rfc8785.dumps(value) for column, value in values.items())
    return b"{" + b",".join(pairs) + b"}"


def form_of(row: Mapping[str, Any]) -> int:
    """The form of a result; one without `form` is of form 1. It may be a form that `FORMS` does not have."""
    form: int | None = row.get("form")
    return 1 if form is None else form


def columns_of(form: int) -> tuple[str, ...]:
    """The columns of a result of `form`, in the order of exports.

    Raises:
        KeyError: this program does not know the form.
    """
    return _COLUMNS[form]


def hashed_columns(form: int) -> tuple[str, ...]:
    """The columns under the hash of `form`, in RFC 8785 order (the names are ASCII, so by code point).

    Raises:
        KeyError: this program does not know the form.
    """
    return _HASHED[form]


def outside(form: int) -> tuple[str, ...]:
    """The columns that a result of `form` does not have: they are empty.

    Raises:
        KeyError: this program does not know the form.
    """
    return _OUTSIDE[form]


def canonical(row: Mapping[str, object]) -> bytes:
    """RFC 8785 JSON of every column of an interval result that its hash covers by its form; empty is null.

    Raises:
        KeyError: a column is missing, or this program does not know the form.
        ValueError: as `encode`.
    """
    return encode(row, _HASHED[form_of(row)])


def row_hash(row: Mapping[str, object]) -> str:
    """SHA-256 of `canonical(row)`, in hexadecimal: what belongs in the row's `hash`."""
    return hashlib.sha256(canonical(row)).hexdigest()


def content_hash(content: object) -> str:
    """SHA-256 of the RFC 8785 JSON of any JSON-like `content`, in hexadecimal."""
    value: Any = content
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
