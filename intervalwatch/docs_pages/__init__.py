"""The reference pages of the documentation, printed from the tables that the program itself reads.

A reference that is written by hand drifts from the program. So `docs/reference` and `docs/runbook` are generated and
committed, and a test makes them anew and compares. `python -m intervalwatch.docs_pages` writes them.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from intervalwatch.docs_pages import (
    columns,
    commands,
    configuration,
    definitions,
    http_api,
    messages,
    metrics,
    records,
    rules,
)
from intervalwatch.docs_pages import sources as source_pages
from intervalwatch.docs_pages.runbook import RUNBOOK

__all__ = ["PAGES", "write"]

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "configuration.md": configuration.configuration_page,
    "sources.md": source_pages.sources_page,
    "rules.md": rules.rules_page,
    "messages.md": messages.messages_page,
    "metrics.md": metrics.metrics_page,
    "records.md": records.records_page,
    "columns.md": columns.columns_page,
    "definitions.md": definitions.definitions_page,
    "http-api.md": http_api.http_page,
    "commands.md": commands.commands_page,
}
"""Each file of `docs/reference` with the function that makes its text."""


def write(docs: Path) -> None:
    """Write every page into its folder below `docs`."""
    for folder, pages in (("reference", PAGES), ("runbook", RUNBOOK)):
        (docs / folder).mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (docs / folder / name).write_text(text(), encoding="utf-8")
