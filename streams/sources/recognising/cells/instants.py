"""The format in which a column writes instants, dates or clocks; where several fit, which of them and how sure.

Every candidate is tried with the reader that will read the file, so that what is proposed here is what is read there.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise, product
from typing import Final, NamedTuple

from streams.sources.timestamps.formats import Reader, rfc3339_format, strptime_format
from streams.sources.timestamps.ranges import start_of_range

__all__ = ["CLOCK", "DATE", "INSTANT", "Written", "day_first", "instants_of", "moments", "written"]

DATE: Final = "date"
CLOCK: Final = "clock"
INSTANT: Final = "instant"
_DAY_MS: Final = 86_400_000
_ENOUGH: Final = 0.9
"""Share of a column's texts that a format must read."""
_MOST_TEXTS: Final = 600
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY_NAME: Final = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_SEPARATORS: Final = (" - ", " \u2013 ", " to ", " bis ", " a ", " à ", " ~ ", "~", "\u2013", "-", "/")
_ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?(?:Z|[+-]\d\d:?\d\d)?", re.IGNORECASE
)
_EPOCH: Final = re.compile(r"1[0-9]{9}(?:\.\d+)?")
_EPOCH_MS: Final = re.compile(r"1[0-9]{12}")


class Written(NamedTuple):
    """How a column writes its instants."""

    kind: str
    """date, clock or instant (both)."""
    formats: tuple[str, ...]
    """strptime formats, tried in turn; `epoch`; empty: RFC 3339."""
    span: str = ""
    """The text between start and end of a stretch; empty: it writes no stretches."""
    other: str = ""
    """Another format that reads as many texts, with day and month changed about; empty: none."""
    bad: tuple[str, ...] = ()
    """Texts that are no instant."""
    offset: bool = False
    """Whether its texts say their offset to UTC."""


def written(texts: Sequence[str]) -> Written | None:
    """How the texts of a column write instants; None where most are none.

    Args:
        texts: trimmed cells that are not empty.
    """
    different = list(dict.fromkeys(texts))[:_MOST_TEXTS]
    if not different:
        return None
    found = _plain(different)
    if found is not None:
        return found
    for separator in _SEPARATORS:
        if sum(separator in text for text in different) < _ENOUGH * len(different):
            continue
        starts = [start_of_range(text, separator) for text in different]
        ends = [text.rpartition(separator)[2].strip() for text in different]
        start, end = _plain(list(dict.fromkeys(starts))), _plain(list(dict.fromkeys(ends)))
        if start is not None and start.kind != DATE and end is not None and end.kind != DATE:
            shown = separator.strip() if separator.strip() in "-/~\u2013" else separator
            return start._replace(span=shown, bad=tuple(t for t in different if start_of_range(t, shown) in start.bad))
    return None


def _plain(texts: list[str]) -> Written | None:
    for special in _special(texts):
        return special
    candidates = dict.fromkeys(form for text in texts[:40] for form in _formats(text))
    read = {form: {text for text in texts if _moment(form, text) is not None} for form in candidates}
    if not read:
        return None
    best = max(read, key=lambda form: (len(read[form]), -list(read).index(form)))
    if len(read[best]) < _ENOUGH * len(texts):
        best_two = _two(read, texts)
        if best_two is None:
            return None
        return best_two
    twin = _twin(best)
    also = [form for form in read if form not in (best, twin) and read[form] - read[best]]
    more: list[str] = []
    known = set(read[best])
    for form in sorted(also, key=lambda form: -len(read[form])):
        if read[form] - known:
            more.append(form)
            known |= read[form]
    other = twin if twin in read and len(read[twin]) == len(read[best]) else ""
    bad = tuple(text for text in texts if text not in known)
    return Written(_kind(best), (best, *more), other=other, bad=bad, offset="%z" in best)


def _two(read: dict[str, set[str]], texts: list[str]) -> Written | None:
    """Two formats that read most texts together, such as with and without seconds."""
    for first in sorted(read, key=lambda form: -len(read[form])):
        for second, texts_read in read.items():
            both = read[first] | texts_read
            if len(both) >= _ENOUGH * len(texts) and _kind(first) == _kind(second) and second != _twin(first):
                bad = tuple(text for text in texts if text not in both)
                return Written(_kind(first), (first, second), bad=bad)
    return None


