"""Text as it may be shown: without secrets, on one line, without escapes that move a terminal's cursor.

Messages and logs repeat what they were given: addresses with passwords, names out of data. A password is left out by
showing only those parts of an address that are known to hold none; text that holds an address anywhere goes through
the same door.
"""

import logging
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

__all__ = ["HIDDEN", "ShownTextFilter", "escaped", "shown_address", "shown_argument", "squeezed", "without_secrets"]

HIDDEN: Final = "***"
"""Stands where something is left out."""

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+._-]{0,39}://+")
_SERVER: Final = r"(?:[A-Za-z0-9_.…-]+|\[[0-9A-Fa-f:.]+\])"
_PORT: Final = r"(?::(?:\d{1,5}|port))"
"""`port` stands in messages that show how an address is written."""
_PLACE: Final = re.compile(rf"{_SERVER}?{_PORT}?(?:,{_SERVER}{_PORT}?)*")
_USER: Final = re.compile(r"[\w.%+~-]*")
_PATH: Final = re.compile(r"(?:/[\w./~%+-]*)?")
_FILE: Final = re.compile(r"[^?#:=;\0]*")
_WORD: Final = re.compile(r"[\w./~,-]*(?::\d{1,5})?")
_VALUE: Final = re.compile(r"[\w./-]*")
_HARMLESS: Final = frozenset(
    {"application_name", "charset", "connect_timeout", "dbname", "host", "mode", "port", "sslmode", "timeout", "user"}
)
"""Parameters of an address whose value is no secret."""
_SECRETS: Final = frozenset({"key", "passphrase", "passwd", "password", "pwd", "secret", "sslpassword", "token"})
"""Names of parameters that are shown, without their values."""


def shown_address(url: str) -> str:
    """An address of a database, a broker or a server without what may be a secret, however it is written.

    Shown are the scheme, a user's name, hosts with ports, a path of plain characters, and harmless parameters.
    """
    found = _SCHEME.match(url)
    scheme = found[0] if found else ""
    rest = url[len(scheme) :]
    if re.fullmatch(r"(?i)sqlite(?:\+\w+)?:///+", scheme) and _FILE.fullmatch(rest.partition("?")[0]):
        file, asked, query = rest.partition("?")
        return f"{scheme}{file.replace('@', '%40')}{_shown_query(asked, query)}"  # as SQLAlchemy writes it
    login, at, place = rest.rpartition("@")
    if not at:
        return f"{scheme}{_shown_place(place)}" if scheme else _shown_words(place)
    user, colon, _ = login.partition(":")
    if not _USER.fullmatch(user) or re.search("[?#]|://", login):
        return f"{scheme}{HIDDEN}"  # the `@` may be one of a parameter's value, and the rest of it a secret
    return f"{scheme}{user}{f':{HIDDEN}' if colon else ''}@{_shown_place(place)}"


def _shown_place(place: str) -> str:
    """Hosts, path and parameters."""
    place, _, fragment = place.partition("#")
    place, asked, query = place.partition("?")
    hosts, slash, path = place.partition("/")
    if not _PLACE.fullmatch(hosts):
        return HIDDEN
    path = f"{slash}{path}"
    return (
        f"{hosts}{path if _PATH.fullmatch(path) else f'/{HIDDEN}'}{_shown_query(asked, query)}"
        f"{f'#{HIDDEN}' if fragment else ''}"
    )


def _shown_query(asked: str, query: str) -> str:
    return asked + "&".join(dict.fromkeys(map(_shown_parameter, query.split("&")))) if query else asked


def _shown_parameter(text: str) -> str:
    name, _, value = text.partition("=")
    if name.lower() in _HARMLESS and _VALUE.fullmatch(value):
        return text
    return f"{name}={HIDDEN}" if name.lower() in _SECRETS else HIDDEN


def _shown_words(text: str) -> str:
    """An address without a scheme and a login: a file's name, a host, or libpq's `name=value`."""
    if "=" in text:
        return " ".join(dict.fromkeys(map(_shown_parameter, text.split())))
    return text if _WORD.fullmatch(text) else HIDDEN


# --- text that may hold an address anywhere -----------------------------------------------------------

_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+._-]*://+[^\s'\"<>]*|[^\s'\"/:@]+:[^\s'\"@]*[^\s'\"]*@[\w.:/-]+")
_PARAMETER: Final = re.compile(
    r"(?i)\b([\w.-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|api_?key))(\s*=\s*)('[^']*'|\"[^\"]*\"|[^\s&;,'\"]+)"
)
_BEARER: Final = re.compile(r"(?i)\b(bearer|basic)(\s+)[\w.~+/=-]{8,}")
_MAY_HOLD_SECRET: Final = re.compile(r"(?i)[A-Za-z]:/|:.*@|(?:passw|passphrase|pwd|secret|token).*=", re.DOTALL)
_CLOSING: Final = re.compile(r"[.,;:!?)\]}]*$")


def without_secrets(text: str, given: Iterable[str] = ()) -> str:
    """A message without passwords: those of addresses in it, and those that follow a telling name.

    Args:
        text: the message.
        given: what the message may repeat, such as a command's arguments; addresses among it are known whole, so that
            blanks and quotes in a password do not end it.
    """
    for each in given:
        value = each.partition("=")[2] if each.startswith("--") else each
        if value and shown_argument(value) != value:
            # As it is, as in quotes, and as a path makes it.
            for form in (value, repr(value)[1:-1], re.sub("//+", "/", value)):
                text = text.replace(form, shown_argument(value))
    text = _ADDRESS.sub(_shown_match, text)
    text = _PARAMETER.sub(lambda found: f"{found[1]}{found[2]}{HIDDEN}", text)
    return _BEARER.sub(lambda found: f"{found[1]}{found[2]}{HIDDEN}", text)


def shown_argument(text: str) -> str:
    """A command's argument: as it is, or as `shown_address` shows the address in it."""
    option, equals, value = text.partition("=") if text.startswith("--") else ("", "", text)
    if _MAY_HOLD_SECRET.search(value):
        return f"{option}{equals}{shown_address(value)}"
    return text


def _shown_match(found: re.Match[str]) -> str:
    whole = found[0]
    end = _CLOSING.search(whole)
    closing = end[0] if end else ""
    address = whole[: len(whole) - len(closing)]
    return f"{shown_address(address)}{closing}"


# --- one line ------------------------------------------------------------------------------------------

_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Control characters, line ends, marks that turn or hide text, and halves of characters."""


def escaped(text: str) -> str:
    r"""Text on one line: line ends, escapes and unseen characters as `\n`, `\x1b`, `\u202e`."""
    return _UNSEEN.sub(_as_escape, text) if _UNSEEN.search(text) else text


def squeezed(name: str) -> str:
    """A name without blanks, capitals, and marks that do not print: names that look alike are alike."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace())


def _as_escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "backslashreplace").decode("ascii")


class ShownTextFilter(logging.Filter):
    """Makes every record of a log one line without secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message; every record passes."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = str(record.msg)
        record.msg, record.args = escaped(without_secrets(message)), None
        return True
