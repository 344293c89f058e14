"""`intervalwatch map`: looks at a file and proposes how it is read."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from config.added_source import replace_file
from config.errors import UserError
from config.settings import load
from intervalwatch.asking import ask
from intervalwatch.options import shell_command
from intervalwatch.proposing import Trial, propose_source, source_name, try_source, written_into
from streams.sources.proposal import Proposal, value_text

__all__ = ["map"]


@click.command()
@click.argument("file")
@click.option(
    "--record", metavar="TYPE", help="The records that its rows make: contact, interval, plan, agent_state, evaluation."
)
@click.option(
    "--config",
    "configs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A configuration that is there already: its queues, definitions and time zone are taken into account.",
)
@click.option(
    "--write",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Put the source into this configuration; a new one is made.",
)
@click.option("--name", metavar="NAME", help="The name of the source.  [default: the file's]")
def map(file: str, record: str | None, configs: tuple[Path, ...], write: Path | None, name: str | None) -> int:  # noqa: A001 - the command's name
    """Look at a file, and propose the source that reads it.

    Lines with `# check` stand on a guess that is open; on a terminal each is asked about. A line that is commented out
    is of a field that stays empty beside a column that may fill it.
    """
    paths = configs or ((write,) if write is not None and write.exists() else ())
    configuration = load(paths) if paths else None
    text = (
        None
        if not paths
        else (write if write is not None and write.exists() else paths[-1]).read_bytes().decode("utf-8-sig")
    )
    proposal = propose_source(file, record, configuration)
    if sys.stdin.isatty() and sys.stderr.isatty():
        ask(proposal)
    name = name or source_name(file, set() if configuration is None else set(configuration.sources))
    place = write or (paths[-1] if paths else Path("monitor.yaml"))
    for line in _shown(proposal, name):
        click.echo(line)
    if proposal.warnings:
        return 1
    whole = written_into(text, place, name, proposal, file)
    trial = _tried(place, whole, name, file)
    if trial is None:
        return 1
    click.echo("")
    for line in trial.lines:
        click.echo(line)
    if write is not None:
        replace_file(write, whole)
        click.echo(f"{write}: source {name} added; what it gives, on a wallboard:", err=True)
        asked = ("intervalwatch", "serve", "--config", str(write), "--source", f"{name}={file}")
        click.echo(f"  {shell_command(*asked)}", err=True)
    return 0 if trial.accepted else 1


def _tried(place: Path, whole: str, name: str, file: str) -> Trial | None:
    try:
        return try_source(place, whole, name, file)
    except UserError as error:
        click.echo(f"\nnot readable so: {error}", err=True)
        return None


def _shown(proposal: Proposal, name: str) -> Iterator[str]:
    """The proposal as YAML."""
    yield "sources:"
    yield f"  {value_text(name)}:"
    for line in proposal.lines():
        yield f"    {line}"
    for warning in proposal.warnings:
        yield f"# {warning}"
