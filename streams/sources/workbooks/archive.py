"""The parts of a workbook's archive, read as they come; one that unpacks to far more than it holds is refused."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final
from xml.parsers import expat

from config.errors import UserError

__all__ = ["WORKBOOK", "Archive", "XmlHandlers", "is_workbook", "local", "opened", "require_new_format"]

_PIECE: Final = 1 << 16
_MOST_RATIO: Final = 250
"""Bytes that one byte unpacks to at most; a sheet of real rows has 5 to 50, and what only repeats 1000."""
_LARGE: Final = 64 << 20
"""Bytes of a part from which its ratio is looked at."""
WORKBOOK: Final = b"PK\x03\x04"
"""The first bytes of a workbook: those of a zip archive."""
_OLE: Final = b"\xd0\xcf\x11\xe0"

XmlHandlers = tuple[Callable[[str, dict[str, str]], None], Callable[[str], None], Callable[[str], None]]
"""Called at the begin of an element (with its attributes), at its end, and for text."""


def _begin(file: str | Path | BinaryIO) -> bytes:
    """The first bytes of a file; none where they cannot be looked at."""
    if not isinstance(file, str | Path):
        if not file.seekable():
            return b""
        begin = file.read(4)
        file.seek(0)
        return begin
    path = Path(file)
    if str(file) == "-" or not path.is_file():
        return b""
    with path.open("rb") as stream:
        return stream.read(4)


def is_workbook(file: str | Path | BinaryIO) -> bool:
    """Whether a file (`-`: standard input, which is none) is a workbook, by its name or by how it begins."""
    if isinstance(file, str | Path) and Path(file).suffix.lower() in {".xlsx", ".xlsm"}:
        return True
    return _begin(file) == WORKBOOK


def require_new_format(file: str | Path | BinaryIO, name: str) -> None:
    """Refuse a workbook in Excel's old or locked form.

    Raises:
        UserError: it is one.
    """
    if _begin(file) == _OLE:
        raise UserError(f"{name}: is an old Excel file (.xls), or one with a password; save it as .xlsx without one")


def local(name: str) -> str:
    """The name of an element or attribute without its prefix."""
    return name.rpartition(":")[2]


@contextmanager
def opened(file: str | Path | BinaryIO, name: str) -> "Iterator[Archive]":
    """The archive of a workbook; what is wrong with the whole of it is said in one line.

    Raises:
        UserError: it is missing, no workbook, torn, encrypted, or unpacks to far too much.
    """
    require_new_format(file, name)
    try:
        with zipfile.ZipFile(file) as archive:
            yield Archive(archive, name)
    except FileNotFoundError:
        raise UserError(f"{name}: no such file; check the path") from None
    except IsADirectoryError:
        raise UserError(f"{name}: is a folder; name a file in it") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        if isinstance(error, RecursionError):
            raise
        raise UserError(f"{name}: is no complete workbook ({_line(error)}); copy it again, or save it again") from None
    except expat.ExpatError as error:
        raise UserError(f"{name}: is no workbook that can be read ({_line(error)}); save it again") from None
    except OSError as error:
        raise UserError(f"{name}: cannot be read: {error.strerror or _line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


class Archive:
    """The archive of a workbook.

    Args:
        archive: the archive.
        name: the file's name for messages.
    """

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self.name = name
        self._parts = {info.filename.lstrip("/").lower(): info for info in archive.infolist()}

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._parts

    def pieces(self, part: str) -> Iterator[bytes]:
        """The bytes of a part, in pieces.

        Raises:
            UserError: it is not there, or unpacks to far more than it holds.
        """
        info = self._parts.get(part.lower())
        if info is None:
            raise UserError(f"{self.name}: is no workbook ({part} is not there); save it as .xlsx")
        if info.file_size > _LARGE and info.file_size > _MOST_RATIO * max(info.compress_size, 1):
            raise UserError(
                f"{self.name}: {part} unpacks from {info.compress_size:,} to {info.file_size:,} bytes, which no "
                "sheet of rows does; export it as delimited text"
            )
        with self._archive.open(info) as stream:
            while piece := stream.read(_PIECE):
                yield piece

    def parse(self, part: str, handlers: XmlHandlers) -> Iterator[None]:
        """Hand the elements of a part to `handlers`, a piece at a time; names come without prefixes.

        Raises:
            UserError: as `pieces`; the part has a document type, which none of a workbook has.
            expat.ExpatError: it is no XML.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        begin, end, parser.CharacterDataHandler = handlers
        names: dict[str, str] = {}

        def known(name: str) -> str:
            if len(names) > 1000:
                names.clear()
            return names.setdefault(name, local(name))

        def refuse(*_: object) -> None:
            raise UserError(f"{self.name}: {part} has a document type, which no workbook has; save it again")

        parser.StartElementHandler = lambda name, attributes: begin(known(name), attributes)
        parser.EndElementHandler = lambda name: end(known(name))
        parser.StartDoctypeDeclHandler = refuse
        for piece in self.pieces(part):
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
        yield
