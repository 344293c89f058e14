"""Advice on each alert of the product itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["PRODUCT_TEXTS", "ProductText"]


@dataclass(frozen=True, slots=True)
class ProductText:
    """The words for those who run the product."""

    means: str
    example: str
    causes: tuple[str, ...]
    first: tuple[str, ...]
    tune: str


_FIXED: Final = "It has no setting; silence it in Alertmanager while you work on it."
_LOGS: Final = "Read the worker's log: it ends with one line that says why."

PRODUCT_TEXTS: Final[Mapping[str, ProductText]] = {
    "FeedSilent": ProductText(
        "No call data at all has come in open hours: whatever the screens show is old.",
        "between 09:00 and 10:00 not one record came, and three queues were open.",
        ("The feed, or the network before the broker.", "`ingest` has ended.", "Opening hours that are wrong."),
        ("Look at the feed into the topic `call-data`.", "`/healthz` of a worker says whether it reaches the broker."),
        "The time is the shortest `silent_after_seconds` of any queue.",
    ),
    "QueueNeverSeen": ProductText(
        "A configured queue has had no call data since its hours began.",
        "`sales` opens at 08:00; at 09:00 nothing had come, and an unknown queue `Sales` had contacts.",
        ("A name that is spelled otherwise in the data.", "A queue that is not in use any more."),
        ("The alert lists queues that came and are not configured: compare the spelling.",
         "Take a queue that is gone out of the configuration."),
        "It waits for an hour of open time; correct the queue's `hours` if it opens later.",
    ),
    "TooManyQueues": ProductText(
        "Records are refused: more queues without a name in the configuration came than are watched at once.",
        "a feed put a call's id where the queue's name belongs: 1,000 queues in a minute.",
        ("A field that is mapped to another.", "A site with many queues that the configuration does not name."),
        ("`intervalwatch dead-letters` shows some of the records.",
         "Name the real queues, and send the records again with `--redrive`."),
        "`max_unconfigured_queues` of the site.",
    ),
    "DeadLetters": ProductText(
        "Records were refused in the last quarter of an hour; all others are counted.",
        "12 records had an offer in the future: the clock of a feed is ahead.",
        ("A clock that is wrong.", "A format that has changed.", "Data older than is taken."),
        ("`intervalwatch dead-letters --broker URL` counts them by reason, with a sample.",
         "Mend the feed, then send them again with `--redrive`."),
        _FIXED,
    ),
    "WorkerDown": ProductText(
        "A worker does not answer Prometheus; another takes its queues over within seconds, if there is one.",
        "`up` of 10.0.0.5:6066 has been 0 for a minute.",
        ("It was stopped, or its machine was.", "The network between Prometheus and it.", "The token file is wrong."),
        ("Start it again.", _LOGS),
        _FIXED,
    ),
    "AllWorkersDown": ProductText(
        "No worker runs: nothing is watched. Breaches that were open stand as they were.",
        "`up` of every worker has been 0 for a minute.",
        ("The broker refuses them all.", "A configuration that none can read: exit code 2.", "The machine."),
        (_LOGS, "`intervalwatch check --config FILE --broker URL` says what is wrong with either."),
        _FIXED,
    ),
    "WorkerSilent": ProductText(
        "A worker answers, and intervals that are due by the clock are not final: it does not follow its stream.",
        "4 queues had an interval due for five minutes.",
        ("It is cut off from the broker.", "Its clock is ahead of the broker's, so it writes no tick."),
        ("`/healthz` of the worker says which.", "Restart it: it goes on where its state ends."),
        _FIXED,
    ),
    "WorkerRecovering": ProductText(
        "A worker has been reading its state for ten minutes, and shows no figures meanwhile.",
        "a state of many queues, on a slow disk of the broker.",
        ("Much state, few partitions held by many workers.", "Workers that come and go, so that it begins again."),
        ("Wait while `/healthz` says `recovering`.", "Look whether workers restart in a circle."),
        _FIXED,
    ),
    "WorkerLagging": ProductText(
        "A worker is more than 1,000 messages behind for ten minutes: figures are late.",
        "1,200 messages behind, for ten minutes.",
        ("A backfill.", "Too few workers.", "A machine that has too much else to do."),
        ("Start another worker: as many as the topic has partitions do work.",),
        _FIXED,
    ),
    "HistoryStopped": ProductText(
        "Interval history stands still; live figures go on, and nothing is lost while the topics keep it.",
        "the oldest message has waited for 60 s.",
        ("The database is locked, full or gone.", "A history of another centre: it holds other results."),
        ("`/healthz` says why.", "A history that was restored is filled by `intervalwatch history rebuild`."),
        _FIXED,
    ),
    "NotificationsFailing": ProductText(
        "Alertmanager could not send: somebody is not told of what he should be.",
        "in five minutes two notifications by `webhook` failed.",
        ("An address or key that was changed.", "A robot that refuses the text: keywords, or too many messages.",
         "No way out to the service."),
        ("`intervalwatch alerting --test TEAM` tries each channel and says what came back.",
         "`webhook` goes through `web`: its log names person, channel and answer."),
        _FIXED,
    ),
    "Watchdog": ProductText(
        "It always fires: that is its meaning. Prometheus and Alertmanager carry it to `web` every minute, and `web` "
        "to the address of `notify.heartbeat`, which tells people when it stops. Nobody else is told of it.",
        "`vector(1)` is 1; a check outside that expects a call every minute and grants five calls you after six.",
        ("It stopped: Prometheus, Alertmanager or `web` is down, or cannot reach the next.",
         "It stopped outside only: no way out to the service."),
        ("Look whether Prometheus, Alertmanager and `web` run, in this order.",
         "The wallboard's banner and `/healthz` of `web` say since when Alertmanager is silent."),
        _FIXED,
    ),
    "AlertmanagerDown": ProductText(
        "Alertmanager does not answer: nobody is told of anything.",
        "`up` of alertmanager:9093 has been 0 for a minute.",
        ("It was stopped.", "Its configuration was refused: `amtool check-config` says why."),
        ("Start it again: what it has not told yet it tells then, and what it told it knows from its disk.",),
        _FIXED,
    ),
}  # fmt: skip
"""By alert."""
