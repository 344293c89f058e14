"""The picture of the wallboard in the README, taken of the demo.

`python -m dashboards.wallboard.screenshot docs/wallboard.png` takes it.

A picture taken by hand goes out of date; this one can be taken again at any time. Taking it needs Playwright and a
Chromium (`apt-get install chromium`); running the program does not.
"""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from shutil import which
from time import monotonic, sleep
from typing import Any, Final

import click

from config.errors import UserError

__all__ = ["main", "take"]

_WAIT_SECONDS: Final = 90
_SIZE: Final = {"width": 1920, "height": 1080}


def take(url: str, output: Path, *, view: str = "now", theme: str = "dark", language: str = "en") -> None:
    """Take a picture of a wallboard that runs, once it shows an open breach.

    Args:
        url: the wallboard's address.
        output: the PNG file.
        view: the part of the page's address after `#/`, such as now, day or breaches.
        theme: dark or light.
        language: en or zh.

    Raises:
        UserError: Playwright or Chromium is not installed, or no breach showed up in time.
    """
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - only pictures need it
    except ImportError as error:
        raise UserError("Playwright is not installed; pip install playwright") from error
    binary = which("chromium")
    if binary is None:
        raise UserError("chromium is not on PATH; apt-get install chromium")
    output.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser: Any = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page(viewport=_SIZE)
            page.goto(f"{url}/?theme={theme}&lang={language}")
            page.wait_for_selector(".hero[data-state=critical]", timeout=_WAIT_SECONDS * 1000)
            page.evaluate("view => { location.hash = `#/${view}`; }", view)
            page.wait_for_selector(".queue, .map-row, .breach, .chart .main-svg")
            page.wait_for_timeout(500)
            page.screenshot(path=str(output))
        except Error as error:
            raise UserError(f"{url}: shows no open critical breach ({error.message.splitlines()[0]})") from error
        finally:
            browser.close()


@click.command()
@click.argument("output", type=click.Path(path_type=Path), default=Path("docs/wallboard.png"))
@click.option("--url", help="A wallboard that runs already; without it the demo is started for the picture.")
@click.option("--view", default="now", show_default=True, help="now, day, breaches, queue/NAME, interval/NAME/START")
@click.option("--theme", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
def main(output: Path, url: str | None, view: str, theme: str, language: str) -> None:
    """Take a picture of the wallboard, of the demo unless told otherwise."""
    try:
        if url is not None:
            take(url.rstrip("/"), output, view=view, theme=theme, language=language)
        else:
            _of_demo(output, view=view, theme=theme, language=language)
    except UserError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{output}")


def _of_demo(output: Path, **how: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "intervalwatch", "demo", "--port", str(port), "--for", str(2 * _WAIT_SECONDS)]
    demo = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own program
    try:
        until = monotonic() + _WAIT_SECONDS
        while not _answers(url):
            if demo.poll() is not None or monotonic() > until:
                raise UserError("the demo did not start; run `intervalwatch demo` to see why")
            sleep(0.5)
        take(url, output, **how)
    finally:
        demo.terminate()
        demo.wait(30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


if __name__ == "__main__":
    main()
