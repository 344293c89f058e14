"""A workbook's sheets, texts and formats, which stand beside its cells and are needed to read them."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from config.errors import UserError
from config.yaml import nearest
from streams.sources.workbooks.archive import Archive, local
from streams.sources.workbooks.formats import BUILT_IN, Shown, kind_of

__all__ = ["Book", "read_book", "sheet_names", "unescaped"]

_MOST_CHARACTERS: Final = 200_000_000
_MOST_TEXTS: Final = 5_000_000
_MOST_FORMATS: Final = 1_000_000
_MOST_SHEETS: Final = 10_000


@dataclass(slots=True)
class Book:
    """The texts and formats that the cells of a sheet need to be read."""

    sheet: str = ""
    """The part that holds the sheet."""
    left_out: str = ""
    """The sheets that are not read, in a sentence, where nobody chose one."""
    from_1904: bool = False
    """Whether days are counted from 1904."""
    texts: list[str] = field(default_factory=list)
    """The texts that cells share."""
    shown: list[Shown] = field(default_factory=list)
    """By style of a cell the way it shows a number."""


def read_book(archive: Archive, sheet: str | None) -> Book:
    """The book with the sheet of this name; None: the first that is not hidden.

    Raises:
        UserError: there is no such sheet, or none at all.
    """
    book = Book()
    part = _targets(archive, "_rels/.rels", "/officeDocument").get("", "xl/workbook.xml")
    sheets = _Sheets()
    _run(archive, part, sheets)
    folder = posixpath.dirname(part)
    relations = f"{folder}/_rels/{posixpath.basename(part)}.rels".lstrip("/")
    found = _targets(archive, relations, "/worksheet")
    offered = [one for one in sheets.found if one.relation in found]
    book.from_1904 = sheets.from_1904
    chosen = _chosen(archive.name, offered, sheet)
    book.sheet = found[chosen.relation]
    others = [one.name for one in offered if not one.hidden and one is not chosen]
    if sheet is None and others:
        book.left_out = f"of its sheets only {chosen.name!r} is read, and not {', '.join(map(repr, others))[:200]}"
    for kind, reader in (("/sharedStrings", _Texts(archive.name, book)), ("/styles", _Styles(archive.name, book))):
        target = next(iter(_targets(archive, relations, kind).values()), None)
        if target is not None and target in archive:
            _run(archive, target, reader)
    return book


def sheet_names(archive: Archive) -> list[str]:
    """The sheets of cells that are not hidden, in their order."""
    part = _targets(archive, "_rels/.rels", "/officeDocument").get("", "xl/workbook.xml")
    sheets = _Sheets()
    _run(archive, part, sheets)
    relations = f"{posixpath.dirname(part)}/_rels/{posixpath.basename(part)}.rels".lstrip("/")
    found = _targets(archive, relations, "/worksheet")
    return [one.name for one in sheets.found if one.relation in found and not one.hidden]


def _chosen(name: str, offered: "list[_Sheet]", wanted: str | None) -> "_Sheet":
    if not offered:
        raise UserError(f"{name}: holds no sheet of cells; save the sheet that is meant as .xlsx")
    if wanted is None:
        return next((one for one in offered if not one.hidden), offered[0])
    for one in offered:
        if one.name.strip().casefold() == wanted.strip().casefold():
            return one
    names = [one.name for one in offered]
    raise UserError(f"{name}: has no sheet {wanted!r}{nearest(wanted, names)}; it has {', '.join(names)[:400]}")


class _Reader:
    """Takes the elements of a part."""

    def begin(self, name: str, attributes: dict[str, str], /) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Text inside an element."""


def _run(archive: Archive, part: str, reader: _Reader) -> None:
    for _ in archive.parse(part, (reader.begin, reader.end, reader.text)):
        pass


def _targets(archive: Archive, part: str, kind: str) -> dict[str, str]:
    """By id the parts to which a part's relations of this kind lead; of the archive's own by an empty id."""
    if part not in archive:
        return {}
    found: dict[str, str] = {}
    base = posixpath.dirname(posixpath.dirname(part))

    class Relations(_Reader):
        def begin(self, name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("Type", "").endswith(kind) and len(found) < _MOST_SHEETS:
                target = attributes.get("Target", "")
                path = target if target.startswith("/") else posixpath.join(base, target)
                found[attributes.get("Id", "") if base else ""] = posixpath.normpath(path).lstrip("/")

    _run(archive, part, Relations())
    return found


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    relation: str
    hidden: bool


class _Sheets(_Reader):
    """The list of sheets in a workbook's main part."""

    def __init__(self) -> None:
        self.found: list[_Sheet] = []
        self.from_1904 = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0") in {"1", "true", "on"}
        elif name == "sheet" and len(self.found) < _MOST_SHEETS:
            relation = next((value for key, value in attributes.items() if ":" in key and local(key) == "id"), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.found.append(_Sheet(attributes.get("name", ""), relation, hidden))


class _Texts(_Reader):
    """The texts that cells share, without how they are pronounced."""

    def __init__(self, name: str, book: Book) -> None:
        self._name, self._book = name, book
        self._parts: list[str] = []
        self._taken = False
        self._spoken = False
        self._characters = 0

    def begin(self, name: str, _attributes: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._spoken = True
        elif name == "t":
            self._taken = not self._spoken

    def text(self, text: str) -> None:
        if self._taken:
            self._characters += len(text)
            self._parts.append(text)
            self._bound()

    def end(self, name: str) -> None:
        if name == "si":
            self._book.texts.append(unescaped("".join(self._parts)).strip())
            self._bound()
        elif name == "rPh":
            self._spoken = False
        elif name == "t":
            self._taken = False

    def _bound(self) -> None:
        if self._characters > _MOST_CHARACTERS or len(self._book.texts) > _MOST_TEXTS:
            raise UserError(f"{self._name}: holds more text than a workbook can; export it as delimited text")


class _Styles(_Reader):
    """The way each style of a cell shows a number."""

    def __init__(self, name: str, book: Book) -> None:
        self._name, self._book = name, book
        self._codes: dict[str, Shown] = {}
        self._cells = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt" and len(self._codes) < _MOST_FORMATS:
            self._codes[attributes.get("numFmtId", "")] = kind_of(attributes.get("formatCode", "")[:1000])
        elif name == "cellXfs":
            self._cells = True
        elif name == "xf" and self._cells and len(self._book.shown) < _MOST_FORMATS:
            number = attributes.get("numFmtId", "0")
            built_in = BUILT_IN.get(int(number), "number") if number.isdecimal() and len(number) < 9 else "number"
            self._book.shown.append(self._codes.get(number, built_in))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._cells = False


def unescaped(text: str) -> str:
    """A text in which `_x000D_` is the character of that number."""
    if "_x" not in text:
        return text
    return "".join(_characters(text))


def _characters(text: str) -> Iterator[str]:
    place = 0
    while (at := text.find("_x", place)) >= 0:
        digits = text[at + 2 : at + 6]
        if (
            text[at + 6 : at + 7] == "_"
            and len(digits) == 4
            and all(digit in "0123456789abcdefABCDEF" for digit in digits)
        ):
            yield text[place:at]
            yield chr(int(digits, 16))
            place = at + 7
        else:
            yield text[place : at + 2]
            place = at + 2
    yield text[place:]
