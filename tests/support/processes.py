"""Commands of the program as processes that can be killed, and the stand-ins they speak to."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web
from prometheus_servers import free_port, wait_for
from services_stand_in import Services

__all__ = ["Program", "running_services"]


class Program:
    """`intervalwatch worker` or `web`, on a port of its own.

    Args:
        arguments: command and options, less the port.
        log: file that its output goes to.
        environment: variables beside those of the test.
    """

    def __init__(self, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self._log = log.open("ab")
        self._command = [sys.executable, "-m", "intervalwatch", *arguments, "--port", str(self.port)]
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it is healthy."""
        self._process = subprocess.Popen(self._command, stdout=self._log, stderr=self._log, env=self._environment)
        wait_for(lambda: self.answer("healthz"), f"a healthy {self._command[3]}", 90)

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)
        self._log.close()

    def answer(self, path: str) -> str:
        """Its answer; nothing where it does not answer (yet)."""
        token = self._environment.get("INTERVALWATCH_TOKEN")
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", headers=headers)
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - a loopback address
                text: str = answer.read().decode()
                return text
        except OSError:
            return ""


@contextmanager
def running_services() -> Iterator[tuple[Services, int]]:
    """Stand-ins for the services in a thread of their own, and their port."""
    found, loop, ready = Services(), asyncio.new_event_loop(), threading.Event()
    ports: list[int] = []

    async def start() -> None:
        runner = web.AppRunner(found.app())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ports.append(runner.addresses[0][1])
        ready.set()

    def run() -> None:
        loop.run_until_complete(start())
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    assert ready.wait(30)
    try:
        yield found, ports[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
