"""`intervalwatch report`: the figures of a period, by queue and item."""

import datetime as dt
import sys
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click
import msgspec

from agents.groups.history import GroupFilters, group_batches
from config.assessing.assessment import read_assessment
from config.assessing.metrics import MetricSettings
from config.errors import UserError
from config.settings import load
from config.timestamps import from_rfc3339, local_rfc3339, rfc3339, to_ms
from dashboards.report.card import card_text
from dashboards.report.page import LANGUAGES, Language, report_page, weekly_page
from dashboards.report.pdf import page_as_pdf
from dashboards.report.text import report_text
from dashboards.report.weekly_text import weekly_text
from intervalwatch.options import bar
from intervalwatch.options import history as history_option
from streams.audit.findings import Summary
from streams.audit.verify import verify_history
from streams.history.query import HistoryQuery
from streams.history.store import Store
from streams.report.document.assembling import document, site_timezone
from streams.report.document.parts import Cover, Document
from streams.report.document.weekly import WEEKS, WeeklyReview, weekly_review
from streams.scorecard.figures import ScoreCard
from streams.scorecard.reading import read_score_card

__all__ = ["report"]

_FINDINGS: Final = 20
"""Faults of the history that the report names at most."""


@click.command()
@history_option
@click.option("--from", "start", metavar="DAY|INSTANT", help="The period's begin: a day of the site.")
@click.option("--to", "end", required=True, metavar="DAY|INSTANT", help="Its end, itself outside.")
@click.option("--gold", is_flag=True, help="Levels, points and items of the Gold standard.")
@click.option("--weekly", is_flag=True, help="The weekly review of the 12 weeks before --to (or since --from).")
@click.option("--format", "form", type=click.Choice(["text", "json", "html", "pdf"]), default="text", show_default=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of html and pdf.")
@click.option("--site", default="", help="Name of the site, for the cover.")
@click.option("--client", default="", help="Name of the client, for the cover.")
@click.option("--by", "made_by", default="", help="Who makes the report, for the cover.")
@click.option("--assessment", type=click.Path(path_type=Path), metavar="FILE", help="An assessment, for the scorecard.")
@click.option("--config", "configs", type=click.Path(path_type=Path), multiple=True, help="For `metrics`, with it.")
@click.option("--no-verify", is_flag=True, help="Do not verify the history for the section on provenance.")
def report(
    history: str,
    start: str | None,
    end: str,
    form: str,
    language: Language,
    assessment: Path | None,
    configs: tuple[Path, ...],
    *,
    gold: bool,
    weekly: bool,
    no_verify: bool,
    **named: str,
) -> None:
    """Report a period: attainment, incidents, variation, forecasts, quality, groups, level, trend and points.

    Days (2026-10-01) are local days of the site; the end lies outside: --from 2026-10-01 --to 2026-11-01 is October.
    Give six or more whole months to see trends.
    """
    with Store(history, create=False) as store, store.reading() as reader, bar("reading", " results") as progress:
        end_ms = _instant(reader, "--to", end)
        start_ms = _begin(reader, start, end_ms, weekly=weekly)
        if start_ms >= end_ms:
            raise UserError(f"--to {end}: is not after --from {start}; give a period")
        cover = _cover(site_timezone(reader, end_ms - 1), start_ms, end_ms, named)
        period = rfc3339(start_ms), rfc3339(end_ms)
        found: Document | WeeklyReview
        if weekly:
            found = weekly_review(reader, *period, cover, progress.update)
        else:
            found = document(
                reader,
                *period,
                cover,
                gold=gold,
                progress=progress.update,
                # A history without parameters does not say which groups there are.
                groups=group_batches(reader, GroupFilters(start_ms, end_ms)) if reader.parameters() else (),
                verification=None if no_verify or form == "text" else _faults,
            )
        card = _scored(reader, found, assessment, configs) if isinstance(found, Document) else None
    if not found.queues:
        raise UserError(
            f"--from {found.start} --to {found.end}: history holds no result of this period; "
            "`intervalwatch export` shows what it holds"
        )
    _write(found, form, language, card)


def _scored(
    reader: HistoryQuery, found: Document, assessment: Path | None, configs: tuple[Path, ...]
) -> ScoreCard | None:
    """The scorecard, where an assessment is given."""
    if assessment is None:
        return None
    metrics = load(configs).last.metrics if configs else MetricSettings()
    return read_score_card(reader, found, metrics, read_assessment(assessment), found.cover.timezone)


def _begin(reader: HistoryQuery, start: str | None, end_ms: int, *, weekly: bool) -> int:
    """The period's begin; of a weekly review without one, so many local days before its end."""
    if start is not None:
        return _instant(reader, "--from", start)
    if not weekly:
        raise UserError("--from: is missing; give the first day of the period, such as 2026-10-01")
    zone = ZoneInfo(site_timezone(reader, end_ms))
    local = dt.datetime.fromtimestamp(end_ms / 1000, zone)
    return to_ms(local - dt.timedelta(weeks=WEEKS))


def _cover(timezone: str, start_ms: int, end_ms: int, named: Mapping[str, str]) -> Cover:
    return Cover(
        site=named["site"],
        client=named["client"],
        made_by=named["made_by"],
        made_at=local_rfc3339(int(time.time()) * 1000, timezone),
        timezone=timezone,
        local_from=local_rfc3339(start_ms, timezone),
        local_to=local_rfc3339(end_ms, timezone),
        product_version=_version(),
    )


def _write(found: Document | WeeklyReview, form: str, language: Language, card: ScoreCard | None) -> None:
    """Print it in the wanted form."""
    if form == "json":
        if isinstance(found, Document) and card is not None:
            found = msgspec.structs.replace(found, scorecard=msgspec.to_builtins(card))
        text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
    elif form == "text":
        text = weekly_text(found) if isinstance(found, WeeklyReview) else report_text(found)
        text += "" if card is None else f"\n{card_text(card, 'zh' if language == 'zh' else 'en')}"
    else:
        text = weekly_page(found, language) if isinstance(found, WeeklyReview) else report_page(found, language, card)
    if form != "pdf":
        sys.stdout.write(text)
    elif sys.stdout.isatty():
        raise UserError("--format pdf: would be written to the terminal; add `> report.pdf`")
    else:
        click.get_binary_stream("stdout").write(page_as_pdf(text))


def _instant(reader: HistoryQuery, option: str, text: str) -> int:
    """Milliseconds of an instant, or of the begin of a day on the site's clock.

    Raises:
        UserError: the text is neither.
    """
    try:
        if len(text) == len("2026-10-01"):
            noon = dt.datetime.combine(dt.date.fromisoformat(text), dt.time(12), tzinfo=dt.UTC)
            zone = ZoneInfo(site_timezone(reader, to_ms(noon)))
            return to_ms(dt.datetime.combine(noon.date(), dt.time(), tzinfo=zone))
        return from_rfc3339(text)
    except ValueError as error:
        raise UserError(
            f"{option} {text}: is neither a day like 2026-10-01 nor an instant like 2026-03-02T01:00:00Z ({error})"
        ) from None


def _faults(reader: HistoryQuery) -> Iterable[str]:
    return (str(finding) for finding in islice(verify_history(reader, Summary()), _FINDINGS))


def _version() -> str:
    try:
        return version("intervalwatch")
    except PackageNotFoundError:
        return "not installed"
