"""A mail server that keeps what it is given, on a port of its own, in a thread: enough of SMTP for mail clients."""

import email
import email.policy
import socketserver
import threading
import time
from email.message import EmailMessage
from types import TracebackType
from typing import NamedTuple, Self, cast

__all__ = ["MailServer", "Received"]


_LONGEST = 998
"""Bytes of a line at most (RFC 5322, 2.1.1)."""


class Received(NamedTuple):
    """A message, and when it came."""

    at: float
    """By the steady clock."""
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        """Its subject, decoded."""
        return str(self.message["Subject"])

    @property
    def body(self) -> str:
        """Its plain text, decoded."""
        part = self.message.get_body(("plain",))
        return "" if part is None else str(part.get_content())


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast("_Server", self.server)
        recipients: list[str] = []
        self._say("220 mail.test ESMTP")
        for line in self.rfile:
            verb, _, rest = line.decode().strip().partition(" ")
            match verb.upper():
                case "EHLO" | "HELO":
                    self._say("250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8")
                case "RCPT" if server.refuses and server.refuses in rest:
                    server.refused.append("no such mailbox")
                    self._say("550 5.1.1 no such mailbox")
                case "RCPT":
                    recipients.append(rest.partition("<")[2].partition(">")[0])
                    self._say("250 OK")
                case "DATA":
                    self._say("354 go on")
                    data = self._data()
                    if max(map(len, data.split(b"\r\n"))) > _LONGEST:
                        server.refused.append("line too long")
                        self._say("554 5.6.0 line too long")
                        continue
                    message = email.message_from_bytes(data, policy=email.policy.default)
                    server.kept.append(Received(time.monotonic(), tuple(recipients), message))
                    recipients = []
                    self._say("250 OK")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 OK")

    def _data(self) -> bytes:
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    kept: list[Received]
    refuses: str
    refused: list[str]


class MailServer:
    """The server, from `with` to its end.

    Args:
        refuses: a text; who has it in his address has no mailbox.
    """

    def __init__(self, refuses: str = "") -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.kept, self._server.refuses, self._server.refused = [], refuses, []
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def received(self, address: str) -> list[Received]:
        """The messages that an address was sent so far."""
        return [each for each in list(self._server.kept) if address in each.recipients]

    @property
    def refused(self) -> list[str]:
        """Why messages were refused so far."""
        return list(self._server.refused)
