"""`intervalwatch staffing`: the agents that one interval requires, and the figures with one more or one less.

Planners keep this calculator in a spreadsheet. Here it uses the model that judges the live queues, so that a plan
made with it and the wallboard cannot disagree.
"""

import json
import math
from typing import Final

import click

from config.errors import UserError
from copc import erlang
from copc.queue_model import Expected, QueueModel

__all__ = ["staffing"]

_OPTIONS: Final = {
    "load": "--offered x --aht",
    "offered": "--offered",
    "aht_seconds": "--aht",
    "interval_seconds": "--interval-minutes",
    "threshold_seconds": "--threshold",
    "target": "--target",
    "patience_seconds": "--patience",
    "max_occupancy": "--max-occupancy",
    "agents": "--agents",
}
"""The option of each argument that `copc` may refuse."""

_AROUND: Final = 3
"""Rows of the table above and below the answer."""
_MODELS: Final = {"erlang_c": "Erlang C (patient customers)", "erlang_a": "Erlang A"}


@click.command()
@click.option("--offered", type=float, required=True, metavar="N", help="Contacts offered in the interval.")
@click.option("--aht", type=float, required=True, metavar="S", help="Average handle time, seconds.")
@click.option("--threshold", type=float, required=True, metavar="S", help="Wait that counts as within, seconds.")
@click.option("--target", type=float, required=True, metavar="R", help="Service level wanted, as a ratio: 0.80.")
@click.option("--patience", type=float, metavar="S", help="Mean patience, seconds (Erlang A); without it Erlang C.")
@click.option("--max-occupancy", type=float, default=1.0, show_default=True, metavar="R", help="Not to be exceeded.")
@click.option("--interval-minutes", type=float, default=30, show_default=True, metavar="N", help="Interval's length.")
@click.option("--agents", type=float, metavar="N", help="Show the figures at this headcount instead.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def staffing(
    offered: float,
    aht: float,
    threshold: float,
    target: float,
    patience: float | None,
    max_occupancy: float,
    interval_minutes: float,
    agents: float | None,
    form: str,
) -> None:
    """Answer for one interval: agents required, and the figures to expect at them (Erlang C or A)."""
    try:
        load = float(erlang.traffic(offered, aht, interval_minutes * 60))
        model = QueueModel(
            threshold_seconds=threshold, target=target, patience_seconds=patience, max_occupancy=max_occupancy
        )
        required = model.required_agents(load, aht)
        shown = float(required) if agents is None else agents
        expected = model.expected(load, aht, shown)
    except ValueError as refused:
        raise UserError(_in_options(str(refused))) from None
    if form == "json":
        click.echo(json.dumps(_as_json(model, load, required, expected), allow_nan=False))
        return
    limit = f", occupancy at most {max_occupancy:.1%}" if max_occupancy < 1 else ""
    patient = f" (mean patience {patience:g} s)" if patience is not None else ""
    click.echo(f"{_MODELS[model.name]}{patient}: {offered:,.10g} contacts in {interval_minutes:g} minutes x {aht:g} s")
    click.echo(f"Traffic {load:,.2f} erlang; target {target:.1%} within {threshold:g} s{limit}")
    click.echo(f"\n{_agents(required)} required.")
    if agents is not None:
        click.echo(f"With {_agents(agents)}: {_sentence(expected)}.")
    else:
        click.echo(f"Expected: {_sentence(expected)}.")
    click.echo(f"\n{_table(model, load, aht, required, shown)}")


def _in_options(message: str) -> str:
    """A refusal that names the option instead of the argument."""
    name, _, rest = message.partition(" ")
    return f"{_OPTIONS.get(name, name)} {rest}"


def _agents(heads: float) -> str:
    """A number of agents in words."""
    return f"{heads:,.10g} agent" if heads == 1 else f"{heads:,.10g} agents"


def _as_json(model: QueueModel, load: float, required: int, expected: Expected) -> dict[str, object]:
    """The reference's JSON object; an endless wait is null, since JSON has no infinity."""
    figures = {name: figure if math.isfinite(figure) else None for name, figure in expected._asdict().items()}
    return {"model": model.name, "traffic": load, "required_agents": required, **figures}


def _seconds(figure: float) -> str:
    """Seconds to a tenth, or the words for an endless wait."""
    return f"{figure:.1f} s" if math.isfinite(figure) else "endless"


def _sentence(expected: Expected) -> str:
    """The figures in one sentence."""
    return (
        f"service level {expected.service_level:.1%}, occupancy {expected.occupancy:.1%}, "
        f"speed of answer {_seconds(expected.asa_seconds)}, wait of all {_seconds(expected.mean_wait_seconds)}, "
        f"{expected.p_wait:.1%} wait, {expected.p_abandon:.1%} abandon"
    )


def _table(model: QueueModel, load: float, aht: float, required: int, shown: float) -> str:
    """Agents against service level, occupancy and wait around the answer, which is marked."""
    heads = {float(n) for n in range(max(1, required - _AROUND), required + _AROUND + 1)} | {shown}
    lines = [
        f"  {'agents':>8} {'service level':>14} {'occupancy':>10} {'answer':>10} {'wait of all':>12} {'abandon':>8}"
    ]
    for n in sorted(heads):
        row = model.expected(load, aht, n)
        mark = ">" if n == required else "*" if n == shown else " "
        lines.append(
            f"{mark} {n:>8,.10g} {row.service_level:>14.1%} {row.occupancy:>10.1%} {_seconds(row.asa_seconds):>10} "
            f"{_seconds(row.mean_wait_seconds):>12} {row.p_abandon:>8.1%}"
        )
    return "\n".join(lines)
