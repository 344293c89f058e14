"""Instants of a fixed width, read a column at a time: 2026-03-02T01:00:00Z, but not 2/3/26 1:00.

Every text of the width is a row of a byte matrix; places and digits are checked and summed by numpy. A
layout takes only what the text-by-text reader of `streams.sources.timestamps.formats` would read to the same
milliseconds; what it does not take is left to that reader, which also says what is wrong.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["EPOCH_LAYOUTS", "RFC3339_LAYOUTS", "Layout", "layouts"]

Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_WIDTHS: Final = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "f": 3, "u": 6, "p": 2, "q": 2}
"""Digits by field: strptime's letters, f and u fractions of a second, p and q an offset's hours and minutes."""
_LIMITS: Final = {"m": (1, 12), "H": (0, 23), "M": (0, 59), "S": (0, 59), "Y": (1, 9999), "p": (0, 23), "q": (0, 59)}
_UNIT_MS: Final = {"H": 3_600_000, "M": 60_000, "S": 1000, "f": 1}
_SIGN: Final = "±"


class Layout:
    """One fixed layout, written with strptime's directives (every field of full width) and literal text.

    Args:
        template: such as `%Y-%m-%dT%H:%M:%SZ`.
        fixed: whether the text has an offset of its own (Z, or ±%p:%q), so that the result is UTC.
        short: whether the first field has one digit instead of two, as in 7:05.
    """

    def __init__(self, template: str, *, fixed: bool = False, short: bool = False) -> None:
        self.fixed = fixed
        self._sign: int | None = None
        self._fields: dict[str, tuple[int, int]] = {}
        low, high = "", ""
        for place, piece in enumerate(re.split("%(.)", template)):
            if place % 2:
                width = 1 if short and place == 1 else _WIDTHS[piece]
                self._fields[piece] = (len(low), width)
                low += "0" * width
                high += "9" * width
            else:
                if _SIGN in piece:
                    self._sign = len(low) + piece.index(_SIGN)
                low += piece.replace(_SIGN, "+")
                high += piece.replace(_SIGN, "-")
        self.width = len(low)
        """Bytes of a text in this layout."""
        self._low = np.frombuffer(low.encode(), dtype=np.uint8)
        self._high = np.frombuffer(high.encode(), dtype=np.uint8)

    def read(self, texts: Bytes) -> tuple[npt.NDArray[np.int64], Flags]:
        """Milliseconds of each text, and whether it is in this layout at all.

        Args:
            texts: shape (texts, width).
        """
        good: Flags = np.all((texts >= self._low) & (texts <= self._high), axis=1)
        ms = np.zeros(len(texts), dtype=np.int64)
        values = {name: _number(texts, *place) for name, place in self._fields.items()}
        if "y" in values:
            values["Y"] = values["y"] + np.where(values["y"] < 69, 2000, 1900)
        for name, (least, most) in _LIMITS.items():
            if name in values:
                good &= (values[name] >= least) & (values[name] <= most)
        for name, unit in _UNIT_MS.items():
            if name in values:
                ms += values[name] * unit
        if "u" in values:
            ms += values["u"] // 1000
        if "Y" in values:
            month = np.where(good, (values["Y"] - 1970) * 12 + values["m"] - 1, 0)
            first = _first_day(month)
            good &= (values["d"] >= 1) & (values["d"] <= _first_day(month + 1) - first)
            ms += (first + values["d"] - 1) * 86_400_000
        if self._sign is not None:
            sign = texts[:, self._sign]
            offset = values["p"] * 3_600_000 + values["q"] * 60_000
            ms -= np.where(sign == ord("-"), -offset, offset)
            good &= sign != ord(",")
        return ms, good


class _EpochLayout(Layout):
    """A whole number since 1970 of so many digits."""

    def __init__(self, digits: int, unit_ms: int) -> None:
        self.fixed = True
        self.width = digits
        self._unit_ms = unit_ms

    def read(self, texts: Bytes) -> tuple[npt.NDArray[np.int64], Flags]:
        good: Flags = np.all((texts >= ord("0")) & (texts <= ord("9")), axis=1)
        return _number(texts, 0, self.width) * self._unit_ms, good


def _number(texts: Bytes, start: int, width: int) -> npt.NDArray[np.int64]:
    number = np.zeros(len(texts), dtype=np.int64)
    for place in range(start, start + width):
        number = number * 10 + (texts[:, place].astype(np.int64) - ord("0"))
    return number


def _first_day(month: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Days since 1970 of the first of a month, which is counted from January 1970."""
    return month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def layouts(template: str) -> Sequence[Layout]:
    """The layouts of a strptime format of plain numbers (a date, a clock, or both); none for any other format."""
    directives = re.findall("%(.)", template)
    dates = {"m", "d"} | (set(directives) & {"Y", "y"})
    if (
        not template.isascii()
        or not set(directives) <= {"Y", "y", "m", "d", "H", "M", "S"}
        or len(set(directives)) != len(directives)
        or (set(directives) & {"Y", "y", "m", "d"} and (not dates <= set(directives) or len(dates) != 3))
        or _SIGN in template
    ):
        return ()
    full = Layout(template)
    # Where text follows the hour, 7:05 is as plain as 07:05; 705 is not.
    return (full, Layout(template, short=True)) if re.match("%H[^%]", template) else (full,)


def _rfc3339_layouts() -> Sequence[Layout]:
    made = []
    for between in ("T", " "):
        for fraction in ("", ".%f", ".%u"):
            clock = f"%Y-%m-%d{between}%H:%M:%S{fraction}"
            made += [Layout(f"{clock}Z", fixed=True), Layout(f"{clock}{_SIGN}%p:%q", fixed=True), Layout(clock)]
    return made


RFC3339_LAYOUTS: Final = _rfc3339_layouts()
"""The layouts in which RFC 3339 is mostly written, the offset optional."""
EPOCH_LAYOUTS: Final = {
    "epoch": (_EpochLayout(10, 1000), _EpochLayout(9, 1000)),
    "epoch_ms": (_EpochLayout(13, 1), _EpochLayout(12, 1)),
}
"""Seconds and milliseconds since 1970, from 1973 (2001) on."""
