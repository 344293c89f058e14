"""`/api/intervals`, `/api/breaches` and `/api/groups`: the export's columns over HTTP, for scripts and spreadsheets.

Rows are sent in batches as the history yields them. A year of a large centre neither fills memory nor delays the
wallboard.
"""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal

from aiohttp import web

from agents.groups.history import GroupFilters, group_batches, wanted_rows
from agents.groups.intervals import group_rows
from config.errors import UserError
from config.timestamps import from_rfc3339, rfc3339
from dashboards.wallboard.state import View
from streams.export.values import COLUMNS
from streams.export.writers import open_writer
from streams.groups import GROUP_KINDS
from streams.history.chain import encode
from streams.history.query import Batch, Filters
from streams.history.store import Store

__all__ = ["rows_of"]

_Rows = Literal["intervals", "breaches", "groups"]
_PARAMETERS: Final = ("from", "to", "program", "queue", "latest_only", "format")
_OF_GROUPS: Final = ("from", "to", "kind", "group", "format")
_YES_NO: Final = {"": True, "true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_VIEW_BATCH: Final = 1_000


def rows_of(what: _Rows, view: View, store: Store | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler of `/api/intervals`, `/api/breaches` or `/api/groups`.

    Args:
        what: the kind of rows.
        view: the last days, which answer when there is no history.
        store: the history; None: there is none here.
    """

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            form = _form(request, what)
            batches = _of_groups(request, view, store) if what == "groups" else _of_rows(request, what, view, store)
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        response = web.StreamResponse()
        response.content_type = "text/csv" if form == "csv" else "application/json"
        response.charset = "utf-8"
        response.enable_compression()
        if form == "csv":
            response.headers["Content-Disposition"] = f'attachment; filename="{what}.csv"'
        parts = _csv(what, batches) if form == "csv" else _json(what, batches)
        try:
            # The first part comes before the headers: a fault of the database is then an error, and not half a file.
            first = await anext(parts)
        except UserError as error:
            return web.json_response({"error": str(error)}, status=503)
        await response.prepare(request)
        await response.write(first)
        async for part in parts:
            await response.write(part)
        await response.write_eof()
        return response

    return answer


def _form(request: web.Request, what: str) -> str:
    """The format that is asked for; only known parameters are given, each once."""
    query, known = request.query, _OF_GROUPS if what == "groups" else _PARAMETERS
    for name in query:
        if name not in known:
            raise ValueError(f"{name}: is no filter; known are {', '.join(known)}")
        if len(query.getall(name)) > 1:
            raise ValueError(f"{name}: is given twice")
    form = query.get("format", "json")
    if form not in {"json", "csv"}:
        raise ValueError(f"format: found {form!r}; use json or csv")
    return form


def _of_rows(request: web.Request, what: str, view: View, store: Store | None) -> AsyncIterator[Batch]:
    """Results or breaches, as they are kept."""
    query = request.query
    latest = query.get("latest_only", "false").lower()
    if latest not in _YES_NO:
        raise ValueError(f"latest_only: found {latest!r}; use true or false")
    if what == "breaches" and _YES_NO[latest]:
        raise ValueError("latest_only: breaches have no revisions; leave it out")
    filters = Filters(
        start=_instant("from", query.get("from")),
        end=_instant("to", query.get("to")),
        program=query.get("program"),
        queue=query.get("queue"),
        latest_only=_YES_NO[latest],
    )
    return _of_view(what, view, filters) if store is None else _threaded(_of_store(what, store, filters))


def _of_groups(request: web.Request, view: View, store: Store | None) -> AsyncIterator[Batch]:
    """Figures of groups, summed up now."""
    query = request.query
    kind = query.get("kind")
    if kind not in {None, *GROUP_KINDS}:
        raise ValueError(f"kind: found {kind!r}; use {', '.join(GROUP_KINDS)}")
    start, end = (_instant(name, query.get(name)) for name in ("from", "to"))
    begin_ms, end_ms = (None if each is None else from_rfc3339(each) for each in (start, end))
    filters = GroupFilters(begin_ms, end_ms, kind, query.get("group"))
    return _threaded(_groups_of_view(view, filters) if store is None else _groups_of_store(store, filters, view))


def _groups_of_store(store: Store, filters: GroupFilters, view: View) -> Iterator[Batch]:
    with store.reading() as reader:
        yield from group_batches(reader, filters, view.configuration)


def _groups_of_view(view: View, filters: GroupFilters) -> Iterator[Batch]:
    rows = [view.groups.member(row) for row in list(view.results())]
    yield wanted_rows(group_rows(view.configuration, rows, wanted=filters.wants), filters)


def _instant(name: str, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        # A `+` that was not written as %2B arrives as a blank.
        return rfc3339(from_rfc3339(text.strip().replace(" ", "+")))
    except (ValueError, OverflowError):
        raise ValueError(f"{name}: found {text!r}; write an instant like 2026-03-02T01:00:00Z") from None


def _of_store(what: str, store: Store, filters: Filters) -> Iterator[Batch]:
    with store.reading() as reader:
        yield from reader.results(filters) if what == "intervals" else reader.breaches(filters)


async def _of_view(what: str, view: View, filters: Filters) -> AsyncIterator[Batch]:
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    batch: Batch = []
    for row in view.results() if what == "intervals" else view.board.records():
        if not _wanted(row, filters):
            continue
        if filters.latest_only:
            latest[row["queue"], row["interval_start"]] = row
            continue
        batch.append(row)
        if len(batch) >= _VIEW_BATCH:
            yield batch
            batch = []
    yield [*batch, *latest.values()]


def _wanted(row: dict[str, Any], filters: Filters) -> bool:
    return (
        (filters.start is None or row["interval_start"] >= filters.start)
        and (filters.end is None or row["interval_start"] < filters.end)
        and filters.program in {None, row["program"]}
        and filters.queue in {None, row["queue"]}
    )


async def _threaded(batches: Iterator[Batch]) -> AsyncIterator[Batch]:
    """Batches fetched in one thread, which keeps the connection and leaves the event loop free."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as thread:
        try:
            while (batch := await loop.run_in_executor(thread, next, batches, None)) is not None:
                yield batch
        finally:
            close = getattr(batches, "close", None)
            if close is not None:
                await loop.run_in_executor(thread, close)


async def _json(what: _Rows, batches: AsyncIterator[Batch]) -> AsyncIterator[bytes]:
    columns, lead = tuple(COLUMNS[what]), b"["
    async for batch in batches:
        if batch:
            yield lead + b",\n".join(encode(row, columns) for row in batch)
            lead = b",\n"
    yield b"]\n" if lead != b"[" else b"[]\n"


async def _csv(what: _Rows, batches: AsyncIterator[Batch]) -> AsyncIterator[bytes]:
    buffer = io.BytesIO()
    writer = open_writer("csv", buffer, COLUMNS[what], what)
    async for batch in batches:
        writer.write(batch)
        yield _drained(buffer)
    writer.close()
    yield _drained(buffer)


def _drained(buffer: io.BytesIO) -> bytes:
    part = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return part
