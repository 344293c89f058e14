"""`intervalwatch replay`: computes interval history from files, without a broker."""

import time
from pathlib import Path

import click

from agents.outcomes import Outcomes
from agents.replay import replay as compute
from config.settings import load
from intervalwatch.options import (
    all_dead_letters,
    as_arrived,
    bar,
    configs,
    history,
    instant,
    json_summary,
    max_bad,
    report_summary,
    sources,
    warn_looks,
    warn_unconfigured,
)
from streams.history.parameters import with_history
from streams.history.schema import describe
from streams.history.store import Store
from streams.sources.merge import parse_inputs, read_feed

__all__ = ["replay"]


@click.command()
@configs
@sources
@history
@click.option("--until", callback=instant, metavar="INSTANT", help="Make every interval final that ends by then.")
@as_arrived
@json_summary
@max_bad
@click.option("--fail-on-breach", is_flag=True, help="Exit with 1 if a breach was opened.")
def replay(
    configs: tuple[Path, ...],
    sources: tuple[str, ...],
    history: str,
    until: int | None,
    as_arrived: bool,
    json_summary: bool,
    max_bad: int | None,
    fail_on_breach: bool,
) -> int:
    """Compute interval history from files; sources are merged by event time."""
    configuration = load(configs)
    inputs = parse_inputs(configuration, sources)
    outcomes = Outcomes()
    began, now_ms = time.perf_counter(), int(time.time() * 1000)
    with bar("reading", " rows") as progress:
        feed = read_feed(configuration, inputs, now_ms, progress.update, as_arrived=as_arrived)
    warn_unconfigured(configuration, feed.queues)
    warn_looks(configuration, feed)
    with Store(history) as store, bar("computing", " records") as progress:
        configuration = with_history(configuration, store)
        summary = compute(
            configuration,
            feed,
            store,
            now_ms,
            until_ms=until,
            as_arrived=as_arrived,
            progress=progress.update,
            outcomes=outcomes,
        )
    summary.seconds = round(time.perf_counter() - began, 3)
    code = report_summary(
        summary,
        outcomes,
        as_json=json_summary,
        most_bad=max_bad,
        where=f"history: {describe(history)}",
        rest=all_dead_letters(history),
    )
    return 1 if fail_on_breach and summary.breaches_opened else code
