"""`intervalwatch publish-dashboards`: sends this version's folder, data sources and dashboards to Grafana."""

import click
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from config.errors import UserError
from dashboards.grafana.client import Grafana
from dashboards.grafana.files import FOLDER_TITLE, FOLDER_UID, Places, dashboards, data_sources
from intervalwatch.options import grafana_token
from streams.history.schema import describe

__all__ = ["publish_dashboards"]


@click.command("publish-dashboards")
@click.option("--grafana", "url", required=True, metavar="URL", help="Grafana, such as http://127.0.0.1:3000.")
@click.option(
    "--prometheus",
    default="http://127.0.0.1:9090",
    show_default=True,
    metavar="URL",
    help="Prometheus, as Grafana reaches it.",
)
@click.option(
    "--history",
    metavar="URL",
    help="Interval history in PostgreSQL, as Grafana reaches it; without it that data source is left as it is.",
)
def publish_dashboards(url: str, prometheus: str, history: str | None) -> None:
    """Send folder, data sources and dashboards to Grafana; what is there and the same stays untouched.

    The token of a service account is read from GRAFANA_TOKEN.
    """
    places = _places(prometheus, history)
    grafana = Grafana(url, grafana_token())
    _say(grafana.put_folder(FOLDER_UID, FOLDER_TITLE), f"folder {FOLDER_TITLE}")
    live, kept = data_sources(places)
    for source in (live,) if history is None else (live, kept):
        _say(grafana.put_data_source(source), f"data source {source['name']}")
    for dashboard in dashboards().values():
        _say(grafana.put_dashboard(dashboard, FOLDER_UID), f"dashboard {dashboard['title']}")


def _say(outcome: str, what: str) -> None:
    click.echo(f"{outcome:9}  {what}")


def _places(prometheus: str, history: str | None) -> Places:
    if history is None:
        return Places(prometheus)
    try:
        url = make_url(history)
    except (ArgumentError, ValueError):  # ValueError: its port is not a number
        raise UserError(
            f"--history {describe(history)}: is not a URL like postgresql+psycopg://user@host/database"
        ) from None
    if url.get_backend_name() != "postgresql":
        raise UserError(f"--history {describe(history)}: Grafana's history dashboard reads PostgreSQL only")
    return Places(
        prometheus,
        f"{url.host or '127.0.0.1'}:{url.port or 5432}",
        url.database or "",
        url.username or "",
        url.password,
    )
