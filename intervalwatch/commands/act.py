"""`intervalwatch act`: adds to the journal what caused an incident, what was done, and what came of it."""

import click

from config.errors import UserError
from intervalwatch.journal import write_entry
from streams.journal.entry import CONTROLLABLE

__all__ = ["act"]


@click.command()
@click.argument("incident")
@click.option("--by", required=True, metavar="NAME", help="Who writes it.")
@click.option("--cause", metavar="TEXT", help="The cause that was found.")
@click.option("--controllable", type=click.Choice(CONTROLLABLE), help="Whether the centre could have prevented it.")
@click.option("--action", metavar="TEXT", help="What was done.")
@click.option("--outcome", metavar="TEXT", help="What came of it.")
@click.option("--note", metavar="TEXT", help="Anything else.")
@click.option("--history", metavar="URL", help="Interval history to write into.")
@click.option("--url", metavar="URL", help="A running web instead, which has a history (token: INTERVALWATCH_TOKEN).")
def act(
    incident: str,
    by: str,
    cause: str | None,
    controllable: str | None,
    action: str | None,
    outcome: str | None,
    note: str | None,
    history: str | None,
    url: str | None,
) -> None:
    """Add to INCIDENT what was found and done: cause, action or outcome (items 2.1.2c and 2.3)."""
    texts = {"cause": cause, "controllable": controllable, "action": action, "outcome": outcome}
    if not any(texts.values()):
        raise UserError("nothing to add; give --cause, --controllable, --action or --outcome")
    placed = write_entry(incident, by, history, url, note=note, **texts)
    click.echo(f"added by {placed['by']}: {placed['incident_id']} (entry {placed['number']} of the journal)")
