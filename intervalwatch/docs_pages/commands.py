"""The page of commands: every command with its options as click knows them, the exit codes, and the environment."""

from collections.abc import Iterator
from typing import Final

import click
import msgspec

from agents.summary import Summary
from intervalwatch.docs_pages.markdown import code, page, table
from intervalwatch.main import cli

__all__ = ["EXIT_CODES", "commands_page"]

EXIT_CODES: Final = {
    "0": "done",
    "1": "done, and something is wrong with the data: `verify` found a break, no row of a source was accepted, "
    "`--fail-on-breach`, more dead letters than `--max-bad N`",
    "2": "the command, its configuration or its input could not be used: one line on standard error names the file, "
    "the row or key, and the fix",
    "130": "stopped by Ctrl-C, cleanly",
}
"""Exit codes with their meanings."""
_ENVIRONMENT: Final = {
    "INTERVALWATCH_TOKEN": "the token that servers ask for; needed to listen on any address but 127.0.0.1",
    "INTERVALWATCH_LANGUAGE": "`en` or `zh`: the screens' language in every browser; without it the browser's own",
    "GRAFANA_TOKEN": "the token of a Grafana service account, for `publish-dashboards` and `worker --grafana`",
    "INTERVALWATCH_DEBUG": "any value: a fault of the program is shown with its traceback",
    "PGPASSWORD": "password of the PostgreSQL history, as libpq reads it; so it stands in no URL",
}
_INTRODUCTION = """
`intervalwatch COMMAND --help` prints the same. History is an SQLAlchemy URL (`sqlite:///history.db`,
`postgresql+psycopg://user@host/database`); a broker is `kafka://host:port`. Instants are RFC 3339. Long work shows a
progress bar on a terminal, and none when piped.
"""
_SUMMARY = """
`--json-summary` of `ingest` and `replay` prints one JSON object as the last line of standard output:
read = filtered + accepted + duplicate + dead-lettered.
"""

_STAFFING = """
`staffing --format json` prints one object, at the required agents, or with `--agents N` at N: `model` (erlang_c,
erlang_a), `traffic` (erlang), `required_agents`, `service_level`, `asa_seconds` (of the answered), `mean_wait_seconds`
(of all offered; null: without end), `occupancy`, `p_wait`, `p_abandon`.
"""


def commands_page() -> str:
    """The text of the page."""
    context = click.Context(cli, info_name="intervalwatch")
    names = cli.list_commands(context)
    return page(
        "Commands",
        _INTRODUCTION,
        *(part for name in names for part in _command(name, context)),
        "## Exit codes",
        table(("code", "meaning"), EXIT_CODES.items()),
        "A traceback is never shown unless `INTERVALWATCH_DEBUG` is set.",
        "## JSON summary",
        _SUMMARY,
        table(("field", "holds"), ((code(f.name), _TYPES[f.type]) for f in msgspec.structs.fields(Summary))),
        "## JSON of staffing",
        _STAFFING,
        "## Environment",
        table(("variable", "holds"), ((code(name), text) for name, text in _ENVIRONMENT.items())),
    )


_TYPES: Final = {int: "whole number", float: "number"}


def _command(name: str, parent: click.Context) -> Iterator[str]:
    command = cli.get_command(parent, name)
    assert command is not None  # noqa: S101  the group has just listed it
    context = click.Context(command, info_name=name, parent=parent)
    yield f"## {name}"
    yield "```text\n" + " ".join(["intervalwatch", name, *command.collect_usage_pieces(context)]) + "\n```"
    yield (command.help or "").strip()
    records = [param.get_help_record(context) for param in command.get_params(context)]
    yield table(
        ("option", "meaning"),
        ((code(option), text) for option, text in filter(None, records) if "--help" not in option),
    )
