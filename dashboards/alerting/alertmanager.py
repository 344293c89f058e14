"""Alertmanager's configuration: notices to the person they name, and troubles of the product to those who run it.

Alertmanager alone notifies. It tells the end to exactly those it told the beginning, unless the alert is muted just
then: so nothing here mutes an incident. It reads no environment, knows no robots and has one fixed body for webhooks;
what it cannot send itself goes through the relay of `web` (`dashboards.wallboard.relay`).
"""

from collections.abc import Iterator
from typing import Any, Final

from config.channels import Channel, Person
from config.notify import NotifySettings
from dashboards.alerting.addresses import Addresses
from dashboards.alerting.notice_alerts import NOTICE
from dashboards.alerting.system_alerts import WATCHDOG
from dashboards.promql import quoted

__all__ = ["NOBODY", "WALLBOARD", "alertmanager_config", "goes_through_relay"]

NOBODY: Final = "nobody"
"""The receiver of alerts that are shown and kept, and sent to nobody, such as those by rule."""
WALLBOARD: Final = "wallboard"
"""The receiver that shows on the wallboard that nobody can be told."""
_HEARTBEAT: Final = "_heartbeat"
"""The receiver that hears every minute that alerts can be told; no person has such a name."""
_REMINDERS: Final = "-reminders"
"""Suffix of the receiver that gets no ends."""

_NATIVE: Final = ("email", "slack", "pagerduty")
"""Channels that Alertmanager 0.25 has itself, where the secret stands in a file."""

_GROUP_WAIT: Final = "12s"
"""Longer than a scrape and an evaluation together (`prometheus_config`), or one morning is two messages; the three
stay under 30 s, in which the first notification comes."""
_GROUP_INTERVAL: Final = "5s"
_REPEAT: Final = "100h"
"""Alertmanager's log of what it told whom is kept for 120 h; reminders are alerts of their own."""

Route = dict[str, Any]


def goes_through_relay(channel: Channel) -> bool:
    """Whether `web` sends it: Alertmanager has no such channel, or cannot read where the secret stands."""
    return channel.kind not in _NATIVE or channel.variable is not None


def alertmanager_config(notify: NotifySettings, addresses: Addresses) -> dict[str, Any]:
    """The configuration of Alertmanager.

    Args:
        notify: who is told.
        addresses: of `web`, and of the file with its token.
    """
    people = notify.people.values()
    product = () if notify.product is None else notify.teams[notify.product].people
    found: dict[str, Any] = {
        "global": {"resolve_timeout": "5m", **_mail(notify)},
        "templates": ["templates/*.tmpl"],
        "route": {
            "receiver": NOBODY,
            "group_by": ["person", "notice"],
            "group_wait": _GROUP_WAIT,
            "group_interval": _GROUP_INTERVAL,
            "repeat_interval": _REPEAT,
            "routes": [
                {
                    "receiver": _HEARTBEAT,
                    "matchers": [f'alertname="{WATCHDOG}"'],
                    "group_by": ["alertname"],
                    "group_wait": "1s",
                    "group_interval": "1m",
                    # Under the interval, or every second one is left out.
                    "repeat_interval": "30s",
                },
                *(_of_person(person.name, f"{person.name}{_REMINDERS}", 'kind="reminder"') for person in people),
                *(_of_person(person.name, person.name) for person in people),
                *_of_product(product),
            ],
        },
        "inhibit_rules": [
            {
                "source_matchers": ['alertname="AllWorkersDown"'],
                "target_matchers": ['alertname="WorkerDown"'],
                "equal": ["job"],
            }
        ],
        "receivers": [
            {"name": NOBODY},
            {"name": _HEARTBEAT, "webhook_configs": [_webhook("/api/heartbeat", addresses, ends=False)]},
            {"name": WALLBOARD, "webhook_configs": [_webhook("/api/troubles", addresses, ends=True)]},
            *(_receiver(person, person.name, addresses, ends=True) for person in people),
            *(_receiver(person, f"{person.name}{_REMINDERS}", addresses, ends=False) for person in people),
        ],
    }
    return found


# --- routes -------------------------------------------------------------------------------------------


def _of_person(person: str, receiver: str, *matchers: str) -> Route:
    return {"receiver": receiver, "matchers": [f'alertname="{NOTICE}"', f"person={quoted(person)}", *matchers]}


def _of_product(people: tuple[str, ...]) -> Iterator[Route]:
    """Troubles of the product itself: each is a message of its own, to all who run it and onto the wallboard."""
    # Said again, so that a wallboard that was started anew knows of it.
    yield {**_trouble(WALLBOARD, 'component="alerting"'), "repeat_interval": "5m"}
    for person in people:
        yield _trouble(person, 'component=~".+"')


def _trouble(receiver: str, matcher: str) -> Route:
    group = ["alertname", "job", "instance", "integration", "queue", "topic"]
    return {"receiver": receiver, "matchers": [matcher], "continue": True, "group_by": group}


# --- receivers ----------------------------------------------------------------------------------------


def _mail(notify: NotifySettings) -> dict[str, Any]:
    mail = notify.mail
    if mail is None:
        return {}
    login = {} if mail.user is None else {
        "smtp_auth_username": mail.user,
        "smtp_auth_password_file": mail.password_file,
    }  # fmt: skip
    return {
        "smtp_smarthost": f"{mail.host}:{mail.port}",
        "smtp_from": mail.sender,
        "smtp_require_tls": mail.starttls,
        **login,
    }


def _receiver(person: Person, name: str, addresses: Addresses, *, ends: bool) -> dict[str, Any]:
    receiver: dict[str, Any] = {"name": name}
    for channel in person.channels:
        if goes_through_relay(channel):
            path = f"/api/relay/{person.name}?channel={channel.kind}"
            receiver.setdefault("webhook_configs", []).append(_webhook(path, addresses, ends=ends))
        else:
            receiver[f"{channel.kind}_configs"] = [_NATIVELY[channel.kind](channel, person.language, ends)]
    return receiver


def _webhook(path: str, addresses: Addresses, *, ends: bool) -> dict[str, Any]:
    return {
        "url": f"{addresses.web}{path}",
        "send_resolved": ends,
        "http_config": {"follow_redirects": False, **addresses.authorization()},
    }


def _template(name: str, language: str) -> str:
    return f'{{{{ template "intervalwatch.{name}.{language}" . }}}}'


def _email(channel: Channel, language: str, ends: bool) -> dict[str, Any]:
    return {
        "to": channel.address,
        "send_resolved": ends,
        "headers": {"Subject": _template("subject", language)},
        "text": _template("body", language),
        "html": "",
    }


def _slack(channel: Channel, language: str, ends: bool) -> dict[str, Any]:
    return {
        "api_url_file": channel.file,
        "send_resolved": ends,
        "title": _template("subject", language),
        "fallback": _template("subject", language),
        "text": _template("body", language),
        "color": '{{ if eq .Status "resolved" }}good{{ else if eq (index .Alerts 0).Labels.severity "critical" }}danger'
        "{{ else }}warning{{ end }}",
    }


def _pagerduty(channel: Channel, language: str, ends: bool) -> dict[str, Any]:
    address = {} if channel.endpoint is None else {"url": channel.endpoint}
    return {
        "routing_key_file": channel.file,
        **address,
        "send_resolved": ends,
        "description": _template("subject", language),
        "severity": '{{ template "intervalwatch.severity" . }}',
        "client": "intervalwatch",
        "details": {"message": _template("body", language)},
    }


_NATIVELY: Final = {"email": _email, "slack": _slack, "pagerduty": _pagerduty}
