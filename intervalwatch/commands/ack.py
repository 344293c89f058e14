"""`intervalwatch ack`: acknowledges an incident, so that reminders stop and nobody else is called."""

import click

from intervalwatch.journal import write_entry

__all__ = ["ack"]


@click.command()
@click.argument("incident")
@click.option("--by", required=True, metavar="NAME", help="Who has seen it.")
@click.option("--note", metavar="TEXT", help="What was found, and what is being done.")
@click.option("--history", metavar="URL", help="Interval history to write into.")
@click.option("--url", metavar="URL", help="A running web instead, which has a history (token: INTERVALWATCH_TOKEN).")
def ack(incident: str, by: str, note: str | None, history: str | None, url: str | None) -> None:
    """Acknowledge INCIDENT: its id, or that of one of its breaches, as wallboard, exports and messages show it."""
    placed = write_entry(incident, by, history, url, note=note)
    click.echo(f"acknowledged by {placed['by']}: {placed['incident_id']} (entry {placed['number']} of the journal)")
