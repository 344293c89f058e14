"""The page of the configuration: every key of monitor.yaml with its default, its allowed values, and its meaning."""

from collections.abc import Iterable, Mapping
from typing import Final

from config.assessing.metrics import BY_PROGRAM, BY_QUEUE, OUR_METRICS, MetricSettings
from config.layers import DEFAULT_KEYS, PRODUCT, SERVICE_LEVEL_KEYS, SITE_KEYS, name_in_layer
from config.servers import HistorySettings, KafkaSettings
from config.timestamps import INTERVAL_LENGTHS_MINUTES
from intervalwatch.docs_pages.alert_keys import NOTIFY_DEFAULTS, NOTIFY_KEYS, NOTIFY_SECTIONS
from intervalwatch.docs_pages.markdown import as_yaml, code, page, table

__all__ = ["KEYS", "configuration_page", "default_of"]

_INTRODUCTION = """
One YAML file says what is watched and how it is judged. It is read with a safe loader by the rules of YAML 1.2:
`08:00`, `911_10`, `on` and dates are text; a bare `911` is a number, so a queue of that name is written `"911"`. An
unknown key is an error, and the message names the nearest known one. `intervalwatch check --config FILE` says in
plain words what a file means; `config/monitor.yaml` is the commented example.

Everything under `site`, `defaults` and `rules` can be set again for a program or a queue. Settings are merged key by
key, hours weekday by weekday, and the most specific place wins; lists (`range`, `closed`) are replaced whole.
"""
_SECTIONS: Final = {
    "site": "Time, and the life of an interval.",
    "parameters": "The version that figures and breaches carry; see [parameter versions](../concepts/parameters.md).",
    "defaults": "How service is counted, and when queues are open.",
    "programs": "A list of programs (clients' lines of business), each with its queues. Each program and queue may set "
    "any key of `site` and `defaults`, and `rules`, again.",
    "sites": "A list of places, each with the queues that it runs. A queue has one site at most; where a program and "
    "one of its queues are named at two, the queue's own counts. See [groups](../concepts/groups.md).",
    "pools": "A list of pools: queues whose agents are the same people. They have one requirement and net staffing. "
    "See [groups](../concepts/groups.md). Ids of programs, sites and pools differ from each other.",
    "kafka": "How topics are called, made and reached. It changes no figure and no hash.",
    "kafka.security": "Passed on to the Kafka clients; secrets stay in the environment.",
    "history": "How long results are kept.",
    "metrics": "Metrics that the [scorecard](../concepts/scorecard.md) requires. They change no figure and no hash. "
    "The list of the standard is not public, so the defaults are this product's.",
    "metrics.cui": "When a metric fails the CUI gate. The standard's public text gives no limits; these are this "
    "product's.",
    **NOTIFY_SECTIONS,
}
_LENGTHS = ", ".join(map(str, INTERVAL_LENGTHS_MINUTES))
_SECONDS = "seconds, at most three decimals"

