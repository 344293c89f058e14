"""JSON text cut into its objects, one by one, with a bounded window.

Feeds write objects in lines, in lists, back to back, or in pages (an object whose list holds what counts), and a file
may be torn anywhere. Python's own scanner says where an object ends. Where it finds none, the text up to the next
object that is known by its keys is set aside, so that a broken object never takes a good one with it.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from json import JSONDecodeError
from typing import Any, Final, NamedTuple

from streams.limits import TOO_LARGE

__all__ = ["LIMIT", "Cut", "Cutter"]

LIMIT: Final = 16 << 20
"""Characters of an object at most."""
_TAIL: Final = 16
"""A fault so near to the end of the window may be only that the text goes on."""
_SMALL: Final = 1 << 20
"""Characters of an open object up to which each new piece is tried at once."""
_JUNK: Final = 1 << 16
_BETWEEN: Final = re.compile(r"[ \t\r\n,\[\]\ufeff]*+")
_COLON: Final = re.compile(r"[ \t\r\n]*+:[ \t\r\n]*+")
_STRAY: Final = re.compile(r"[^{\n]++")
_TEXT: Final = r'"(?:[^"\\]|\\.)*+"'
_HALF: Final = re.compile("[\ud800-\udfff]")


class Cut(NamedTuple):
    """An object, or text that is none."""

    text: str
    """As it stands in the file."""
    value: dict[str, Any] | None
    fault: str
    """Why it is no object; empty if it is one."""


def _whole(text: str) -> float:
    return int(text) if len(text) < 20 else math.inf


_SCANNER: Final = json.JSONDecoder(parse_int=_whole, parse_constant=lambda _: math.nan)


class _OpenError(Exception):
    """The text ends, and what was begun goes on."""


class Cutter:
    """Cuts text that arrives in pieces.

    Args:
        known: whether an object is one of those that count; asked where text is broken.
        sign: a key that each of those has once, in quotes; by it an object is found that was torn and took others in.
        lists: keys of the lists in which pages hold their objects.
        limit: characters of an object at most.
    """

    def __init__(
        self, known: Callable[[dict[str, Any]], bool], sign: str, lists: Sequence[str] = (), limit: int = LIMIT
    ) -> None:
        self._known = known
        self._sign = f'"{sign}"'
        self._lists = lists
        self._limit = limit
        scalars = rf"(?:\s*+{_TEXT}\s*+:\s*+(?:{_TEXT}|[-+.\w]++)\s*+,)*+"
        self._page = re.compile(rf'\{{{scalars}\s*+"(?:{"|".join(lists)})"\s*+:\s*+\[') if lists else None
        self._text = ""
        self._at = 0
        self._again = 0
        """Length of the window before which it is no use to try again."""
        self._pages = 0
        """Pages that are open."""
        self._depth = 0
        """Lists that are open."""
        self._torn = False
        """Whether something of this file was set aside; what it closed or left open is not known then."""

    def feed(self, text: str) -> Iterator[Cut]:
        """The objects that this piece completes."""
        self._text = self._text[self._at :] + text
        self._at = 0
        if len(self._text) >= self._again:
            yield from self._cut(final=False)

    def quiet(self) -> Iterator[Cut]:
        """The objects that are complete, after a while in which no piece came."""
        yield from self._cut(final=False)

    def end(self, torn: str = "") -> Iterator[Cut]:
        """The objects left at the end of a file, and how it ends; the next piece is another file's.

        Args:
            torn: how the file was found to be cut off, if it was.
        """
        last: Cut | None = None
        for cut in self._cut(final=True):
            if last is not None:
                yield last
            last = cut
        cut_off = last is not None and last.fault == _ENDS
        if last is not None:
            yield last._replace(fault=f"object: {torn}") if cut_off and torn else last
        if not cut_off and (torn or (not self._torn and (self._pages or self._depth > 0))):
            yield Cut("", None, f"object: {torn or 'the file ends in the middle of a list'}; get it again")
        self._text, self._at, self._again, self._pages, self._depth, self._torn = "", 0, 0, 0, 0, False

    def _cut(self, *, final: bool) -> Iterator[Cut]:
        self._again = 0
        while True:
            between = _BETWEEN.match(self._text, self._at)
            assert between is not None  # noqa: S101 - it matches nothing, too
            self._depth += between[0].count("[") - between[0].count("]")
            self._at = between.end()
            if self._at == len(self._text):
                return
            try:
                cut = self._next(final=final)
            except _OpenError:
                size = len(self._text) - self._at
                self._again = 2 * size if size > _SMALL else 0
                return
            if cut is not None:
                yield cut

    def _next(self, *, final: bool) -> Cut | None:
        """The object or stray text that begins here; None where it is only a part of a page."""
        mark = self._text[self._at]
        if mark == "{" and not (self._page is not None and self._page.match(self._text, self._at)):
            return self._object(final=final)
        if mark == '"' and self._pages:
            return self._member(final=final)
        if mark != "{" and not (mark == "}" and (self._pages or self._torn)):
            return self._stray(final=final)
        self._pages = self._pages + 1 if mark == "{" else max(0, self._pages - 1)
        self._at += 1
        return None

    def _object(self, *, final: bool) -> Cut:
        text, at = self._text, self._at
        try:
            value, end = self._scan(at, final=final)
        except ValueError as error:
            return self._broken(str(error), final=final)
        if text.count(self._sign, at, end) > 1 and self._holds_others(value):
            return self._broken("object: broken JSON: its end is another one's", final=final)
        self._at = end
        if not text.isascii() and _HALF.search(text, at, end):
            return Cut(text[at:end], None, "object: holds bytes that are none of its encoding; set encoding")
        return Cut(text[at:end], value, "")

    def _holds_others(self, value: dict[str, Any]) -> bool:
        """Whether an object that counts stands inside of another: what tore the outer one off closed it by chance."""
        pages = [value[key] for key in self._lists if isinstance(value.get(key), list)]
        outer = [one for page in pages for one in page if isinstance(one, dict)] if pages else [value]
        inside = [part for one in outer for part in one.values()]
        while inside:
            one = inside.pop()
            if isinstance(one, dict):
                if self._known(one):
                    return True
                inside += one.values()
            elif isinstance(one, list):
                inside += one
        return False

    def _scan(self, at: int, *, final: bool) -> tuple[Any, int]:
        """The value that begins at a place, and its end.

        Raises:
            ValueError: there is none; the text says why.
            _OpenError: the text ends before it does, and goes on.
        """
        try:
            return _SCANNER.raw_decode(self._text, at)
        except RecursionError:
            raise ValueError("object: is nested too deeply") from None
        except JSONDecodeError as error:
            cut_off = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _TAIL
            if not cut_off:
                raise ValueError(f"object: broken JSON: {error.msg}") from None
            if final:
                raise ValueError(_ENDS) from None
            if len(self._text) - at >= self._limit:
                raise ValueError(f"{TOO_LARGE} object has more than {self._limit:,} characters") from None
            raise _OpenError from None

    def _broken(self, fault: str, *, final: bool) -> Cut:
        """The text up to the next object that is known, or to the end."""
        at, place = self._at, self._at + 1
        while (start := self._text.find("{", place)) >= 0:
            if self._page is not None and self._page.match(self._text, start):
                return self._set_aside(start, fault)
            try:
                value, end = self._scan(start, final=final)
            except ValueError:
                place = start + 1
                continue
            except _OpenError:
                if len(self._text) - at < self._limit:
                    raise
                return self._set_aside(start, fault)
            if self._known(value):
                return self._set_aside(start, fault)
            holds = self._text.find(self._sign, start, end) >= 0 and self._holds_others(value)
            place = start + 1 if holds else end
        if not final and len(self._text) - at < self._limit:
            raise _OpenError
        return self._set_aside(len(self._text), fault)

    def _set_aside(self, end: int, fault: str) -> Cut:
        self._torn = True
        if fault == _ENDS and end < len(self._text):
            fault = "object: broken JSON: it ends before it is complete"
        text = self._text[self._at : end]
        self._at = end
        return Cut(text, None, fault)

    def _stray(self, *, final: bool) -> Cut:
        """Text outside of any object, up to the end of its line or the next object."""
        stray = _STRAY.match(self._text, self._at)
        end = stray.end() if stray else self._at + 1
        if end == len(self._text) and not final and end - self._at < _JUNK:
            raise _OpenError
        return self._set_aside(end, "object: text outside of any JSON object")

    def _member(self, *, final: bool) -> Cut | None:
        """A member of a page: its list is entered, anything else passed over."""
        try:
            key, end = self._scan(self._at, final=final)
            colon = _COLON.match(self._text, end)
            if colon is None:
                if final or len(self._text) - end > _TAIL:
                    raise ValueError("object: broken JSON: Expecting ':' delimiter")  # noqa: TRY301 - one way out
                raise _OpenError
            end = colon.end()
            if key not in self._lists or self._text[end : end + 1] not in {"[", ""}:
                _, end = self._scan(end, final=final)
            elif end == len(self._text) and not final:
                raise _OpenError
        except ValueError as error:
            return self._broken(str(error), final=final)
        self._at = end
        return None


_ENDS: Final = "object: the file ends in the middle of it; get it again"
