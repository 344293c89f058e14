"""A page as PDF, through a browser or a library that the machine has."""

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from config.errors import UserError

__all__ = ["page_as_pdf"]

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS: Final = 300


def page_as_pdf(page: str) -> bytes:
    """The PDF of a page of HTML.

    Raises:
        UserError: the machine has neither WeasyPrint nor Chromium, or it could not print.
    """
    if importlib.util.find_spec("weasyprint") is not None:
        written = importlib.import_module("weasyprint").HTML(string=page).write_pdf()
        return bytes(written)
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise UserError(
            "--format pdf: needs WeasyPrint (pip install weasyprint) or Chromium on the PATH, and there is neither; "
            "install one, or print the page of --format html"
        )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "report.html"), Path(folder, "report.pdf")
        source.write_text(page, encoding="utf-8")
        # The page is our own and loads nothing, so the sandbox that containers forbid is not needed.
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        command += [f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}", source.as_uri()]
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=_SECONDS)  # noqa: S603 - a fixed command
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UserError(f"--format pdf: {browser} could not print the page: {error}") from None
        if not target.exists():
            raise UserError(f"--format pdf: {browser} printed nothing; print the page of --format html instead")
        return target.read_bytes()
