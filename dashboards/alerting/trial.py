"""A test message by every channel of a team, and what came back: so that nobody learns in an incident that it fails.

E-mail goes to the mail server as Alertmanager would send it; the others go to the services themselves.
"""

import smtplib
import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

import aiohttp

from config.channels import Channel, MailServer, Person
from config.errors import UserError
from config.notify import NotifySettings
from dashboards.wallboard.relay.notification import Notification, test_notification
from dashboards.wallboard.relay.sending import send

__all__ = ["Tried", "send_mail", "try_team"]

_SECONDS = 15.0


class Tried(NamedTuple):
    """One channel of one person, and what came back."""

    person: str
    channel: str
    taken: bool
    answer: str


async def try_team(notify: NotifySettings, team: str) -> AsyncIterator[Tried]:
    """Send a test message by every channel of everybody in a team.

    Args:
        notify: people and teams.
        team: one of them.
    """
    async with aiohttp.ClientSession() as session:
        for name in notify.teams[team].people:
            person = notify.people[name]
            for channel in person.channels:
                try:
                    answer = await _try(session, notify.mail, person, channel)
                except UserError as error:
                    yield Tried(name, channel.kind, taken=False, answer=str(error))
                else:
                    yield Tried(name, channel.kind, taken=True, answer=answer)


async def _try(session: aiohttp.ClientSession, mail: MailServer | None, person: Person, channel: Channel) -> str:
    said = test_notification(person.name, person.language)
    if channel.kind != "email":
        return await send(session, channel, said)
    assert mail is not None  # noqa: S101 - without a mail server the settings have no e-mail
    return send_mail(mail, channel.address, said)


def send_mail(mail: MailServer, address: str, said: Notification) -> str:
    """Hand a message to the mail server; the server that took it.

    Raises:
        UserError: it did not, with the reason.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, address, " ".join(said.title.split())
    message.set_content(said.message)
    try:
        with smtplib.SMTP(mail.host, mail.port, timeout=_SECONDS) as server:
            if mail.starttls:
                server.starttls(context=ssl.create_default_context())
            if mail.user is not None and mail.password_file is not None:
                server.login(mail.user, Path(mail.password_file).read_text(encoding="utf-8").strip())
            server.send_message(message)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise UserError(f"email: {mail.host}:{mail.port}: {' '.join(str(error).split())[:200]}") from None
    return f"{mail.host}:{mail.port}"
