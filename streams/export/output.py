"""Where an export goes: a file that is there whole or not at all, and never in place of anything but a file.

A mistyped `--output` must not cost the history it is made from, nor a device or a pipe.
"""

import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy.engine import make_url

from config.errors import UserError

__all__ = ["replacing", "require_target", "standard_output"]

_BESIDE: Final = ("", "-wal", "-shm", "-journal")
"""Ends of the names of one SQLite database's files."""
_KINDS: Final = (
    (stat.S_ISDIR, "is a folder; name a file in it"),
    (stat.S_ISFIFO, "is a pipe; use --output - and redirect it"),
    (stat.S_ISCHR, "is a device; use --output - and redirect it"),
    (stat.S_ISBLK, "is a device; name a file"),
    (stat.S_ISSOCK, "is a socket; name a file"),
)


def require_target(path: Path, history: str) -> None:
    """Refuse to write where something else than a file lies, or the history itself.

    Args:
        path: the file that is to be written.
        history: the URL of the history that is read.

    Raises:
        UserError: there is a folder, a device, a pipe, or a file of this history.
    """
    for file in _history_files(history):
        if file.resolve() == path.resolve() or (file.exists() and path.exists() and file.samefile(path)):
            raise UserError(f"{path}: is the history that is read; choose another --output")
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # nothing is there, or what is wrong is said when it is written
    for is_kind, problem in _KINDS:
        if is_kind(mode):
            raise UserError(f"{path}: {problem}")


def _history_files(url: str) -> Iterator[Path]:
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        name = address.database.removeprefix("file:").partition("?")[0]
        yield from (Path(f"{name}{end}") for end in _BESIDE)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes `path`'s place when the block ends well, and leaves nothing behind when it does not.

    Raises:
        UserError: it cannot be written.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    made = False
    try:
        # A name of its own, and none that is taken: another's file is never written over on the way.
        with part.open("x+b") as stream:
            made = True
            yield stream
        part.replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error}); choose another --output") from error
    finally:
        if made:
            part.unlink(missing_ok=True)


@contextmanager
def standard_output() -> Iterator[BinaryIO]:
    """Standard output as bytes; opened anew, so that a writer's buffering ends here and the program's stays open.

    Raises:
        UserError: it cannot be written, its disk being full, say.
        BrokenPipeError: nobody reads it any longer.
    """
    # Not closed: closing would try again to write the rest, and the fault is told already.
    stream = open(sys.stdout.fileno(), "wb", closefd=False)  # noqa: SIM115
    try:
        yield stream
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserError(
            f"standard output: cannot be written ({error.strerror or error}); name a file with --output"
        ) from error
