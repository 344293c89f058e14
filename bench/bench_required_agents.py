"""Required agents for 100,000 intervals at 10, 100 and 1,000 erlang, beside pyworkforce in the same run.

Each interval has its own volume and AHT (neither side is helped by repetition). pyworkforce answers one interval at a
time in Python. It is timed on a sample, its rate is compared, and its answers are compared interval by interval with
ours. Without pyworkforce the comparison is skipped, and the output says so. Prints Markdown.

pyworkforce brings solvers along; to keep them out of the project's own environment, put it in another one
(`python -m venv peers && peers/bin/pip install pyworkforce`) and name that folder in PEERS:
`PEERS=peers python bench/bench_required_agents.py`.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from copc import staffing
from copc.arguments import Floats
from copc.attribution import Drivers, attribute
from copc.queue_model import QueueModel

INTERVALS = 100_000
SAMPLE = 200
ROUNDS = 3
LOADS = (10, 100, 1000)
WANTED = {10: 0.0, 100: 50.0, 1000: 50.0}
INTERVAL_SECONDS, THRESHOLD, TARGET, PATIENCE = 1800, 20.0, 0.80, 180.0


def peer() -> Any:  # noqa: ANN401 - a peer without types
    """ErlangC of pyworkforce, from this environment or the one in PEERS; None if it is in neither."""
    if "PEERS" in os.environ:
        sys.path += [str(path) for path in Path(os.environ["PEERS"]).glob("lib/python*/site-packages")]
    try:
        from pyworkforce.queuing import ErlangC  # noqa: PLC0415 - a peer that may be absent
    except ImportError:
        return None
    return ErlangC


def rate(work: Callable[[], Any], intervals: int) -> tuple[float, Any]:
    """Intervals a second (the best of a few rounds), and the answer."""
    best = 0.0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        answer = work()
        best = max(best, intervals / (time.perf_counter() - start))
    return best, answer


def main() -> int:
    """Print the tables; return 1 if an answer differs or a wanted ratio is missed."""
    rng = np.random.default_rng(20260302)
    erlang_c = peer()
    failed = False
    if erlang_c is None:
        print("pyworkforce is not installed: the comparison is skipped, our own rates follow.\n")
    print(f"Required agents, 80 % in 20 s, Erlang C; ours over {INTERVALS:,} intervals, pyworkforce's rate")
    print(f"extrapolated from a sample of {SAMPLE} of them.\n")
    print("| erlang | ours, intervals/s | pyworkforce, intervals/s | ratio | equal answers |")
    print("| ---: | ---: | ---: | ---: | --- |")
    cases = {}
    for erlang in LOADS:
        aht = rng.uniform(150, 250, INTERVALS)
        offered = np.round(erlang * rng.uniform(0.7, 1.3, INTERVALS) * INTERVAL_SECONDS / aht)
        load = offered * aht / INTERVAL_SECONDS
        cases[erlang] = (offered.tolist(), load, aht)
        ours, required = rate(
            lambda load=load, aht=aht: staffing.required_agents(load, aht, THRESHOLD, TARGET), INTERVALS
        )
        if erlang_c is None:
            print(f"| {erlang:,} | {ours:,.0f} | - | - | - |")
            continue

        def theirs(offered: list[float] = cases[erlang][0], aht: Floats = aht) -> list[int]:
            return [
                erlang_c(
                    transactions=offered[i], aht=float(aht[i]), asa=THRESHOLD, interval=INTERVAL_SECONDS
                ).required_positions(service_level=TARGET)["raw_positions"]
                for i in range(SAMPLE)
            ]

        their_rate, answers = rate(theirs, SAMPLE)
        same = int((required[:SAMPLE] == answers).sum())
        failed |= same < SAMPLE or ours < WANTED[erlang] * their_rate
        print(f"| {erlang:,} | {ours:,.0f} | {their_rate:,.0f} | {ours / their_rate:,.0f} | {same} of {SAMPLE} |")

    print("\nOne interval at a time, in plain floats (the live engine's path), and Erlang A over arrays:\n")
    print("| erlang | Erlang C, one/s | Erlang A, one/s | Erlang A, arrays/s | attributions/s (Erlang A) |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for erlang, (offered, load, aht) in cases.items():
        some = list(zip(offered[:2000], load[:2000].tolist(), aht[:2000].tolist(), strict=True))
        single = {}
        for patience in (None, PATIENCE):
            model = QueueModel(THRESHOLD, TARGET, patience)
            single[patience], _ = rate(lambda m=model, s=some: [m.required_agents(a, h) for _, a, h in s], len(some))
        arrays, _ = rate(
            lambda load=load, aht=aht: staffing.required_agents(load, aht, THRESHOLD, TARGET, PATIENCE), INTERVALS
        )
        model = QueueModel(THRESHOLD, TARGET, PATIENCE)
        causes, _ = rate(
            lambda m=model, s=some: [
                attribute(m, Drivers(v, h, a + 2), Drivers(1.1 * v, 1.1 * h, a + 0.6), INTERVAL_SECONDS, 0.5)
                for v, a, h in s
            ],
            len(some),
        )
        print(f"| {erlang:,} | {single[None]:,.0f} | {single[PATIENCE]:,.0f} | {arrays:,.0f} | {causes:,.0f} |")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
