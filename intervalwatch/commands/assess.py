"""`intervalwatch assess`: the scorecard of a period, from its figures and the assessor's file."""

import sys
from pathlib import Path
from typing import Final

import click
import msgspec

from config.assessing.assessment import Assessment, read_assessment
from config.assessing.template import template as empty
from config.errors import UserError
from config.settings import load
from dashboards.report.card import card_text
from intervalwatch.options import bar
from streams.history.frames.spans import span_of
from streams.history.store import Store
from streams.report.report import report as compute
from streams.scorecard.reading import read_score_card

__all__ = ["assess"]

_A_DAY: Final = "A local day of the site (2026-10-01), or an instant."


@click.command()
@click.option("--template", is_flag=True, help="Write an empty assessment with all items, to fill in.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Where the template goes.")
@click.option("--assessment", type=click.Path(path_type=Path), metavar="FILE", help="The assessment, filled in.")
@click.option(
    "--config",
    "configs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A configuration file, for `metrics` and the site's clock; repeat it for several versions.",
)
@click.option("--history", metavar="URL", help="Interval history: sqlite:///history.db or postgresql+psycopg://…")
@click.option("--from", "start", metavar="DAY", help=f"The period's begin. {_A_DAY}")
@click.option("--to", "end", metavar="DAY", help="Its end, itself outside.")
@click.option("--gold", is_flag=True, help="Points and items of the Gold standard.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
def assess(
    output: Path | None,
    assessment: Path | None,
    configs: tuple[Path, ...],
    history: str | None,
    start: str | None,
    end: str | None,
    form: str,
    language: str,
    *,
    template: bool,
    gold: bool,
) -> None:
    """Score a period: all items, what its figures prove, and each condition of certification by itself.

    Give whole months, six or more of them, to see trends. Without --assessment only the figures speak.
    """
    if template:
        _write_template(output)
        return
    for name, given in (("--config", configs), ("--history", history), ("--from", start), ("--to", end)):
        if not given:
            raise UserError(f"{name} is missing; a scorecard needs --config, --history, --from and --to")
    found = Assessment() if assessment is None else read_assessment(assessment)
    last = load(configs).last
    span = span_of(start, end, last.timezone)
    with (
        Store(history or "", create=False) as store,
        store.reading() as reader,
        bar("reading", " results") as progress,
    ):
        report = compute(reader, span.start or "", span.end or "", gold=gold, progress=progress.update)
        if not report.queues:
            raise UserError(f"--from {start} --to {end}: history holds no result of this period")
        card = read_score_card(reader, report, last.metrics, found, last.timezone)
    if form == "json":
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(card), indent=2).decode() + "\n")
    else:
        sys.stdout.write(card_text(card, language))


def _write_template(output: Path | None) -> None:
    """Write the empty assessment, never over a file that somebody may have filled in."""
    if output is None:
        sys.stdout.write(empty())
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(empty())
    except FileExistsError:
        raise UserError(f"--output {output}: the file exists; name another, or remove it") from None
    except OSError as error:
        raise UserError(f"--output {output}: cannot be written: {error.strerror}; name another file") from None
