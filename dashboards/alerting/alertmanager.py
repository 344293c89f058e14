"""Alertmanager's routing of alerts by program, item and severity, and its inhibitions.

A breach sends one notification when it opens and one when it is resolved: alerts are grouped by the identity of a
breach, so that no other alert sends it again. Item 2.5 goes to planning, 2.2 to 2.4 to quality, 2.6 to the people who
run the feeds, and every other item to the floor. Each program has its own receivers.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

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

RESTS_ON_THE_FEED: Final = (
    "service_level_below_range",
    "service_level_above_range",
    "service_level_unusual",
    "service_level_lost",
    "abandon_rate_above_limit",
    "occupancy_outside_range",
    "volume_variance",
    "aht_variance",
    "net_staffing",
    "schedule_gap",
)
"""Rules that rest on call data; their alerts are inhibited while it is missing."""

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
            {
                "source_matchers": ['rule="feed_missing"'],
                "target_matchers": [f"rule=~{one_of(RESTS_ON_THE_FEED)}"],
                "equal": ["program", "queue"],
            },
            {
                "source_matchers": ['alertname="FeedSilent"'],
                "target_matchers": [f"rule=~{one_of((*RESTS_ON_THE_FEED, 'feed_missing'))}"],
                "equal": ["job"],
            },
            {
                "source_matchers": ['rule="service_level_below_range"'],
                "target_matchers": ['rule="service_level_lost"'],
                "equal": ["program", "queue"],
            },
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
    routes = [_by_severity(f"{prefix}{team}", _is(items)) for team, items in TEAMS.items()]
    routes.append(_urgent(f"{prefix}{OPERATIONS}"))
    route: Route = {"receiver": f"{prefix}{OPERATIONS}", "routes": routes}
    if program is not None:
        route["matchers"] = [f"program={quoted(program)}"]
    return route


def _by_severity(receiver: str, matcher: str) -> Route:
    return {"receiver": receiver, "matchers": [matcher], "routes": [_urgent(receiver)]}


def _is(items: tuple[str, ...]) -> str:
    return f"item={quoted(items[0])}" if len(items) == 1 else f"item=~{one_of(items)}"


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