def _special(texts: list[str]) -> Iterator[Written]:
    """RFC 3339 with a clock, and numbers since 1970."""
    iso = [text for text in texts if _ISO.fullmatch(text) and len(text) > 10]
    if len(iso) >= _ENOUGH * len(texts):
        bad = tuple(text for text in texts if rfc3339_format().whole(text) is None)
        if len(bad) <= (1 - _ENOUGH) * len(texts):
            yield Written(INSTANT, (), bad=bad, offset=all(re.search(r"(?:Z|[+-]\d\d:?\d\d)$", one) for one in iso))
    for pattern, name in ((_EPOCH_MS, "epoch_ms"), (_EPOCH, "epoch")):
        if len(texts) > 1 and all(pattern.fullmatch(text) for text in texts):
            yield Written(INSTANT, (name,), offset=True)


def _kind(form: str) -> str:
    dates, clocks = "%d" in form, "%H" in form or "%I" in form
    return INSTANT if dates and clocks else DATE if dates else CLOCK


def _twin(form: str) -> str:
    """The format with day and month changed about, where digits alone tell them; else empty."""
    if "%d" not in form or "%m" not in form or form.startswith("%Y"):
        return ""
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


@lru_cache(maxsize=64)
def _reader(form: str) -> Reader:
    return strptime_format(form).whole


def _moment(form: str, text: str) -> int | None:
    """Milliseconds of a text in a format; a clock is one since 1900."""
    found = _reader(form)(text)
    return None if found is None else found[0]


@lru_cache(maxsize=4096)
def _formats(text: str) -> tuple[str, ...]:
    """The formats in which a text may be written."""
    clocks = tuple(_clocks(text.strip()))
    if clocks:
        return clocks
    found: list[str] = []
    for head, between, tail in _cuts(text):
        found += [f"{one}{between}{two}" for one, two in product(_dates(head), _clocks(tail) if tail else ("",))]
    return tuple(found)


def _cuts(text: str) -> Iterator[tuple[str, str, str]]:
    """A text as its date, what stands between, and its clock; first as a date alone."""
    yield text, "", ""
    for match in re.finditer(r",? +|T|(?<=\d)[-_](?=\d{1,2}:)", text):
        if re.match(r"\d{1,2}(?:[:.hH]\d\d|\d\d|\b)", text[match.end() :]):
            yield text[: match.start()], match.group(), text[match.end() :]


def _clocks(text: str) -> Iterator[str]:
    match = re.fullmatch(
        r"(\d{1,2})(?:([:.hH])(\d\d))?(?:([:.])(\d\d)([.,]\d{1,6})?)?( ?)([AaPp]\.?[Mm]\.?)?( ?(?:Z|[+-]\d\d:?\d\d))?",
        text,
    )
    if match is not None and (match[2] or match[8]):
        hour, second = ("%I", match[5]) if match[8] else ("%H", match[5])
        form = hour + (f"{match[2]}%M" if match[2] else "") + (f"{match[4]}%S" if second else "")
        form += f"{match[6][0]}%f" if match[6] else ""
        zone = "" if not match[9] else (" %z" if match[9].startswith(" ") else "%z")
        if not (match[8] and "." in match[8]):
            yield form + (f"{match[7]}%p" if match[8] else "") + zone
        return
    if re.fullmatch(r"(?:[01]\d|2[0-3])[0-5]\d", text):
        yield "%H%M"
    if re.fullmatch(r"(?:[01]\d|2[0-3])[0-5]\d[0-5]\d", text):
        yield "%H%M%S"
    if re.fullmatch(r"(?:[01]?\d|2[0-3]) ?(?:Uhr|uhr|h|H)", text):
        yield f"%H{text.lstrip('0123456789')}"


