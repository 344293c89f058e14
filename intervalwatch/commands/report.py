"""`intervalwatch report`: the figures of a period, by queue and item."""

import sys

import click
import msgspec

from agents.groups.history import GroupFilters, group_batches
from config.errors import UserError
from config.timestamps import rfc3339
from dashboards.report.page import report_page
from dashboards.report.text import report_text
from intervalwatch.options import bar, instant
from intervalwatch.options import history as history_option
from streams.history.store import Store
from streams.report.report import report as compute

__all__ = ["report"]


@click.command()
@history_option
@click.option("--from", "start", required=True, metavar="INSTANT", callback=instant, help="The period's begin.")
@click.option("--to", "end", required=True, metavar="INSTANT", callback=instant, help="Its end, itself outside.")
@click.option("--gold", is_flag=True, help="Levels, points and items of the Gold standard.")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
def report(history: str, start: int, end: int, form: str, *, gold: bool) -> None:
    """Report a period: attainment, variation, forecasts, quality, breaches, groups, level, trend and points.

    Give whole months at the site's own midnight, six or more of them, to see trends.
    """
    if start >= end:
        raise UserError(f"--to {rfc3339(end)}: is not after --from {rfc3339(start)}; give a period")
    with Store(history, create=False) as store, store.reading() as reader, bar("reading", " results") as progress:
        # A history without parameters does not say which groups there are.
        groups = group_batches(reader, GroupFilters(start, end)) if reader.parameters() else ()
        found = compute(reader, rfc3339(start), rfc3339(end), gold=gold, progress=progress.update, groups=groups)
    if not found.queues:
        raise UserError(
            f"--from {found.start} --to {found.end}: history holds no result of this period; "
            "`intervalwatch export` shows what it holds"
        )
    if form == "json":
        text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
    else:
        text = report_page(found) if form == "html" else report_text(found)
    sys.stdout.write(text)
