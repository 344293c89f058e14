"""A probe of a copy of the program: run in the copy, it prints as one JSON object whatever names breach rules.

`tests/test_newcomer_rule.py` adds a rule to the copy before.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

import agents
from config.settings import load
from dashboards.alerting.addresses import Addresses
from dashboards.alerting.prometheus_rules import files
from dashboards.wallboard.server import make_app
from dashboards.wallboard.state import View
from intervalwatch.main import cli
from streams.history.store import Store

CONFIG = """\
site: {timezone: UTC, grace_seconds: 60}
defaults: {hours: {mon-fri: "09:00-11:00"}, service_level: {threshold_seconds: 20, target: 0.80}}
programs: [{id: retail, queues: [{id: sales}]}]
sources:
  calls:
    format: csv
    record: contact
    columns: {contact_id: id, queue: queue, offered_at: offered, outcome: outcome, wait_seconds: wait}
"""


def main() -> None:
    """Replay two hours of long waits, and ask everything that names a rule."""
    folder = Path.cwd() / "probe"
    folder.mkdir()
    path, calls, url = folder / "config.yaml", folder / "calls.csv", f"sqlite:///{folder}/history.db"
    path.write_text(CONFIG, encoding="utf-8")
    rows = [f"{n},sales,2026-03-02T{9 + n // 60:02d}:{n % 60:02d}:00Z,answered,50" for n in range(120)]
    calls.write_text("\n".join(["id,queue,offered,outcome,wait", *rows]) + "\n", encoding="utf-8")
    replayed = run("replay", "--config", str(path), "--source", f"calls={calls}", "--history", url)
    configuration = load([path])
    texts, breaches = asyncio.run(serve(View(configuration), url))
    found = {
        "program": str(Path(agents.__file__).parent),
        "replayed": replayed,
        "check": run("check", "--config", str(path)),
        "files": dict(files(configuration, configuration.notify, Addresses())),
        "texts": texts,
        "breaches": breaches,
    }
    json.dump(found, sys.stdout)


def run(*arguments: str) -> str:
    """Output of a command that must succeed."""
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)
    return done.output


async def serve(view: View, url: str) -> tuple[Any, Any]:
    """The wallboard's texts, and the breaches of the API."""
    with Store(url) as store:
        app = make_app(view, health=lambda: (True, "ok"), now=lambda: 0, registry=CollectorRegistry(), store=store)
        async with TestClient(TestServer(app)) as client:
            texts = await (await client.get("/static/texts.json")).json()
            return texts, await (await client.get("/api/breaches")).json()


if __name__ == "__main__":
    main()
