"""`intervalwatch bundle`: a period's history as one signed file that an auditor can check without this product."""

import time
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

import click
import msgspec

from agents.groups.history import GroupFilters, group_batches
from config.errors import UserError
from config.timestamps import local_rfc3339
from dashboards.report.page import report_page
from intervalwatch.options import bar, ended_by_signals
from streams.audit.bundle.keys import new_key as write_new_key
from streams.audit.bundle.keys import read_private_key
from streams.audit.bundle.writing import write_bundle
from streams.export.output import require_target
from streams.history.frames.spans import Span, span_of
from streams.history.query import Filters, HistoryQuery
from streams.history.store import Store
from streams.report.document.assembling import document, site_timezone
from streams.report.document.parts import Cover

__all__ = ["bundle"]

_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--history", metavar="URL", help="Interval history: sqlite:///history.db or postgresql+psycopg://…")
@click.option("--from", "start", metavar="DAY|INSTANT", help="The period's begin: a day of the site.")
@click.option("--to", "end", metavar="DAY|INSTANT", help="Its end, itself outside.")
@click.option("--program", metavar="ID", help="Only this program.")
@click.option("--queue", metavar="ID", help="Only this queue.")
@click.option("--output", type=_FILE, metavar="FILE.zip", help="The bundle.")
@click.option("--key", type=_FILE, metavar="FILE", help="The private key that signs it.")
@click.option("--new-key", type=_FILE, metavar="FILE", help="Make a key, with FILE.pub beside it, and nothing else.")
@click.option("--site", default="", help="Name of the site, for the report's cover.")
@click.option("--client", default="", help="Name of the client, for the report's cover.")
@click.option("--by", "made_by", default="", help="Who makes it, for the report's cover.")
def bundle(
    history: str | None,
    start: str | None,
    end: str | None,
    program: str | None,
    queue: str | None,
    output: Path | None,
    key: Path | None,
    new_key: Path | None,
    site: str,
    client: str,
    made_by: str,
) -> None:
    """Write a period's history with its report, sidecars and a signature into one file.

    `intervalwatch verify FILE.zip --public-key KEY.pub` checks it, and so does the script verify_bundle.py in it, which
    needs no intervalwatch. Keep the private key to yourself; give the public one away.
    """
    if new_key is not None:
        public = write_new_key(new_key)
        click.echo(
            f"{new_key}: the private key, for --key; keep it to yourself\n{public}: the public key, to give away"
        )
        return
    if history is None or start is None or end is None or output is None:
        raise UserError("bundle: needs --history, --from, --to and --output, or --new-key FILE alone")
    if output.suffix.lower() != ".zip":
        raise UserError(f"--output {output}: a bundle is an archive; give it a name that ends in .zip")
    signer = None if key is None else read_private_key(key)
    require_target(output, history)
    with (
        ended_by_signals(),
        Store(history, create=False) as store,
        store.reading() as reader,
        bar("bundling", " rows") as progress,
    ):
        timezone = site_timezone(reader, int(time.time() * 1000))
        span = span_of(start, end, timezone)
        cover = _cover(timezone, span, site, client, made_by)
        filters = Filters(span.start, span.end, program, queue)
        entries = write_bundle(
            reader,
            output,
            filters,
            _documents(reader, span, cover),
            cover.product_version,
            key=signer,
            groups=partial(group_batches, filters=GroupFilters(span.start_ms, span.end_ms)),
            progress=progress.update,
        )
    signed = "signed" if signer else "not signed; give --key FILE to sign it"
    click.echo(f"{output}: {len(entries)} files, {sum(each.size for each in entries):,} bytes; {signed}")


def _cover(timezone: str, span: Span, site: str, client: str, made_by: str) -> Cover:
    return Cover(
        site=site,
        client=client,
        made_by=made_by,
        made_at=local_rfc3339(int(time.time()) * 1000, timezone),
        timezone=timezone,
        local_from=local_rfc3339(span.start_ms or 0, timezone),
        local_to=local_rfc3339(span.end_ms or 0, timezone),
        product_version=version("intervalwatch"),
    )


def _documents(reader: HistoryQuery, span: Span, cover: Cover) -> Iterator[tuple[str, bytes]]:
    """The report, for people and for programs."""
    groups = group_batches(reader, GroupFilters(span.start_ms, span.end_ms)) if reader.parameters() else ()
    found = document(reader, span.start or "", span.end or "", cover, groups=groups)
    if not found.queues:
        raise UserError(f"--from {span.start} --to {span.end}: history holds no result of this period")
    yield "report.json", msgspec.json.format(msgspec.json.encode(found), indent=1)
    yield "report.html", report_page(found, "both").encode()