def _dates(text: str) -> Iterator[str]:
    name = re.match(rf"({_DAY_NAME})(,? +)", text, re.IGNORECASE)
    before = ""
    if name is not None:
        before = ("%a" if len(name[1]) == 3 else "%A") + name[2]
        text = text[name.end() :]
    match = re.fullmatch(r"(\d{1,4})([-/. ]{1,2})(\d{1,2})\2(\d{1,4})\.?", text)
    if match is not None:
        sign = match[2]
        orders = (
            (("%Y", "%m", "%d"),)
            if len(match[1]) == 4
            else tuple((one, two, "%Y" if len(match[4]) == 4 else "%y") for one, two in (("%d", "%m"), ("%m", "%d")))
        )
        if len(match[1]) == len(match[4]) == 2:
            orders += (("%y", "%m", "%d"),)
        for order in orders:
            yield before + sign.join(order) + ("." if text.endswith(".") else "")
        return
    yield from (before + form for form in (*_named_months(text), *_run_together(text)))


def _named_months(text: str) -> Iterator[str]:
    match = re.fullmatch(rf"(\d{{1,2}})([-/. ]+)({_MONTH})([-/., ]+)(\d{{2,4}})", text, re.IGNORECASE)
    if match is not None:
        month = "%b" if len(match[3]) == 3 else "%B"
        yield f"%d{match[2]}{month}{match[4]}{'%Y' if len(match[5]) == 4 else '%y'}"
    match = re.fullmatch(rf"({_MONTH})([-/. ]+)(\d{{1,2}})([-/., ]+)(\d{{2,4}})", text, re.IGNORECASE)
    if match is not None:
        month = "%b" if len(match[1]) == 3 else "%B"
        yield f"{month}{match[2]}%d{match[4]}{'%Y' if len(match[5]) == 4 else '%y'}"


def _run_together(text: str) -> Iterator[str]:
    if re.fullmatch(r"(?:19|20)\d\d[01]\d[0-3]\d", text):
        yield "%Y%m%d"
    elif re.fullmatch(r"\d{8}", text):
        yield from ("%d%m%Y", "%m%d%Y")
    elif re.fullmatch(r"\d\d[01]\d[0-3]\d", text):
        yield "%y%m%d"
    cjk = re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", text)
    if cjk is not None:
        yield "%Y年%m月%d日"


def moments(shown: Written, texts: Sequence[str], form: str | None = None) -> list[int | None]:
    """The instants of texts in milliseconds on their wall clock, None where one is none; a clock is since midnight.

    Args:
        shown: how they are written.
        texts: trimmed cells.
        form: another first format.
    """
    readers = [strptime_format(one).whole for one in ((form,) if form else shown.formats)] or [rfc3339_format().whole]
    known: dict[str, int | None] = {}
    for text in dict.fromkeys(texts):
        start = start_of_range(text, shown.span) if shown.span else text
        found = next((moment for read in readers if (moment := read(start)) is not None), None)
        known[text] = None if found is None else found[0] % _DAY_MS if shown.kind == CLOCK else found[0]
    return [known[text] for text in texts]


def instants_of(date: Sequence[int | None], clock: Sequence[int | None] | None) -> list[int | None]:
    """Dates with their clocks, row by row."""
    if clock is None:
        return list(date)
    return [None if day is None or time is None else day + time for day, time in zip(date, clock, strict=True)]


def day_first(shown: Written, texts: Sequence[str], now: datetime) -> tuple[bool | None, str]:
    """Whether the first format is the right one of two that change day and month about, and why; None: nothing tells.

    Days of a file follow each other, and none lies far ahead.
    """
    first = _days(moments(shown, texts))
    other = _days(moments(shown, texts, shown.other))
    today = int(now.astimezone(UTC).timestamp() * 1000) // _DAY_MS
    late = timedelta(days=400).days
    for mine, theirs, answer in ((first, other, True), (other, first, False)):
        if max(theirs) > today + late >= max(mine):
            return answer, "the other reading lies in the future"
    gaps = [_common_step(days) for days in (first, other)]
    if len(first) > 1 and gaps[0] != gaps[1] and 1 in gaps:
        return gaps[0] == 1, "its days follow each other"
    return None, ""


def _days(found: Sequence[int | None]) -> list[int]:
    days = [ms // _DAY_MS for ms in found if ms is not None]
    return list(dict.fromkeys(days))


def _common_step(days: list[int]) -> int:
    steps = Counter(abs(after - before) for before, after in pairwise(sorted(days)))
    return steps.most_common(1)[0][0] if steps else 0
