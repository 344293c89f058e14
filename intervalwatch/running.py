"""Requests of a command to a running `web` or worker."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from config.errors import UserError
from config.shown_text import shown_address
from dashboards.wallboard.door.access import TOKEN_VARIABLE

__all__ = ["ask", "tell"]

_SECONDS: Final = 15.0


def ask(url: str, path: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The JSON object that a server answers to a GET.

    Raises:
        UserError: with the server's own reason, or that there is no answer.
    """
    return _answer(url, f"{path}?{urlencode(parameters)}", None)


def tell(url: str, path: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object that a server answers to a POST of one.

    Raises:
        UserError: as `ask`.
    """
    return _answer(url, path, json.dumps(asked).encode())


def _answer(url: str, path: str, body: bytes | None) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise UserError(f"--url {shown_address(url)}: write it like http://127.0.0.1:6067")
    headers = {} if body is None else {"Content-Type": "application/json"}
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{url.rstrip('/')}{path}", body, headers)  # noqa: S310 - http alone, by the check above
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        raise UserError(f"--url {shown_address(url)}: {_reason(error)}") from None
    except (OSError, ValueError) as error:
        raise UserError(f"--url {shown_address(url)}: no answer ({type(error).__name__})") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError, OSError):
        return f"answered {error.code}"
