# ruff: noqa: RUF001  Chinese text has full-width marks
"""A notification of Alertmanager, read and put into the words of one language.

It is of one person's notice: one incident, or those that were held back until one morning. Each incident is said once,
by its newest alert, critical before warning, as in Alertmanager's own templates (`dashboards.alerting.templates`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

__all__ = ["Notification", "notification_of", "test_notification"]

_OVER: Final = {"en": "over: ", "zh": "已结束："}
_LINKS: Final = {"link": "look", "acknowledge": "acknowledge", "runbook_url": "runbook"}
"""Annotations that are addresses, and how a webhook's body names them."""
_MOST_INCIDENTS: Final = 40


@dataclass(frozen=True, slots=True)
class Notification:
    """The text that one person is to read, and what it is about."""

    status: str
    """firing or resolved."""
    kind: str
    """incident, reminder or escalation; of a trouble of the product itself, `product`."""
    severity: str
    incident: str
    """Ids, `;`-joined; empty: a trouble of the product itself."""
    notice: str
    title: str
    message: str
    links: Mapping[str, str]
    """Addresses by what they lead to: look, acknowledge, runbook. Those of the first incident."""
    key: str
    """The same for all notifications of one notice, so that a service can join them."""


class _Alert(msgspec.Struct):
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    started: str = msgspec.field(name="startsAt")
    fingerprint: str = ""


class _Payload(msgspec.Struct):
    status: str
    alerts: list[_Alert]
    group_key: str = msgspec.field(name="groupKey")


_DECODE: Final = msgspec.json.Decoder(_Payload).decode


def notification_of(body: bytes, language: str) -> Notification:
    """The notification that a webhook's body of Alertmanager holds.

    Args:
        body: as Alertmanager posts it (version 4).
        language: en or zh.

    Raises:
        ValueError: it holds none.
    """
    try:
        payload = _DECODE(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not a notification of Alertmanager: {error}") from None
    if not payload.alerts:
        raise ValueError("not a notification of Alertmanager: it has no alerts")
    said = _each_once(payload.alerts)
    first = said[0]
    shown = said[:_MOST_INCIDENTS]
    titles = [_title(alert, language) for alert in shown]
    messages = [_message(alert, language) for alert in shown]
    parts = messages if len(shown) == 1 else [f"{title}\n{text}" for title, text in zip(titles, messages, strict=True)]
    if len(said) > len(shown):
        parts.append(f"… {len(said)}")
    severities = {alert.labels.get("severity", "") for alert in payload.alerts}
    return Notification(
        status=payload.status,
        kind=first.labels.get("kind", "product"),
        severity="critical" if "critical" in severities else "warning",
        incident=";".join(dict.fromkeys(filter(None, (alert.labels.get("incident") for alert in said)))),
        notice=first.labels.get("notice", ""),
        title=" · ".join(titles),
        message="\n\n".join(parts),
        links={name: first.annotations[key] for key, name in _LINKS.items() if first.annotations.get(key)},
        key=hashlib.sha256(payload.group_key.encode("utf-8", "replace")).hexdigest(),
    )


def test_notification(person: str, language: str) -> Notification:
    """A message that says that it is a test."""
    title, message = {
        "en": ("intervalwatch: test message", f"This is a test. Alerts to {person} arrive here."),
        "zh": ("intervalwatch：测试消息", f"这是一条测试消息。发给 {person} 的告警会到达这里。"),
    }[language]
    return Notification("firing", "product", "warning", "", "", title, message, {}, "intervalwatch-test")


def _each_once(alerts: Sequence[_Alert]) -> list[_Alert]:
    """Each incident's best alert, in order; an alert without an incident is one for itself."""
    best: dict[str, _Alert] = {}
    for at, alert in enumerate(alerts):
        name = alert.labels.get("incident") or f"#{at}"
        known = best.get(name)
        if known is None or _worth(alert) > _worth(known):
            best[name] = alert
    return list(best.values())


def _worth(alert: _Alert) -> tuple[bool, bool, str, str]:
    """Sort key: what stands before what is over, critical before warning, newer before older."""
    return alert.status == "firing", alert.labels.get("severity") == "critical", alert.started, alert.fingerprint


def _title(alert: _Alert, language: str) -> str:
    text = _of(alert, "title", language) or _of(alert, "summary", language) or alert.labels.get("alertname", "")
    over = alert.status == "resolved" and not alert.labels.get("incident")
    return f"{_OVER[language]}{text}" if over else text


def _message(alert: _Alert, language: str) -> str:
    return _of(alert, "message", language) or _of(alert, "description", language)


def _of(alert: _Alert, name: str, language: str) -> str:
    texts = alert.annotations
    return (texts.get(f"{name}_{language}") if language != "en" else None) or texts.get(name, "")
