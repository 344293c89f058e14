"""`intervalwatch export`: interval history as a file for auditors, with a proof that it is complete."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final, cast

import click
from tqdm import tqdm

from agents.groups.audit import kept_batches
from agents.groups.history import GroupFilters, group_batches, require_group
from config.errors import UserError
from config.timestamps import rfc3339
from intervalwatch.options import ended_by_signals, instant
from intervalwatch.options import history as history_option
from streams.export.export import export as write_export
from streams.export.values import WHAT, What
from streams.export.writers import FORMATS, Format
from streams.history.query import Batch, Filters, HistoryQuery
from streams.history.store import Store

__all__ = ["export"]

_STDOUT: Final = "-"


@click.command()
@history_option
@click.option("--from", "start", metavar="INSTANT", callback=instant, help="Intervals that start at or after this.")
@click.option("--to", "end", metavar="INSTANT", callback=instant, help="Intervals that start before this.")
@click.option("--program", metavar="ID", help="Only this program.")
@click.option("--queue", metavar="ID", help="Only this queue.")
@click.option("--group", metavar="ID", help="Only this program, site or pool, with --what groups.")
@click.option("--latest-only", is_flag=True, help="Only the last revision of each interval.")
@click.option("--what", type=click.Choice(WHAT), default="intervals", show_default=True, help="Which table.")
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="The file's format.")
@click.option(
    "--plain", is_flag=True, help="One sheet of cells, with --format xlsx: no summary, incidents, definitions, formats."
)
@click.option("--output", required=True, metavar="FILE|-", help="The file; - is standard output, without a proof.")
def export(
    history: str,
    start: int | None,
    end: int | None,
    program: str | None,
    queue: str | None,
    group: str | None,
    latest_only: bool,
    what: str,
    form: str,
    plain: bool,
    output: str,
) -> None:
    """Write interval history to a file.

    Intervals and the journal come with FILE.proof.json, by which `intervalwatch verify FILE` finds any change. Keep it.
    """
    filters = Filters(
        None if start is None else rfc3339(start), None if end is None else rfc3339(end), program, queue, latest_only
    )
    if not output.strip():
        raise UserError("--output: is empty; name a file, or - for standard output")
    _require_fitting(what, filters, group)
    with ended_by_signals(), Store(history, create=False) as store:
        with store.reading() as reader:
            if what == "intervals" and (queue or program) and not reader.queues(Filters(program=program, queue=queue)):
                wanted = f"--queue {queue}" if queue else f"--program {program}"
                known = ", ".join(reader.queues(Filters())) or "none"
                raise UserError(f"{wanted}: history holds no result of it; queues it holds: {known[:400]}")
            total = reader.count(filters) if what == "intervals" and sys.stderr.isatty() else None
        with tqdm(total=total, unit=" rows", disable=None, leave=False) as bar:
            target = None if output == _STDOUT else Path(output)
            of_groups = partial(_of_groups, filters=GroupFilters(start, end, group=group))
            table, wanted = cast(What, what), cast(Format, form)
            write_export(store, target, wanted, table, filters, bar.update, of_groups, plain=plain)


def _of_groups(reader: HistoryQuery, filters: GroupFilters) -> Iterator[Batch]:
    """The kept rows of groups; where some are not kept, those of results are summed up now."""
    require_group(reader, filters.group)
    kept = kept_batches(reader, filters)
    return group_batches(reader, filters) if kept is None else kept


def _require_fitting(what: str, filters: Filters, group: str | None) -> None:
    """Refuse a filter that the table does not have."""
    if what in {"dead-letters", "journal"} and filters != Filters():
        raise UserError(f"--what {what}: takes no filter, as these records may have no queue or time; leave it out")
    if filters.latest_only and what != "intervals":
        raise UserError(f"--latest-only: {what} have no revisions; use it with --what intervals")
    if group is not None and what != "groups":
        raise UserError(f"--group: {what} are not of groups; use it with --what groups")
    if what == "groups" and (filters.program or filters.queue):
        raise UserError("--what groups: takes neither --program nor --queue; name the program, site or pool by --group")
