"""The cost of the recording rules of groups: seconds that Prometheus needs to evaluate them, and series they make.

A page like that of a worker has the last final interval of many queues, and of their pools. Prometheus scrapes it and
evaluates the generated `recording.yml`; it says itself how long each group of rules took. Prints Markdown.

    python bench/bench_recording.py                  # 100 and 500 queues
    python bench/bench_recording.py --queues 1000
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from postgresql_server import free_port

from agents.live.metrics.families import GROUP, INTERVAL
from config.settings import load
from dashboards.alerting.recording_rules import recording_rules
from dashboards.generated import to_yaml

OF_PROGRAM: Final = 10
"""Queues of a program; two programs are a site, and every second program has a pool of four queues."""
OF_POOL: Final = 4
EVALUATIONS: Final = 6
_WAIT_SECONDS: Final = 180.0


def _programs(queues: int) -> list[range]:
    return [range(first, min(first + OF_PROGRAM, queues)) for first in range(0, queues, OF_PROGRAM)]


def _listed(numbers: Iterable[int], text: str) -> str:
    return ", ".join(text % number for number in numbers)


def centre(queues: int) -> str:
    """The configuration of so many queues."""
    programs = _programs(queues)
    lines = ["programs:"]
    lines += [f"  - {{id: p{at}, queues: [{_listed(members, '{id: q%d}')}]}}" for at, members in enumerate(programs)]
    lines.append("sites:")
    for at in range(0, len(programs), 2):
        lines.append(f"  - {{id: s{at}, programs: [{_listed(range(at, min(at + 2, len(programs))), 'p%d')}]}}")
    lines.append("pools:")
    lines += [
        f"  - {{id: pool{at}, queues: [{_listed(members[:OF_POOL], 'q%d')}]}}"
        for at, members in enumerate(programs[::2])
    ]
    return "\n".join(lines) + "\n"


def page(queues: int) -> str:
    """The last interval of each queue and pool."""
    lines: list[str] = []
    owners = [
        f'program="p{at}",queue="q{queue}",channel="voice",state="{state}"'
        for at, members in enumerate(_programs(queues))
        for queue in members
        for state in ("final", "open")
    ]
    pools = [f'kind="pool",group="pool{at}",state="final"' for at in range(len(_programs(queues)[::2]))]
    for families, labels in ((INTERVAL.families, owners), (GROUP.families, pools)):
        for family in families:
            lines += [f"{family.name}{{{each}}} 16" for each in labels]
    return "\n".join(lines) + "\n"


@contextmanager
def _served(text: str) -> Iterator[int]:
    """A page that stands at a port."""
    body = text.encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def _asked(url: str) -> Any:  # noqa: ANN401 - JSON
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - a loopback address
        return json.load(answer)["data"]


def measure(queues: int) -> tuple[int, list[float], int]:
    """Rules of groups, seconds of some evaluations, and series that they make."""
    with tempfile.TemporaryDirectory() as name, _served(page(queues)) as source:
        folder = Path(name)
        (folder / "monitor.yaml").write_text(centre(queues), encoding="utf-8")
        rules = recording_rules(load([folder / "monitor.yaml"]))
        (folder / "recording.yml").write_text(to_yaml(rules), encoding="utf-8")
        scraped = {"job_name": "intervalwatch", "static_configs": [{"targets": [f"127.0.0.1:{source}"]}]}
        settings = {
            "global": {"scrape_interval": "5s", "evaluation_interval": "15s"},
            "rule_files": ["recording.yml"],
            "scrape_configs": [scraped],
        }
        (folder / "prometheus.yml").write_text(to_yaml(settings), encoding="utf-8")
        port = free_port()
        command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
        try:
            return len(rules["groups"][1]["rules"]), *_watched(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(60)


def _watched(url: str) -> tuple[list[float], int]:
    taken: dict[str, float] = {}
    count = urllib.parse.quote('count({__name__=~"group:.*"})')
    until = time.monotonic() + _WAIT_SECONDS
    series = 0
    while len(taken) < EVALUATIONS and time.monotonic() < until:
        time.sleep(2)
        try:
            groups = _asked(f"{url}/api/v1/rules?type=record")["groups"]
            found = _asked(f"{url}/api/v1/query?query={count}")["result"]
        except OSError:
            continue
        series = int(found[0]["value"][1]) if found else 0
        for group in groups:
            if group["name"] == "intervalwatch-groups" and series:
                taken[group["lastEvaluation"]] = group["evaluationTime"]
    return list(taken.values())[1:], series  # the first has none of the series that later rules stand on


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queues", type=int, nargs="+", default=[100, 500])
    given = parser.parse_args(arguments)
    print("| queues | groups | rules | series | seconds an evaluation (median, most) | of 15 s |")
    print("| ---: | ---: | ---: | ---: | --- | ---: |")
    for queues in given.queues:
        programs = len(_programs(queues))
        rules, seconds, series = measure(queues)
        middle = statistics.median(seconds)
        groups = programs + 2 * -(-programs // 2)
        print(f"| {queues} | {groups} | {rules} | {series} | {middle:.3f}, {max(seconds):.3f} | {middle / 15:.2%} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
