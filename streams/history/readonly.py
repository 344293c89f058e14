"""Opening an SQLite history only to read it: its bytes stay what they are, on read-only media and in copies, too.

SQLite makes two files beside a database in WAL mode, and who closes it last writes one of them back. So a database
without such a file is opened as one that nobody changes, and any other with `mode=ro`.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

__all__ = ["FilePlace", "ReadOnlyFile"]

_TIMEOUT_SECONDS: Final = 60


class ReadOnlyFile:
    """An SQLite file that is only read.

    Args:
        file: the database.
    """

    def __init__(self, file: Path) -> None:
        self._file: Final = file.absolute()
        self._log: Final = file.with_name(file.name + "-wal")
        self._shared: Final = file.with_name(file.name + "-shm")
        self._had_shared: Final = self._shared.exists()
        self.still: Final = not self._has_log()
        """Whether nobody was writing when it was opened: its log is empty or not there."""

    def _has_log(self) -> bool:
        return self._log.exists() and self._log.stat().st_size > 0

    @property
    def disturbed(self) -> bool:
        """Whether somebody began to write since, so that what was read may be of two moments."""
        return self.still and self._has_log()

    def connector(self) -> Callable[[], Any]:
        """The function that opens a connection."""
        options = "mode=ro&immutable=1" if self.still else "mode=ro"
        address = f"{self._file.as_uri()}?{options}"
        return lambda: sqlite3.connect(address, uri=True, timeout=_TIMEOUT_SECONDS, check_same_thread=False)

    def close(self) -> None:
        """Remove the file that reading made beside a copied log, unless somebody else has come."""
        if not self.still and not self._had_shared and self._has_log():
            self._shared.unlink(missing_ok=True)


class FilePlace:
    """The file that a history was opened as; an SQLite connection writes on into one that was deleted.

    Args:
        file: the database; None: the history is no file.
    """

    def __init__(self, file: Path | None) -> None:
        self.file: Final = file
        self._identity: Final = self._look()

    def _look(self) -> tuple[int, int] | None:
        if self.file is None:
            return None
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def problem(self) -> str | None:
        """The change of the file, in words; None: it is there as it was."""
        now = self._look()
        if now == self._identity:
            return None
        return "the file is gone: it was deleted or moved" if now is None else "the file was replaced by another"
