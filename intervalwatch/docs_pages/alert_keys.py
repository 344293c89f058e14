"""Meaning of the keys that say who is told of an incident: the sections `notify` and `smtp` of the configuration."""

from collections.abc import Mapping
from typing import Final

from config.channels import CHANNELS, LANGUAGES
from config.notify import TOLD_SEVERITIES

__all__ = ["NOTIFY_DEFAULTS", "NOTIFY_KEYS", "NOTIFY_SECTIONS"]

_SEVERITY: Final = ", ".join(TOLD_SEVERITIES)
_WEEK: Final = "weekdays to spans, as `hours` of a queue"
_BY_URL: Final = "`{url_file: PATH}` or `{url_env: VARIABLE}`"
_ROBOTS: Final = {
    "slack": "an incoming webhook of Slack",
    "teams": "a workflow of Microsoft Teams that takes a card",
    "wecom": "a robot of WeCom (企业微信)",
    "dingtalk": "a robot of DingTalk (钉钉)",
    "feishu": "a robot of Feishu (飞书)",
    "webhook": "any address; it gets `{status, kind, severity, incident, notice, title, message, links}` as JSON",
}
_MEANINGS: Final = {
    "email": ("an address", "by mail, through the server of `smtp`"),
    **{name: (_BY_URL, meaning) for name, meaning in _ROBOTS.items()},
    "pagerduty": (
        "`{key_file: PATH}` or `{key_env: VARIABLE}`, and `url`",
        "an integration of PagerDuty (Events API 2); `url` where it is not the usual address",
    ),
}

NOTIFY_SECTIONS: Final[Mapping[str, str]] = {
    "notify": (
        "Who is told of an incident, and when; see [alerts](../alerting.md). It changes no figure "
        "and no hash, and needs no parameter version. Without it nobody is told."
    ),
    "notify.people": (
        "By name, the channels that reach somebody: a person, a desk, a room. A secret stands in a file or an "
        "environment variable, never here."
    ),
    "notify.teams": "By name, people who are told together.",
    "notify.routes": (
        "A list; the first route that fits a breach says which team is told. A breach that becomes critical is routed "
        "again, and the people of both routes are told."
    ),
    "notify.escalate": "Who is told of an incident that nobody acknowledges.",
    "notify.quiet": (
        "When nobody is told of what is not bad enough. What is held back and not over by the end of the quiet time is "
        "told then, in one message; what began and ended inside is told to nobody. The other keys are weekdays, as in "
        "`hours`."
    ),
    "smtp": "The mail server, for people with `email`.",
}
"""Meaning of the sections."""

NOTIFY_KEYS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "notify": {
        "people": ("a mapping", "who can be told; see [people](#notifypeople)"),
        "teams": ("a mapping", "see [teams](#notifyteams)"),
        "routes": ("a list", "see [routes](#notifyroutes)"),
        "escalate": ("a mapping", "see [escalation](#notifyescalate)"),
        "repeat_hours": (
            "a number above 0",
            (
                "a person is reminded so long after he was told, and again, until somebody acknowledges or it is over; "
                "not in the quiet time, not outside his team's hours, and not of rules over a day or a month"
            ),
        ),
        "quiet": ("a mapping", "see [quiet](#notifyquiet)"),
        "product": ("a team", "who is told of the product's own troubles, such as a worker that is down"),
        "language": (", ".join(LANGUAGES), "of messages, for people who set none"),
        "alertmanager": ("an address", "of Alertmanager's pages, for links"),
        "web_url": ("an address", "of the wallboard as people reach it, for links"),
        "docs_url": ("an address", "of this documentation, for links to the runbook"),
        "heartbeat": (
            _BY_URL,
            (
                "an address outside, such as a check of healthchecks.io, that is called every minute and tells people "
                "when that stops; see [nobody can be told](../alerting.md#when-nobody-can-be-told)"
            ),
        ),
    },
    "notify.people": {
        **{name: _MEANINGS[name] for name in CHANNELS},
        "language": (", ".join(LANGUAGES), "of messages"),
    },
    "notify.teams": {
        "people": ("a list of people", "who are told"),
        "hours": (_WEEK, "when they are told, in local time of the site"),
        "else": ("a team", "who is told outside `hours`; without it, it is held back until the hours begin"),
        "at_least": (_SEVERITY, "below it nobody of the team is told"),
    },
    "notify.routes": {
        "program": ("a program", "fits its breaches alone"),
        "queue": ("a queue", "fits its breaches alone"),
        "site": ("a site", "fits the breaches of its queues alone, not those over a program; see [sites](#sites)"),
        "pool": (
            "a pool",
            "fits the breaches of this pool; so does a route of the place that has all its queues, or of one of them",
        ),
        "item": ("an item, in quotes", "fits rules of this item of the standard alone"),
        "severity": (_SEVERITY, "fits breaches that are so bad at that moment, alone"),
        "team": ("a team", "who is told"),
        "at_least": (_SEVERITY, "below it the route fits and tells nobody"),
    },
    "notify.escalate": {
        "after_minutes": ("a number above 0", "since it reached `at_least` and somebody was to be told"),
        "to": ("a team", "who is told then, if nobody has acknowledged since"),
        "at_least": (_SEVERITY, "below it nothing escalates"),
    },
    "notify.quiet": {"below": (_SEVERITY, "severities under it are held back")},
    "smtp": {
        "host": ("a name", "of the server"),
        "port": ("1 to 65535", "where it listens"),
        "from": ("an address", "of the sender"),
        "user": ("a name", "at the server; needs `password_file`"),
        "password_file": ("a path", "the file that holds the password, as Alertmanager finds it"),
        "starttls": ("true, false", "whether the connection must be encrypted"),
    },
}
"""Allowed values and meaning, by section and key."""

_REQUIRED: Final = "required"
NOTIFY_DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "notify": {"repeat_hours": "no reminders", "product": "the team of the last route", "language": "`en`"},
    "notify.people": {"language": "that of `notify`"},
    "notify.teams": {"people": _REQUIRED, "hours": "always", "at_least": "`warning`"},
    "notify.routes": {
        **dict.fromkeys(("program", "queue", "site", "pool", "item", "severity"), "any"),
        "team": _REQUIRED,
        "at_least": "`warning`",
    },
    "notify.escalate": {"after_minutes": _REQUIRED, "to": _REQUIRED, "at_least": "`critical`"},
    "notify.quiet": {"below": "`critical`"},
    "smtp": {"host": _REQUIRED, "from": _REQUIRED, "port": "`587`", "starttls": "`true`"},
}
"""Defaults as the page shows them; those that are not here have none."""
