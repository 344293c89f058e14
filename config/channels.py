"""People who can be told of an incident, the channels that reach them, and the mail server: no secret among them.

The file names the file or the environment variable that holds each address of a webhook, key or password. A message
about a wrong value does not repeat what may be the secret itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from config.yaml import Node

__all__ = [
    "CHANNELS",
    "LANGUAGES",
    "Channel",
    "MailServer",
    "Person",
    "read_channel",
    "read_people",
    "read_smtp",
    "require_name",
    "web_address",
]

LANGUAGES: Final = ("en", "zh")
_SECRETS: Final[Mapping[str, str]] = {
    "slack": "url",
    "teams": "url",
    "wecom": "url",
    "dingtalk": "url",
    "feishu": "url",
    "webhook": "url",
    "pagerduty": "key",
}
"""The secret of a channel: its address or its key."""
CHANNELS: Final = ("email", *_SECRETS)

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_MAIL: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_WEB: Final = re.compile(r"https?://[^\s/@?#]+(?:/[^\s?#]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach a person."""

    kind: str
    """One of `CHANNELS`."""
    address: str = ""
    """The address of e-mail; empty for the others."""
    file: str | None = None
    """The file that holds the address or key."""
    variable: str | None = None
    """The environment variable that holds it, where no file does."""
    endpoint: str | None = None
    """PagerDuty's address, where it is not the usual one."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or a desk or room, that can be told."""

    name: str
    channels: tuple[Channel, ...]
    language: str
    """en or zh."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes e-mail."""

    host: str
    port: int = 587
    sender: str = ""
    """Key `from`."""
    user: str | None = None
    password_file: str | None = None
    starttls: bool = True


def read_people(node: Node | None, language: str, mail: MailServer | None) -> Iterator[tuple[str, Person]]:
    """Each person's name and channels.

    Args:
        node: of `notify.people`; None: nobody.
        language: of those who set none.
        mail: the mail server; None: nobody has e-mail.

    Raises:
        UserError: a key or value is wrong, or a secret stands in the file.
    """
    entries = {} if node is None else node.entries("a mapping of people by name, each {email: …} or the like")
    for name, person in entries.items():
        require_name(name, person, "person")
        fields = person.fields((*CHANNELS, "language"))
        own = fields.pop("language").choice(LANGUAGES) if "language" in fields else language
        if not fields:
            raise person.fault(f"{name} can be told by no channel; allowed: {', '.join(CHANNELS)}")
        if "email" in fields and mail is None:
            raise fields["email"].fault("e-mail needs a mail server; set smtp: {host: …, from: …} beside notify")
        channels = tuple(read_channel(kind, fields[kind]) for kind in CHANNELS if kind in fields)
        yield name, Person(name, channels, own)


def read_channel(kind: str, node: Node) -> Channel:
    """One channel, by the file or variable that holds its secret.

    Args:
        kind: one of `CHANNELS`.
        node: its value.

    Raises:
        UserError: a key or value is wrong, or the secret stands in the file.
    """
    if kind == "email":
        return Channel(kind, _mail(node))
    secret = _SECRETS[kind]
    by_file, by_variable = f"{secret}_file", f"{secret}_env"
    allowed = f"{{{by_file}: PATH}} or {{{by_variable}: VARIABLE}}"
    if not isinstance(node.value, dict):
        # The text may be the secret itself, so the message does not repeat it.
        raise node.fault(f"a mapping is wanted, {allowed}; the secret itself never stands in the file")
    hint = f"in a file or an environment variable: {allowed}"
    endpoint = ("url",) if kind == "pagerduty" else ()
    fields = node.fields((by_file, by_variable, *endpoint), {secret: hint, "url": hint, "key": hint})
    if (by_file in fields) == (by_variable in fields):
        raise node.fault(f"{'both' if by_file in fields else 'neither'} of {by_file} and {by_variable}; give one")
    variable = fields.get(by_variable)
    if variable is not None and not _VARIABLE.fullmatch(str(variable.value)):
        raise variable.fault("not the name of an environment variable; the secret itself never stands in the file")
    path = fields.get(by_file)
    if path is not None and "://" in str(path.value):
        raise path.fault("not the path of a file; the secret itself never stands in the configuration")
    return Channel(
        kind,
        file=None if path is None else path.name("the path of a file"),
        variable=None if variable is None else str(variable.value),
        endpoint=web_address(fields.get("url")),
    )


def read_smtp(node: Node) -> MailServer:
    """The settings of the section `smtp:`."""
    fields = node.fields(
        ("host", "port", "from", "user", "password_file", "starttls"),
        {"password": "in a file: name it in password_file"},
    )
    for key in ("host", "from"):
        if key not in fields:
            raise node.fault(f"{key} is missing; allowed: {{host: mail.example.com, from: alerts@example.com, …}}")
    user = fields["user"].name("the user's name at the mail server") if "user" in fields else None
    password = fields["password_file"].name("the path of a file") if "password_file" in fields else None
    if (user is None) != (password is None):
        raise node.fault("user and password_file go together; set both or none")
    starttls = fields["starttls"].boolean() if "starttls" in fields else True
    return MailServer(
        host=fields["host"].name("the name of the mail server"),
        port=fields["port"].integer(1, 65_535) if "port" in fields else 587,
        sender=_mail(fields["from"]),
        user=user,
        password_file=password,
        starttls=starttls,
    )


def require_name(name: str, node: Node, kind: str) -> None:
    """Refuse a name that could not stand in an address or a label.

    Raises:
        UserError: it could not.
    """
    if not _NAME.fullmatch(name):
        raise node.fault(f"the {kind}'s name {name!r} stands in addresses; allowed: letters, digits, -, _ and dots")


def _mail(node: Node) -> str:
    address = node.name("an e-mail address, like ana@example.com")
    if not _MAIL.fullmatch(address):
        raise node.wrong("an e-mail address, like ana@example.com")
    return address


def web_address(node: Node | None) -> str | None:
    """An address of pages, without a slash at its end; None: none is set."""
    if node is None or node.value is None:
        return None
    address = node.name("an address like https://example.com")
    if not _WEB.fullmatch(address):
        raise node.fault("not an address like https://example.com, without user, question mark or secret")
    return address.rstrip("/")
