"""`intervalwatch alerting`: writes what Prometheus and Alertmanager read, or tries every channel of a team."""

import asyncio
import time
from pathlib import Path
from typing import Final

import click

from config.errors import UserError
from config.notify import NotifySettings
from config.settings import Configuration, load
from config.yaml import nearest
from dashboards.alerting.addresses import Addresses
from dashboards.alerting.prometheus_rules import files
from dashboards.alerting.trial import try_team
from dashboards.generated import write_files
from intervalwatch.options import configs

__all__ = ["alerting"]

_USUAL: Final = Addresses()


@click.command()
@configs
@click.option("--output", type=click.Path(path_type=Path), metavar="DIR", help="Folder to write the files in.")
@click.option(
    "--worker",
    "workers",
    multiple=True,
    metavar="HOST:PORT",
    help="A worker that Prometheus scrapes; repeatable. Without it: those that the name `worker` stands for.",
)
@click.option("--alertmanager", default=_USUAL.alertmanager, show_default=True, metavar="HOST:PORT")
@click.option("--web", default=_USUAL.web, show_default=True, metavar="URL", help="Where Alertmanager reaches `web`.")
@click.option(
    "--token-file",
    default=_USUAL.token_file,
    show_default=True,
    metavar="PATH",
    help="The file with INTERVALWATCH_TOKEN, as both find it; empty: nobody asks for one.",
)
@click.option("--test", "team", metavar="TEAM", help="Send a test message by every channel of a team of `notify`.")
def alerting(
    configs: tuple[Path, ...],
    output: Path | None,
    workers: tuple[str, ...],
    alertmanager: str,
    web: str,
    token_file: str,
    team: str | None,
) -> int:
    """Write prometheus/ and alertmanager/, made of who is told (`notify`) and of what is watched; or try a team."""
    configuration = load(configs)
    if output is None and team is None:
        raise UserError("nothing to do; name a folder with --output, or a team with --test")
    if output is not None:
        addresses = Addresses(workers, alertmanager, web.rstrip("/"), token_file or None)
        _write(configuration, addresses, output)
    return 0 if team is None else asyncio.run(_try(configuration.notify, team))


def _write(configuration: Configuration, addresses: Addresses, output: Path) -> None:
    # Rules hold for the version in force when they are made; they are made again for the next one.
    written = files(configuration.as_of(time.time_ns() // 1_000_000), configuration.notify, addresses)
    try:
        write_files(written, output)
    except OSError as error:
        raise UserError(f"--output {output}: cannot be written: {error.strerror}") from None
    for name in written:
        click.echo(output / name)


async def _try(notify: NotifySettings, team: str) -> int:
    """Print what each channel of a team answers; 1 where any did not take the message."""
    if team not in notify.teams:
        known = ", ".join(notify.teams) or "none"
        raise UserError(f"--test {team}: no such team{nearest(team, notify.teams) or ';'} known: {known}")
    refused = False
    async for tried in try_team(notify, team):
        refused = refused or not tried.taken
        click.echo(
            f"{tried.person:<16} {tried.channel:<10} {'taken: ' if tried.taken else 'NOT TAKEN: '}{tried.answer}"
        )
    return 1 if refused else 0