KEYS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "site": {
        "timezone": ("an IANA name", "local time of open hours, slots, days, and of naive times in files"),
        "interval_minutes": (_LENGTHS, "length of an interval"),
        "interval_closed": (
            "left, right",
            (
                "`left`: an interval is [start, end); `right`: (start, end], and midnight belongs to the first "
                "interval of the day that begins there"
            ),
        ),
        "attribution": (
            "arrival, event",
            "a contact counts in the interval in which it entered the queue (`arrival`), or left it (`event`)",
        ),
        "grace_seconds": (
            _SECONDS,
            (
                "an interval is final this long after its end + the threshold. A feed that reports a contact only when "
                "its handling has ended needs the longest wait and handling here"
            ),
        ),
        "idle_seconds": (_SECONDS, "a quiet queue's watermark runs on by the clock after this long"),
        "clock_skew_seconds": (
            _SECONDS,
            (
                "how far clocks of feeds may be off: a wait that is negative by less is 0, a record that lies further "
                "in the future is a dead letter"
            ),
        ),
        "silent_after_seconds": (_SECONDS, "open time without a contact after which silence may be a broken feed"),
        "max_state_seconds": (_SECONDS, "an agent state older than this is unknown, not staffed"),
        "max_wait_seconds": (
            _SECONDS,
            "a contact that waits so long after its last copy is lost track of: it leaves `waiting` and denominators",
        ),
        "correction_days": ("0 to 3660", "how far back late data changes results"),
        "oldest_record_days": (
            "1 to 36600",
            "call data, agent states and evaluations that are so much older than the newest call data are refused",
        ),
        "dormant_days": (
            "1 to 3660",
            (
                "an interval without data that begins so long after the last data has no row; for a queue that the "
                "configuration does not name, `correction_days` holds"
            ),
        ),
        "max_unconfigured_queues": (
            "0 to 1000000",
            "queues that the configuration does not name, watched at once in a partition; more are refused",
        ),
        "plan": (
            "frozen, latest, or a plan version",
            "which [plan](../concepts/intervals.md#the-plan-of-an-interval) an interval is compared with",
        ),
        "projections": (
            "`{at: [times of day]}`",
            "local times at which what is [projected](../projections.md) is kept for the history",
        ),
        "vocabulary": (
            "critical, fatal",
            (
                "names of the families of errors: critical, or those of release 4.1 of the standard (fatal, non-fatal, "
                "compliance); figures are the same"
            ),
        ),
    },
    "parameters": {
        "version": ("a name", "name of the version, such as `2026-01`; without it the version is `unversioned`"),
        "from": ("an instant with its offset", "the version holds for intervals that start at or after this instant"),
    },
    "defaults": {
        "channel": ("a name", "`voice`, `chat`, `email`, `case`, or a name of your own"),
        "concurrency": (
            "1 to 50",
            (
                "how many contacts one agent effectively serves at once, as with chats; see "
                "[several at once](../concepts/figures.md#several-contacts-at-once)"
            ),
        ),
        "deferred": ("true, false", "true: contacts wait for hours by design (email, case)"),
        "service_level.definition": (
            "S1 to S6",
            "how the service level is counted; see [definitions](definitions.md#service-level)",
        ),
        "service_level.threshold_seconds": (_SECONDS, "the wait that counts as within"),
        "service_level.threshold_inclusive": (
            "true, false",
            "whether a wait of exactly the threshold counts as within; false for a feed that counts `<`",
        ),
        "service_level.target": ("a ratio, or null", "the service level wanted; null: none is set"),
        "service_level.range": (
            "two ratios, or null",
            (
                "where the service level should lie; above it costs money. A target without a range has "
                "[target - 0.05, target + 0.10], at most 1; the target lies strictly inside"
            ),
        ),
        "service_level.short_abandon_seconds": (_SECONDS, "an abandon within this wait is a short one (S5, S6)"),
        "service_level.overflow_counts": ("true, false", "whether overflowed contacts stand in the denominator"),
        "service_level.patience_seconds": (
            "seconds above 0, or null",
            "mean patience of Erlang A; null: Erlang C, customers never give up",
        ),
        "service_level.max_occupancy": ("above 0, up to 1", "required agents keep occupancy at or below this"),
        "hours": (
            "weekdays to spans",
            (
                'local open hours, `{mon-fri: "08:00-20:00", sat: ["09:00-13:00", "15:00-24:00"]}`. A weekday that is '
                "not named is closed; `sun-thu` wraps; `22:00-06:00` runs into the next day; absent: open whenever "
                "there is data"
            ),
        ),
        "closed": ("a list of dates", "local dates on which no span begins"),
    },
    "programs": {
        "id": ("a name", "the program's name as the data has it"),
        "queues": ("a list", "its queues, each `{id: name}` and what it sets again; a queue belongs to one program"),
    },
    "sites": {
        "id": ("a name", "the site's name"),
        "timezone": (
            "an IANA name",
            "local time of its queues, unless they set one, and of its day; without it, as without the site",
        ),
        "programs": ("a list of ids", "programs of which it runs every queue"),
        "queues": ("a list of ids", "single queues that it runs"),
    },
    "pools": {
        "id": ("a name", "the pool's name"),
        "queues": ("a list of ids", "its queues, two or more; a queue may be in several pools"),
    },
    "kafka": {
        "topic_prefix": ("up to 100 letters, digits, `.`, `-`, `_`", "before the name of every topic and group"),
        "partitions": ("1 to 10000", "of each topic when it is created; more workers than this stand idle"),
        "replication": ("1 to 100", "copies of each partition"),
    },
    "kafka.security": {
        "security_protocol": ("PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", "how the broker is reached"),
        "ssl_cafile": ("a path", "certificates of the authorities that are trusted"),
        "ssl_certfile": ("a path", "the client's certificate; needs `ssl_keyfile`"),
        "ssl_keyfile": ("a path", "the client's key; needs `ssl_certfile`"),
        "sasl_mechanism": ("PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", "how the client proves who it is"),
        "sasl_username_env": ("a variable's name", "the environment variable that holds the user"),
        "sasl_password_env": ("a variable's name", "the environment variable that holds the password"),
    },
    "history": {
        "retention_days": (
            "1 to 36600, or null",
            "results older than this are removed, their links in the chain stay; null: kept for ever",
        ),
    },
    "metrics": {
        "required": (
            "items of category 4 to lists of names",
            (
                f"metrics that each item requires: {', '.join(code(name) for name in (*BY_QUEUE, *BY_PROGRAM))}, or "
                "others, whose figures come with the assessment"
            ),
        ),
        "aht_seconds": (
            "queues to `{at_least: S, at_most: S}`",
            "limits of the average handle time, seconds; without them it is not required",
        ),
    },
    "metrics.cui": {
        "collected": ("0 to 1", "least share of the intervals, or months, due in which a figure exists"),
        "integrity": ("0 to 1", "greatest share of the figures that failed a check"),
    },
    **NOTIFY_KEYS,
}
"""Allowed values and meaning, by section and key."""

