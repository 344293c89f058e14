"""Sending a notification by one channel of a person, and what came back."""

import os
from pathlib import Path
from typing import Final

import aiohttp

from config.channels import Channel
from config.errors import UserError
from dashboards.wallboard.relay.bodies import BODIES, refusal
from dashboards.wallboard.relay.notification import Notification

__all__ = ["send"]

_SECONDS: Final = 8.0
"""For an answer; Alertmanager waits for ten."""
_ANSWER_BYTES: Final = 4_096
_PAGERDUTY: Final = "https://events.pagerduty.com/v2/enqueue"


async def send(session: aiohttp.ClientSession, channel: Channel, said: Notification) -> str:
    """Send a notification; the service's answer.

    Args:
        session: for requests.
        channel: any but e-mail.
        said: the notification.

    Raises:
        UserError: it was not taken, with the reason, in which no secret stands.
    """
    secret = _secret(channel)
    address = (channel.endpoint or _PAGERDUTY) if channel.kind == "pagerduty" else secret
    answered = ""
    for body in BODIES[channel.kind](said):
        content = {"routing_key": secret, **body} if channel.kind == "pagerduty" else body
        answered = await _post(session, channel.kind, address, content)
    return answered


async def _post(session: aiohttp.ClientSession, kind: str, address: str, content: dict[str, object]) -> str:
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with session.post(address, json=content, timeout=timeout, allow_redirects=False) as answer:
            text = (await answer.content.read(_ANSWER_BYTES)).decode("utf-8", "replace")
            status = answer.status
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
        raise UserError(f"{kind}: the address is none; it begins with https://") from None
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        # Their texts may name the address, which is the secret.
        raise UserError(f"{kind}: no answer ({type(error).__name__})") from None
    reason = refusal(kind, status, text)
    if reason is not None:
        raise UserError(f"{kind}: refused: {reason}")
    return f"{status} {' '.join(text.split())[:100]}".rstrip()


def _secret(channel: Channel) -> str:
    """The address or key of a channel.

    Raises:
        UserError: it cannot be had.
    """
    if channel.variable is not None:
        found = os.environ.get(channel.variable, "").strip()
        if not found:
            raise UserError(f"{channel.kind}: the environment variable {channel.variable} is not set")
        return found
    try:
        found = Path(str(channel.file)).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UserError(f"{channel.kind}: the file {channel.file} cannot be read: {reason}") from None
    if not found:
        raise UserError(f"{channel.kind}: the file {channel.file} is empty")
    return found
