"""Opening the database a history lives in: its address, its settings, its form.

Everything that can be wrong with an address is told here in one line: a mistyped URL, a server that does
not answer, a file that is something else, a history that a newer program wrote.
"""

import re
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from config.errors import UserError
from config.shown_text import shown_address, without_secrets
from streams.history.readonly import ReadOnlyFile

__all__ = [
    "CURRENT",
    "EARLIER",
    "VERSION_TABLE",
    "columns_there",
    "connect",
    "describe",
    "file_of",
    "prepare",
    "translate",
]

EARLIER: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""The migration steps before it: what a history may be that an earlier program wrote."""

CURRENT: Final = "0009"
"""The newest migration step, so that an up-to-date history opens without loading Alembic."""

VERSION_TABLE: Final = "intervalwatch_version"
_MIGRATION_LOCK: Final = 7_271_020
_HOST: Final = re.compile(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+(?:%\w+)?")
_EXAMPLES: Final = "write sqlite:///history.db or postgresql+psycopg://user@host/database"


def connect(url: str, *, create: bool, read_only: ReadOnlyFile | None = None) -> Engine:
    """An engine for `url`, not yet connected.

    Args:
        url: an SQLAlchemy URL of SQLite (a file) or PostgreSQL.
        create: make an SQLite file that is not there.
        read_only: of an SQLite file that is only read.

    Raises:
        UserError: the URL cannot be read, or names another database, no file, or a file that is not there.
    """
    address = _address(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(
            address,
            isolation_level="READ COMMITTED",
            connect_args={"connect_timeout": 10, "options": "-c timezone=UTC"},
            pool_pre_ping=True,
        )
    file = Path(str(address.database))
    if not create and not file.exists():
        shown = shown_address(f"sqlite:///{file}").removeprefix("sqlite:///")
        raise UserError(
            f"history {describe(url)}: there is no file {shown}; give the URL that a worker or a replay wrote to"
        )
    if read_only is None:
        engine = create_engine(address, connect_args={"timeout": 60})
    else:
        engine = create_engine(address, creator=read_only.connector())
    if create:
        # A database keeps its mode: whoever only reads changes nothing.
        event.listen(engine, "connect", _set_journal)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def file_of(url: str) -> Path | None:
    """The file of an SQLite history; None: it is of another kind, or the URL cannot be read."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        return None
    if address.get_backend_name() != "sqlite" or not address.database or address.database == ":memory:":
        return None
    return Path(address.database)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: its port is not a number
        raise UserError(f"history {describe(url)!r} is not a database URL; {_EXAMPLES}") from None
    backend = address.get_backend_name()
    if address.port is not None and (backend != "postgresql" or not (address.host or "host" in address.query)):
        raise UserError(f"history {describe(url)}: names a port without a host of a database; {_EXAMPLES}")
    if backend == "postgresql":
        if address.host is not None and not _HOST.fullmatch(address.host):
            raise UserError(
                f"history {describe(url)}: the host is none; leave the password to PGPASSWORD, or write signs such as "
                f"@ in it as %40"
            )
        return address.set(drivername="postgresql+psycopg")
    if address.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise UserError(f"history {describe(url)}: {address.drivername} is not supported; {_EXAMPLES}")
    if not address.database or address.database == ":memory:":
        raise UserError(f"history {describe(url)}: names no file; {_EXAMPLES}")
    return address


def describe(url: str) -> str:
    """The URL as it may be shown: without its password, however it is written."""
    return shown_address(url)


def _set_journal(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
    connection.execute("PRAGMA journal_mode=WAL")


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
    # Transactions are begun by SQLAlchemy's own event below: the driver begins none for a SELECT, and an
    # export needs one snapshot. FULL: a commit is on the disk before the broker is told so.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA cache_size=-65536")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a transaction that reads first could not be promoted without an error.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def prepare(engine: Engine, url: str, *, create: bool, upgrade: bool) -> bool:
    """Make the database ready: with the current tables, or those of an earlier program as they are.

    Args:
        engine: of `connect`.
        url: for messages.
        create: make the tables where there are none.
        upgrade: bring the tables of an earlier program up.

    Returns:
        Whether the tables are the current ones.

    Raises:
        UserError: the server or file cannot be opened, is no database, holds no history (without `create`)
            or one that a newer program wrote.
    """
    shown = describe(url)
    try:
        with engine.connect() as connection:
            version = _version(connection)
        if version == CURRENT:
            return True
        if version is None and not create:
            raise UserError(f"history {shown}: holds no history; give the URL that a worker or a replay wrote to")
        if version in EARLIER and not upgrade:
            return False
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            if _version(connection) != CURRENT:
                _upgrade(connection, shown)
    except (DBAPIError, sqlite3.Error, OSError) as error:
        raise translate(error, url) from error
    return True


def columns_there(connection: Connection) -> dict[str, frozenset[str]]:
    """The columns of each table that the database has, for reading what an earlier program wrote."""
    inspector = inspect(connection)
    return {
        table: frozenset(column["name"] for column in inspector.get_columns(table))
        for table in inspector.get_table_names()
    }


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: Connection, shown: str) -> None:
    # Alembic takes a tenth of a second to load, and is needed once in a history's life.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    settings = Config()
    settings.set_main_option("script_location", "streams.history:migrations")
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    try:
        command.upgrade(settings, "head")
    except CommandError as error:
        version = _version(connection)
        raise UserError(
            f"history {shown}: its form is {version}, and this program knows forms up to {CURRENT}; "
            "use the program that wrote it, or a newer one"
        ) from error


def _reason(error: Exception) -> str:
    """The first line of what the driver says, with what to do where that is known."""
    origin: BaseException = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = str(origin).strip().splitlines() or [type(origin).__name__]
    if "file is not a database" in said[0]:
        return "the file is not an SQLite database; give another file"
    if "unable to open database file" in said[0]:
        return "the file cannot be opened; check that its folder exists and may be written to"
    return said[0].rstrip(".")


def translate(error: SQLAlchemyError | sqlite3.Error | OSError, url: str) -> UserError:
    """The error of a database that failed in mid-work, as one line."""
    return UserError(f"history {describe(url)}: {without_secrets(_reason(error), [url])}")
