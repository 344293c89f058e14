"""Alertmanager's routing of alerts by program, item and severity, and its inhibitions.

A breach sends one notification when it opens and one when it is resolved: alerts are grouped by the identity of a
breach, so that no other alert sends it again. Item 2.5 goes to planning, 2.2 to 2.4 to quality, 2.6 to the people who
run the feeds, and every other item to the floor. Each program has its own receivers.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from config.rules import RULES
from config.settings import Configuration
from dashboards.promql import one_of, quoted

__all__ = ["NOBODY", "RESTS_ON_THE_FEED", "TEAMS", "Delivery", "alertmanager_config"]

NOBODY: Final = "nobody"
"""The receiver of alerts that are shown and kept, and sent to nobody."""
PLATFORM: Final = "platform"
DATA: Final = "data"
OPERATIONS: Final = "operations"
URGENT: Final = "-urgent"
"""Suffix of the receiver that gets critical alerts."""

TEAMS: Final = {"planning": ("2.5",), "quality": ("2.2", "2.3", "2.4")}
"""Items that go to another team than the floor, by team."""

RESTS_ON_THE_FEED: Final = tuple(rule for rule, definition in RULES.items() if definition.rests_on_call_data)
"""Rules that say nothing while call data is missing."""
_MISSING_DATA: Final = tuple(rule for rule, definition in RULES.items() if definition.tells_missing_data)
"""Rules that say that it is missing."""

Route = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """The addresses that notifications are sent to."""

    webhook: str = "http://127.0.0.1:9095/"
    """A webhook that gets every notification as JSON, at the path of the receiver's name."""
    chat: str | None = None
    """A Slack-compatible webhook that gets every notification as text."""


def alertmanager_config(configuration: Configuration, delivery: Delivery) -> dict[str, Any]:
    """The configuration of Alertmanager for the programs of a site.

    Args:
        configuration: the programs.
        delivery: the addresses of every receiver; a site replaces them with its own.
    """
    programs = [_team_route(program) for program in configuration.last.programs]
    routes = [
        {"receiver": NOBODY, "matchers": ['severity="info"']},
        _by_severity(PLATFORM, 'component="worker"'),
        _by_severity(DATA, 'item="2.6"'),
        *programs,
        *_team_route(None)["routes"],
    ]
    receivers = {receiver for route in routes for receiver in _receivers(route)} | {OPERATIONS}
    return {
        "global": {"resolve_timeout": "5m"},
        "templates": ["templates/*.tmpl"],
        "route": {
            "receiver": OPERATIONS,
            "group_by": ["alertname", "program", "queue", "rule", "scope", "instance", "topic"],
            "group_wait": "10s",
            "group_interval": "5s",
            # Sent once, and once more when resolved: a breach lasts a day at most.
            "repeat_interval": "24h",
            "routes": routes,
        },
        "inhibit_rules": [
            {
                "source_matchers": ['severity="critical"'],
                "target_matchers": ['severity="warning"', 'rule!=""'],
                "equal": ["program", "queue", "rule", "scope"],
            },
            _silence(_is("rule", _MISSING_DATA), RESTS_ON_THE_FEED, "program", "queue"),
            _silence('alertname="FeedSilent"', (*RESTS_ON_THE_FEED, *_MISSING_DATA), "job"),
            *(
                _silence(_is("rule", definition.silenced_by), (rule,), "program", "queue")
                for rule, definition in RULES.items()
                if definition.silenced_by
            ),
            {
                "source_matchers": ['alertname="AllWorkersDown"'],
                "target_matchers": ['alertname="WorkerDown"'],
                "equal": ["job"],
            },
        ],
        "receivers": [_receiver(name, delivery) for name in sorted(receivers)],
    }


def _team_route(program: str | None) -> Route:
    """The route of a program by item, then by severity; None: of alerts that no configured program owns."""
    prefix = "" if program is None else f"{program}-"
    routes = [_by_severity(f"{prefix}{team}", _is("item", items)) for team, items in TEAMS.items()]
    routes.append(_urgent(f"{prefix}{OPERATIONS}"))
    route: Route = {"receiver": f"{prefix}{OPERATIONS}", "routes": routes}
    if program is not None:
        route["matchers"] = [f"program={quoted(program)}"]
    return route


def _by_severity(receiver: str, matcher: str) -> Route:
    return {"receiver": receiver, "matchers": [matcher], "routes": [_urgent(receiver)]}


def _is(label: str, values: tuple[str, ...]) -> str:
    return f"{label}={quoted(values[0])}" if len(values) == 1 else f"{label}=~{one_of(values)}"


def _silence(source: str, rules: tuple[str, ...], *equal: str) -> dict[str, list[str]]:
    """An alert that `source` matches silences those of rules with the same labels."""
    return {"source_matchers": [source], "target_matchers": [_is("rule", rules)], "equal": list(equal)}


def _urgent(receiver: str) -> Route:
    return {"receiver": f"{receiver}{URGENT}", "matchers": ['severity="critical"']}


def _receivers(route: Route) -> set[str]:
    return {str(route["receiver"])}.union(*map(_receivers, route.get("routes", [])))


def _receiver(name: str, delivery: Delivery) -> dict[str, Any]:
    if name == NOBODY:
        return {"name": name}
    url = f"{delivery.webhook.rstrip('/')}/{quote(name, safe='')}"
    receiver: dict[str, Any] = {"name": name, "webhook_configs": [{"url": url, "send_resolved": True}]}
    if delivery.chat is not None:
        receiver["slack_configs"] = [
            {
                "api_url": delivery.chat,
                "channel": name,
                "send_resolved": True,
                "title": '{{ template "intervalwatch.title" . }}',
                "text": '{{ template "intervalwatch.text" . }}',
                "fallback": '{{ template "intervalwatch.title" . }}',
            }
        ]
    return receiver
