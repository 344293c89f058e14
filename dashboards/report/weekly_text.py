"""The weekly review as text, for a terminal or a mail."""

import textwrap
from collections.abc import Iterator

from dashboards.report.cells import percent
from dashboards.report.words import words_of
from dashboards.report.written import Written
from streams.report.document.weekly import Bias, Lack, WeeklyReview

__all__ = ["weekly_text"]

_WIDTH = 100
_SHOWN = 20


def weekly_text(review: WeeklyReview) -> str:
    """The review as lines of at most 100 columns, English."""
    lines = [part for line in _lines(review) for part in textwrap.wrap(line, _WIDTH, subsequent_indent="    ") or [""]]
    return "\n".join(lines) + "\n"


def _lines(review: WeeklyReview) -> Iterator[str]:
    words = words_of("en")
    write = Written(words)
    titles = words["sections"]
    yield f"Weekly review, {review.weeks} weeks: {write.period(review.cover.local_from, review.cover.local_to)}"
    yield from ("", titles["bias"])
    yield from [_bias(each, words["long_weekdays"]) for each in review.biases[:_SHOWN]] or [words["weekly"]["no_bias"]]
    yield (
        f"One test for {review.cells:,} weekdays and slots of {review.queues:,} queues; where there is nothing, "
        f"anything is named in {percent(review.level)} of reviews at most."
    )
    yield from ("", titles["lacks"])
    yield from [_lack(each, words["long_weekdays"]) for each in review.lacks[:_SHOWN]] or [words["weekly"]["no_lack"]]
    yield from ("", titles["repeated"])
    for same in review.repeated[:_SHOWN]:
        cause = words["causes"].get(same.cause, same.cause) or "no computed cause"
        where = same.queue or same.program
        yield f"{where}: {write.rule(same.rule)}, {cause}: {same.count} times, last {same.since_local[-1][:16]}"
    if not review.repeated:
        yield words["weekly"]["no_repeated"]
    yield from ("", titles["actions"])
    for action in review.open_actions:
        yield f"{action.since_local[:10]} {action.queue or action.program}: {' / '.join(action.action.splitlines())}"
    if not review.open_actions:
        yield words["weekly"]["no_action"]
    yield f"{words['weekly']['unwritten']}: {review.unwritten}"


def _bias(found: Bias, weekdays: dict[str, str]) -> str:
    when = weekdays[str(found.weekday)] if found.weekday else "all days"
    slot = f" {found.slot}" if found.slot else ""
    return f"{found.queue}: {when}{slot} {percent(found.bias.value, signed=True)} against forecast ({found.days} days)"


def _lack(found: Lack, weekdays: dict[str, str]) -> str:
    when = f"{weekdays[str(found.weekday)]} {found.begin}-{found.end}"
    return (
        f"{found.queue}: {when} lack {found.agents:.1f} agents on average ({found.agent_hours:.1f} agent hours a week)"
    )