_OURS: Final = MetricSettings()
_MILLISECONDS: Final = {"seconds": 1000, "minutes": 60_000, "days": 86_400_000}
_WITHOUT: Final = {
    "site": {"projections": code('{at: ["09:00", "11:00", "13:00", "15:00"]}')},
    "parameters": {"version": '"unversioned"', "from": "1970"},
    "programs": {"id": "required", "queues": "none"},
    "sites": {"id": "required", "timezone": "none", "programs": "none", "queues": "none"},
    "pools": {"id": "required", "queues": "required"},
    "defaults": {"hours": "always open", "closed": "none"},
    "metrics": {
        "required": code(as_yaml({item: list(names) for item, names in OUR_METRICS.items()})),
        "aht_seconds": "none",
    },
    "metrics.cui": {"collected": code(f"{_OURS.collected:g}"), "integrity": code(f"{_OURS.integrity:g}")},
}


def default_of(section: str, key: str) -> str:
    """The default of a key, as it would stand in the file."""
    if section in NOTIFY_DEFAULTS:
        return NOTIFY_DEFAULTS[section].get(key, "none")
    if key in _WITHOUT.get(section, {}):
        return _WITHOUT[section][key]
    if section in {"site", "defaults"}:
        name = name_in_layer(key)
        value = PRODUCT[name].value
        if name != key:
            milliseconds = _MILLISECONDS[key.rpartition("_")[2]]
            value = value // milliseconds if value % milliseconds == 0 else value / milliseconds
        return code(as_yaml(value))
    if section == "kafka.security":
        return "none"
    return code(as_yaml(getattr(KafkaSettings() if section == "kafka" else HistorySettings(), key)))


def known_keys() -> Mapping[str, Iterable[str]]:
    """The keys of `site` and `defaults` as the program reads them."""
    level = [f"service_level.{key}" for key in SERVICE_LEVEL_KEYS]
    defaults = [key for key in DEFAULT_KEYS if key != "service_level"]
    return {"site": tuple(SITE_KEYS), "defaults": (*defaults, *level)}


def configuration_page() -> str:
    """The text of the page."""
    parts: list[str] = [_INTRODUCTION]
    for section, keys in KEYS.items():
        parts.append(f"## {section}")
        parts.append(_SECTIONS[section])
        parts.append(
            table(
                ("key", "default", "allowed", "meaning"),
                ((code(key), default_of(section, key), allowed, meaning) for key, (allowed, meaning) in keys.items()),
            )
        )
    parts.append("## sources")
    parts.append("How files and feeds are read, by name; see [sources](sources.md).")
    parts.append("## rules")
    parts.append(
        "By rule: `on` (true, false), `severity` (info, warning, critical: what a breach opens with), and the "
        "parameters of [breach rules](rules.md)."
    )
    return page("Configuration", *parts)
