"""Advice on each rule: what a breach of it means for the floor, a worked figure, usual causes, and first steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from config.rules import RULES

__all__ = ["ADVICE", "Advice", "advice_of"]


@dataclass(frozen=True, slots=True)
class Advice:
    """The words for people who are told of a breach."""

    means: str
    example: str
    causes: tuple[str, ...]
    first: tuple[str, ...]


_LOW_CAUSES: Final = (
    "More contacts than forecast: a campaign, an invoice run, an outage.",
    "Longer contacts than forecast: a new process, a slow system, new agents.",
    "Fewer agents than scheduled: absence, meetings, breaks at the same time.",
    "A plan that was short from the beginning.",
)
_LOW_FIRST: Final = (
    "Read the causes in the message, largest first: they say whether volume, AHT or staffing took the points.",
    "Too few hands now: call back who is in training, meetings or back office; move agents of a queue above its range.",
    "Longer contacts: ask a team leader of the queue; a slow system is the usual answer.",
    "Acknowledge, with what is being done, so that nobody else is called for it.",
)
_STAFF_FIRST: Final = (
    "See on the wallboard who should be logged in and is not; ask team leaders.",
    "Move breaks and meetings out of the next hours; ask for overtime if the rest of the day is short, too.",
    "Acknowledge, with what is being done.",
)
_QUALITY_FIRST: Final = (
    "Look at the errors of the month by check and by agent on the wallboard's page of quality.",
    "One check that fails everywhere is a process; one agent who fails is coaching.",
    "Hand it to whoever owns quality; nothing has to happen within the hour.",
)

ADVICE: Final[Mapping[str, Advice]] = {
    "service_level_below_range": Advice(
        "Callers wait longer than was agreed, and it is no chance: the shortfall of several intervals adds up.",
        "in a half hour with a low end of 75 %, 55 of 100 contacts were served in time: the interval is 0.20 under. "
        "Two such half hours are 0.40 under together.",
        _LOW_CAUSES,
        _LOW_FIRST,
    ),
    "service_level_above_range": Advice(
        "Callers are served faster than was agreed: that costs hands which another queue may need.",
        "in a half hour with a high end of 90 %, 98 of 100 contacts were served in time: the interval is 0.08 over.",
        (
            "Fewer contacts than forecast.",
            "Agents who were moved here and not moved back.",
            "A plan that was too rich.",
        ),
        ("Offer agents to a queue below its range, or training and back office.", "Tell planning if it happens daily."),
    ),
    "service_level_day": Advice(
        "Over the whole day fewer contacts were served in time than the range asks, though no hour may have stood out.",
        "1,776 of the day's 2,400 contacts were answered within 20 s: 74.0 %, under a range from 75 %. The half hours "
        "stray by 14 points by chance, so that the day strays by 14 / sqrt(24) = 2.8 points: 6 points under the "
        "target of 80 % are 2.1 standard errors, a warning. With 240 contacts a day strays by 3.5 points, 6 are 1.7 "
        "standard errors, and 74 % is shown only.",
        (
            "Staffing that is a little short all day.",
            "Half hours that are bad in turn: breaks, lunch, shift changes.",
            "A forecast that was too low.",
        ),
        (
            "Compare the day's half hours with their plan on the wallboard: the causes of each stand there.",
            "Nothing has to happen today; hand it to planning, and look whether it comes back (`repeat_breach`).",
        ),
    ),
    "service_level_unusual": Advice(
        "The interval is far from what this queue does at this time of the week, though it may still be in its range.",
        "on Mondays at 10:00 the queue served 84 % in time, give or take chance; today it is 70 % of 300 contacts, "
        "below the chart's limit, as was the half hour before.",
        _LOW_CAUSES,
        ("Look at the queue's day: did volume, AHT or staffing move?", *_LOW_FIRST[1:]),
    ),
    "service_level_lost": Advice(
        "The open interval cannot reach its range any more, whatever is done; the next one can.",
        "60 of 100 contacts are settled, 20 of them in time; even if all 40 that are still forecast were served in "
        "time, the interval would end at 60 %, under a low end of 75 %.",
        _LOW_CAUSES,
        ("Save the next interval: hands that come now count there.", *_LOW_FIRST),
    ),
    "service_level_at_risk": Advice(
        "An interval within two hours will probably end below its range: there is still time.",
        "at 12:00 the half hour from 13:00 is projected at 47 %, with 16 agents where 20 are needed.",
        _LOW_CAUSES,
        ("Look at the rest of the queue's day: from when on are how many agents lacking?", *_LOW_FIRST),
    ),
    "abandon_rate_above_limit": Advice(
        "Callers give up waiting, and each of them is lost or calls again.",
        "47 of 259 callers gave up: 18 %, which is 0.10 over a limit of 8 %.",
        ("Waits that are too long; see the service level of the same intervals.", *_LOW_CAUSES[:3]),
        _LOW_FIRST,
    ),
    "occupancy_outside_range": Advice(
        "Agents are busier than is bearable for long, or idle.",
        "agents spent 47 of 50 hours with contacts: 94 %, above a range of 75 to 88 %.",
        ("Too few agents, or too many, for the contacts that came.", "Skills that route contacts to few agents."),
        ("Above: spread breaks, add hands. Below: offer training and back office.", "Acknowledge."),
    ),
    "volume_variance": Advice(
        "More or fewer contacts came than planned for, by more than chance explains.",
        "440 contacts came where 360 were forecast: +22 %, more than four standard deviations of chance.",
        (
            "A campaign, an invoice run, an outage, the weather.",
            "A feed that sends contacts twice, or not at all.",
            "A forecast for another week.",
        ),
        (
            "Ask what callers call about.",
            "More: see whether the rest of the day is short, and call in hands.",
            "Fewer: make sure that the feed is whole (item 2.6).",
        ),
    ),
    "aht_variance": Advice(
        "Contacts take longer, or shorter, than planned for, by more than chance explains.",
        "120 contacts took 268 s on average where 235 s were forecast: +14 %.",
        ("A slow system, a new script, new agents.", "Shorter: contacts that are cut off, or transferred on at once."),
        (
            "Ask a team leader of the queue what has changed since then.",
            "Compare agents on the wallboard: all, or few?",
        ),
    ),
    "net_staffing": Advice(
        "Fewer agents are there than the contacts that really come require.",
        "12 agents are there, and the volume and AHT of the half hour require 17: short by 5, more than 10 % of 17.",
        _LOW_CAUSES,
        _STAFF_FIRST,
    ),
    "schedule_gap": Advice(
        "Fewer agents are there than were scheduled: the plan is not being kept.",
        "12 agents are there and 15 were scheduled: short by 3.",
        (
            "Absence that nobody entered.",
            "Breaks, meetings and training at another time than planned.",
            "Agents logged in elsewhere.",
        ),
        _STAFF_FIRST,
    ),
    "plan_missing": Advice(
        "Contacts come in an interval that nobody planned; nothing can be compared with a plan.",
        "31 contacts were offered between 20:00 and 20:30, and the plan ends at 20:00.",
        ("The plan was not exported, or covers fewer hours.", "The queue is open longer than planned."),
        ("Send the plan: `ingest` takes it at any time, and says what it accepted.", "Correct the queue's hours."),
    ),
    "forecast_accuracy": Advice(
        "The day's forecast was off interval by interval, more than chance explains.",
        "over the day the forecasts add up to 1,400 contacts, and the misses, without sign, to 308: 22 %.",
        ("An event that was not in the forecast.", "A pattern of the day that has moved, such as a later opening."),
        ("Hand it to planning; nothing has to happen today.", "Compare with the same weekday of the last weeks."),
    ),
    "critical_error_accuracy": Advice(
        "Monitored transactions are right less often than the target asks.",
        "of 300 transactions 270 had no end-user critical error: 90.0 %, and the exact interval ends at 93.2 %, under "
        "a target of 95 %.",
        (
            "A process or a text that leads to the same error everywhere.",
            "New agents.",
            "A check that is read otherwise.",
        ),
        _QUALITY_FIRST,
    ),
    "monitoring_coverage": Advice(
        "Somebody, or some part of the day, is not monitored as it should be; accuracy then says less than it seems.",
        "on the 15th an agent with 400 contacts has 1 evaluation where 2 of the month's 4 were due.",
        ("Evaluations that were postponed.", "Monitoring at the same hours, or of the same team."),
        ("Plan the missing evaluations for the rest of the month.",),
    ),
    "variation_too_big": Advice(
        "Agents, teams or shifts differ more than the rules of thumb allow; severity info, told to nobody.",
        "mean AHTs of agents reach from 210 to 330 s around 250 s: a range of 0.48 of the mean.",
        ("Agents who do it differently.", "Different kinds of contacts under one queue."),
        ("Look at the agents at both ends; copy what the best do.",),
    ),
    "feed_missing": Advice(
        "A source says nothing: whatever its queues show is old, and nothing about them can be told.",
        "the export of 10:00 did not come by 10:35; at 10:30, too, nothing came: critical.",
        (
            "The export job or the ACD's interface stopped.",
            "The network between them and the broker.",
            "A queue that was renamed.",
        ),
        (
            "Look at the job that sends the files or events; start it again.",
            "What comes late is still counted: intervals are corrected, and say so.",
            "Tell the floor that the wallboard is old for these queues.",
        ),
    ),
    "integrity": Advice(
        "Figures of the feed cannot all be true; those that rest on them are empty.",
        "a row reports 60 answered within the threshold and 55 answered: `exceeds_answered`.",
        (
            "A column that was mapped to another.",
            "A new release of the ACD that counts otherwise.",
            "Two exports that overlap.",
        ),
        (
            "Read `integrity` and `reason` of the interval: they name the check.",
            "`intervalwatch check --source` says what a file gives.",
        ),
    ),
    "repeat_breach": Advice(
        "The same breach opens at the same time of day again and again: no bad luck, but a cause.",
        "`net_staffing` opened at 13:00 on three days of four weeks: lunch breaks.",
        ("A plan that is short at this time.", "Breaks that are not spread."),
        ("Hand it over to structured problem solving (item 2.3): find the cause, not another quick fix.",),
    ),
}
"""By rule."""

_ANY: Final = Advice(
    "It needs somebody's eyes.",
    "the message has the figure, its limit and the interval.",
    _LOW_CAUSES,
    _LOW_FIRST,
)


def advice_of(rule: str) -> Advice:
    """The advice on a rule; of a rule that has none of its own, that of the first with the same item."""
    if rule in ADVICE:
        return ADVICE[rule]
    return next(
        (ADVICE[name] for name, each in RULES.items() if name in ADVICE and each.item == RULES[rule].item), _ANY
    )
