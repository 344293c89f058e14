"""The bodies that services take, each within its limits, and how they say that they refuse one.

Limits are those that the services' documentation gives: Slack 3,000 characters a section, 50 blocks and 40,000
characters of text; Teams 28 KB; WeCom 4,096 bytes of markdown; DingTalk 20,000 bytes; Feishu 20 KB; PagerDuty 1,024
characters of summary. A text that is longer is split where a service takes several messages, else cut.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from dashboards.wallboard.relay.notification import Notification

__all__ = ["BODIES", "Body", "refusal"]

Body = dict[str, Any]

_WORDS: Final = {"look": "查看 / Look", "acknowledge": "确认 / Acknowledge", "runbook": "处理方法 / What to do"}
_CUT: Final = "…"
_SLACK_SECTION: Final = 2_900
_SLACK_SECTIONS: Final = 12
_SLACK_TITLE: Final = 150
_TEAMS_BYTES: Final = 27_000
_WECOM_BYTES: Final = 4_000
_WECOM_MESSAGES: Final = 5
_DINGTALK_BYTES: Final = 19_000
_FEISHU_BYTES: Final = 19_000
_PAGERDUTY_SUMMARY: Final = 1_024
_PAGERDUTY_BYTES: Final = 500_000
_WEBHOOK_BYTES: Final = 500_000


def _bytes_of(body: Body) -> int:
    return len(json.dumps(body).encode())


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + _CUT


def _fitted(make: Callable[[str], Body], text: str, most: int) -> Body:
    """A body that is under its limit of bytes, its text cut where it would not be."""
    body = make(text)
    while text and _bytes_of(body) > most:
        text = _cut(text, max(1, len(text) * most // (_bytes_of(body) + 1)) - 1) if len(text) > 2 else ""
        body = make(text)
    return body


def _pieces(text: str, most: int, size: Callable[[str], int]) -> list[str]:
    """A text in pieces of at most a size, cut at line ends where there are any."""
    pieces: list[str] = []
    piece = ""
    for line in text.splitlines(keepends=True):
        rest = line
        while size(piece + rest) > most:
            if piece:
                pieces.append(piece)
                piece = ""
                continue
            end = len(rest)
            while size(rest[:end]) > most:
                end = end * most // (size(rest[:end]) + 1)
            pieces.append(rest[:end])
            rest = rest[end:]
        piece += rest
    return [*pieces, piece] if piece.strip() else pieces


# --- the services -------------------------------------------------------------------------------------


def _slack(said: Notification) -> list[Body]:
    def plain(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    sections = _pieces(plain(said.message), _SLACK_SECTION, len)[:_SLACK_SECTIONS]
    links = " · ".join(f"<{address}|{_WORDS[name]}>" for name, address in said.links.items())
    texts = [f"*{plain(_cut(said.title, _SLACK_TITLE))}*", *sections, *([links] if links else [])]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in texts]
    return [{"text": _cut(plain(said.title), _SLACK_SECTION), "blocks": blocks}]


def _teams(said: Notification) -> list[Body]:
    actions = [
        {"type": "Action.OpenUrl", "title": _WORDS[name], "url": address} for name, address in said.links.items()
    ]

    def make(text: str) -> Body:
        title = {"type": "TextBlock", "text": _cut(said.title, 500), "weight": "Bolder", "wrap": True}
        card = {
            "type": "AdaptiveCard",
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "version": "1.4",
            "body": [title, {"type": "TextBlock", "text": text or " ", "wrap": True}],
            "actions": actions,
        }
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        return {"type": "message", "attachments": [attachment]}

    return [_fitted(make, said.message, _TEAMS_BYTES)]


def _markdown(said: Notification, title: int) -> str:
    links = "\n".join(f"[{_WORDS[name]}]({address})" for name, address in said.links.items())
    return f"**{_cut(said.title, title)}**\n{said.message}\n{links}".rstrip()


def _wecom(said: Notification) -> list[Body]:
    pieces = _pieces(_markdown(said, 300), _WECOM_BYTES, lambda text: len(text.encode()))[:_WECOM_MESSAGES]
    return [{"msgtype": "markdown", "markdown": {"content": piece}} for piece in pieces]


def _dingtalk(said: Notification) -> list[Body]:
    def make(text: str) -> Body:
        # A single line end is none in its markdown.
        return {"msgtype": "markdown", "markdown": {"title": _cut(said.title, 100), "text": text.replace("\n", "  \n")}}

    return [_fitted(make, _markdown(said, 300), _DINGTALK_BYTES)]


def _feishu(said: Notification) -> list[Body]:
    color = "green" if said.status == "resolved" else ("red" if said.severity == "critical" else "orange")

    def make(text: str) -> Body:
        header = {"title": {"tag": "plain_text", "content": _cut(said.title, 300)}, "template": color}
        element = {"tag": "markdown", "content": text or " "}
        return {"msg_type": "interactive", "card": {"header": header, "elements": [element]}}

    links = "\n".join(f"[{_WORDS[name]}]({address})" for name, address in said.links.items())
    return [_fitted(make, f"{said.message}\n{links}".rstrip(), _FEISHU_BYTES)]


def _pagerduty(said: Notification) -> list[Body]:
    def make(text: str) -> Body:
        return {
            "event_action": "resolve" if said.status == "resolved" else "trigger",
            "dedup_key": said.key,
            "client": "intervalwatch",
            "payload": {
                "summary": _cut(said.title, _PAGERDUTY_SUMMARY) or "intervalwatch",
                "source": "intervalwatch",
                "severity": said.severity,
                "custom_details": {"message": text},
            },
            "links": [{"href": address, "text": _WORDS[name]} for name, address in said.links.items()],
        }

    return [_fitted(make, said.message, _PAGERDUTY_BYTES)]


def _webhook(said: Notification) -> list[Body]:
    def make(text: str) -> Body:
        names = ("status", "kind", "severity", "incident", "notice", "title")
        return {**{name: getattr(said, name) for name in names}, "message": text, "links": dict(said.links)}

    return [_fitted(make, said.message, _WEBHOOK_BYTES)]


BODIES: Final[Mapping[str, Callable[[Notification], list[Body]]]] = {
    "slack": _slack,
    "teams": _teams,
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
    "pagerduty": _pagerduty,
    "webhook": _webhook,
}
"""By channel, the messages that say a notification, in order."""


# --- what they answer ---------------------------------------------------------------------------------

_CODES: Final = {"wecom": ("errcode",), "dingtalk": ("errcode",), "feishu": ("code", "StatusCode")}
"""Robots answer 200 whatever they think of it; these fields are 0 where they took it."""
_SHOWN: Final = 200


def refusal(kind: str, status: int, answer: str) -> str | None:
    """Why a service did not take a message; None: it did.

    Args:
        kind: the channel.
        status: of HTTP.
        answer: its body.
    """
    shown = f"{status} {' '.join(answer.split())[:_SHOWN]}".rstrip()
    if not 200 <= status < 300:
        return shown
    if kind in _CODES:
        try:
            found = json.loads(answer)
        except ValueError:
            return shown
        codes = [found[name] for name in _CODES[kind] if name in found] if isinstance(found, dict) else []
        return None if codes and all(code == 0 for code in codes) else shown
    if kind == "slack" and answer.strip() != "ok":
        return shown
    if kind == "teams" and "fail" in answer.lower():
        return shown
    return None
