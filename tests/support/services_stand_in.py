"""Stand-ins for the services that people read messages in: each refuses what the real one would refuse.

Limits and required fields are those of the services' own documentation; robots answer 200 whatever they think.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

__all__ = ["Services"]

_KB = 1024


def _slack(body: dict[str, Any], _: int) -> tuple[int, str]:
    """api.slack.com/reference/block-kit/blocks, /messaging/webhooks, /reference/messaging/attachments."""
    attachments = body.get("attachments", [])
    if attachments:
        texts = [each.get("text", "") for each in attachments]
        said = len(attachments) <= 100 and all(each.get("fallback") or each.get("text") for each in attachments)
        return (200, "ok") if said and sum(map(len, texts)) <= 40_000 else (400, "invalid_attachments")
    blocks = body.get("blocks", [])
    if not body.get("text") or len(body["text"]) > 40_000 or len(blocks) > 50:
        return 400, "no_text" if not body.get("text") else "invalid_payload"
    for block in blocks:
        text = block["text"]["text"]
        if block["type"] != "section" or not 1 <= len(text) <= 3_000:
            return 400, "invalid_blocks"
    return 200, "ok"


def _teams(body: dict[str, Any], size: int) -> tuple[int, str]:
    """learn.microsoft.com: webhooks take 28 KB, and a workflow wants one attachment that is an adaptive card."""
    if size > 28 * _KB:
        return 413, "RequestEntityTooLarge"
    attachments = body.get("attachments", [])
    card = attachments[0].get("content", {}) if attachments else {}
    fine = body.get("type") == "message" and card.get("type") == "AdaptiveCard" and card.get("version")
    texts = [each.get("text") for each in card.get("body", [])]
    return (202, "") if fine and texts and all(texts) else (400, "Bad Request")


def _wecom(body: dict[str, Any], _: int) -> tuple[int, str]:
    """developer.work.weixin.qq.com/document/path/91770: markdown.content of at most 4096 bytes, UTF-8."""
    content = body.get("markdown", {}).get("content", "")
    if body.get("msgtype") != "markdown" or not content:
        return 200, '{"errcode": 40008, "errmsg": "invalid message type"}'
    if len(content.encode()) > 4096:
        return 200, '{"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}'
    return 200, '{"errcode": 0, "errmsg": "ok"}'


def _dingtalk(body: dict[str, Any], size: int) -> tuple[int, str]:
    """open.dingtalk.com: a robot's markdown has title and text, and a message at most 20,000 bytes."""
    markdown = body.get("markdown", {})
    if body.get("msgtype") != "markdown" or not markdown.get("title") or not markdown.get("text"):
        return 200, '{"errcode": 40035, "errmsg": "缺少参数 json"}'
    if size > 20_000:
        return 200, '{"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}'
    return 200, '{"errcode": 0, "errmsg": "ok"}'


def _feishu(body: dict[str, Any], size: int) -> tuple[int, str]:
    """open.feishu.cn: a custom robot's request body is at most 20 KB."""
    if size > 20 * _KB:
        return 200, '{"code": 9499, "msg": "Bad Request: too large"}'
    card = body.get("card", {})
    fine = body.get("msg_type") == "interactive" and card.get("elements") and card.get("header", {}).get("title")
    return 200, '{"StatusCode": 0, "code": 0, "msg": "success"}' if fine else '{"code": 19002, "msg": "params error"}'


def _pagerduty(body: dict[str, Any], size: int) -> tuple[int, str]:
    """developer.pagerduty.com, Events API 2: required fields, summary of at most 1024 characters, 512 KB."""
    payload = body.get("payload", {})
    wanted = ("summary", "source", "severity")
    fine = (
        size <= 512 * _KB
        and len(body.get("routing_key", "")) == 32
        and body.get("event_action") in ("trigger", "resolve", "acknowledge")
        and (body["event_action"] == "trigger" or body.get("dedup_key"))
        and all(payload.get(name) for name in wanted)
        and len(payload["summary"]) <= 1024
        and payload["severity"] in ("critical", "warning", "error", "info")
    )
    return (202, '{"status": "success"}') if fine else (400, '{"status": "invalid event"}')


def _webhook(body: dict[str, Any], _: int) -> tuple[int, str]:
    """alerts.md 1: the fields of a webhook's body."""
    names = ["status", "kind", "severity", "incident", "notice", "title", "message", "links"]
    return (200, "") if list(body) == names and body["status"] in ("firing", "resolved") else (422, "")


_SERVICES: dict[str, Callable[[dict[str, Any], int], tuple[int, str]]] = {
    "slack": _slack, "teams": _teams, "wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu,
    "pagerduty": _pagerduty, "webhook": _webhook,
}  # fmt: skip


@dataclass
class Services:
    """All of them on one server: the service's name is the path."""

    taken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Service and body of every message that was taken."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Service and reason of every message that was not."""
    refuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By service, what it answers to everything."""

    def app(self) -> web.Application:
        """The server."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/{service}", self._post)
        return app

    async def _post(self, request: web.Request) -> web.Response:
        name, raw = request.match_info["service"], await request.read()
        body = json.loads(raw)
        status, text = self.refuses.get(name) or _SERVICES[name](body, len(raw))
        refused = status >= 300 or any(f'"{key}": {n}' in text for key in ("errcode", "code") for n in range(1, 10))
        if refused:
            self.refused.append((name, text))
        else:
            self.taken.append((name, body))
        return web.Response(status=status, text=text)
