"""The requirement of a pool of partly shared agents, beside a simulation of the same pool.

    python bench/bench_pools.py                 # 50 designs
    python bench/bench_pools.py --designs 10 --seed 3
    python bench/bench_pools.py --designs 0 --days 10   # false warnings alone

Designs have two to six queues and agents with one to three skills: chains, sets of three in a row, sets at random.
30 to 99 % of the agents are on two queues or more. Each queue's agents are in proportion to its load. The peer is the
least staffing of the same mix of skills that meets the objective contact by contact (`bench/pool_simulation.py`). One
line for all, and queue by queue, stand beside it.

Then the rule on a pool's net staffing looks at healthy days of such pools: each half hour has the agents that its plan
requires of the pool, and contacts come by chance around the plan (Poisson; handle times are exponential). Each warning
there is false.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from pool_simulation import Mix, Queue, levels

from agents.groups.engine import GroupEngine
from agents.intervals.outputs import BreachEvent
from config.settings import Configuration, configuration_of, settings_of
from config.timestamps import to_ms
from config.yaml import parse_yaml
from copc.arguments import Floats
from copc.pools import Member, PoolRequirement, pool_requirement
from copc.queue_model import QueueModel
from streams.told.queue_interval import MemberRow, QueueInterval

CONTACTS: Final = 60_000
WITHIN: Final = 0.05
HALF_MS: Final = 1_800_000
FIRST: Final = to_ms(dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC))
DAY_MS: Final = 86_400_000
SHAPE: Final = np.array([0.4, 0.6, 0.8, 1.0, 1.1, 1.2, 1.2, 1.1, 1.0, 0.9, 0.9, 1.0, 1.1, 1.1, 1.0, 0.9, 0.8, 0.7, 0.6,
                         0.5])  # fmt: skip
"""Volume of each half hour of ten open hours, as part of the design's."""
KINDS: Final = ("chain", "three in a row", "at random")


class Design(NamedTuple):
    """A pool, and how its skills were laid."""

    kind: str
    queues: list[Queue]
    mix: Mix


def _sets(rng: np.random.Generator, kind: str, k: int) -> list[frozenset[int]]:
    if kind == "chain":
        found = {frozenset({i, (i + 1) % k}) for i in range(k)}
    elif kind == "three in a row":
        found = {frozenset({i, (i + 1) % k, (i + 2) % k}) for i in range(k)}
    else:
        sizes = rng.integers(2, 4, int(rng.integers(k, 2 * k + 1)))
        found = {frozenset(rng.choice(k, size=min(int(size), k), replace=False).tolist()) for size in sizes}
    return sorted(found, key=sorted)


def _balanced(sets: list[frozenset[int]], load: Floats, shared: float) -> Floats:
    """Shares of the agents by set, such that each queue has its part of them, as near as the sets allow."""
    k = len(load)
    reach = np.zeros((len(sets), k))
    for place, skills in enumerate(sets):
        members = sorted(skills)
        reach[place, members] = load[members] / load[members].sum()
    shares = np.array([(1 - shared) / k] * k + [shared / (len(sets) - k)] * (len(sets) - k))
    for _ in range(500):
        lacks = load / np.maximum(shares @ reach, 1e-9)
        shares *= np.array([lacks[sorted(skills)].mean() for skills in sets])
        shares[:k] *= (1 - shared) / shares[:k].sum()
        shares[k:] *= shared / shares[k:].sum()
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def design(rng: np.random.Generator) -> Design:
    """A pool at random."""
    k, kind = int(rng.integers(2, 7)), str(rng.choice(KINDS))
    base, alike = float(np.exp(rng.uniform(np.log(12), np.log(120)))), rng.random() < 0.5
    queues = [
        Queue(
            offered=base * float(np.exp(rng.normal(0, 0.6))),
            aht_seconds=200.0 if alike else float(rng.uniform(120, 420)),
            patience_seconds=180.0 if alike else float(rng.choice([120, 180, 300])),
            threshold_seconds=20.0 if alike else float(rng.choice([20, 30])),
            target=0.8,
        )
        for _ in range(k)
    ]
    load = np.array([queue.offered * queue.aht_seconds for queue in queues])
    sets = [frozenset({i}) for i in range(k)] + _sets(rng, kind, k)
    shares = _balanced(sets, load / load.sum(), float(rng.uniform(0.3, 0.99)))
    return Design(kind, queues, Mix(tuple(sets), tuple(shares.tolist())))


def least(pool: Design, first: int, seed: int) -> int:
    """The least staffing of the mix that meets the volume-weighted mean of the targets in the simulation."""
    weight = np.array([queue.offered for queue in pool.queues])
    weight /= weight.sum()
    target = float(weight @ np.array([queue.target for queue in pool.queues]))
    low, high, agents = 0, 0, first
    while high - low != 1:
        found = levels(np.random.default_rng(seed), pool.queues, pool.mix, agents, CONTACTS)
        if float(found @ weight) >= target:
            high = agents
            agents = (low + high) // 2 if low else agents - 1
        else:
            low = agents
            agents = (low + high) // 2 if high else agents + 1
    return high


def required(pool: Design) -> PoolRequirement:
    """By the product."""
    members = [
        Member(q.offered, q.aht_seconds, QueueModel(q.threshold_seconds, q.target, q.patience_seconds))
        for q in pool.queues
    ]
    found = pool_requirement(members, 1800.0, pool.mix.shared)
    assert found is not None  # noqa: S101 - every design has contacts
    return found


def configured(pool: Design) -> Configuration:
    """The product's configuration of a pool."""
    queues = ", ".join(
        f"{{id: q{at}, service_level: {{threshold_seconds: {q.threshold_seconds:g}, target: {q.target}, "
        f"patience_seconds: {q.patience_seconds:g}}}}}"
        for at, q in enumerate(pool.queues)
    )
    names = ", ".join(f"q{at}" for at in range(len(pool.queues)))
    text = (
        'site: {timezone: UTC}\ndefaults: {hours: {mon-sun: "08:00-18:00"}}\n'
        f"programs: [{{id: p, queues: [{queues}]}}]\npools: [{{id: team, queues: [{names}]}}]\n"
    )
    return configuration_of([settings_of(parse_yaml(text, "bench"), Path("bench"))])


def healthy_rows(rng: np.random.Generator, pool: Design, day: int) -> Iterator[MemberRow]:
    """The rows of a healthy day: each queue's, half hour by half hour."""
    load = np.array([queue.offered * queue.aht_seconds for queue in pool.queues])
    for part, scale in enumerate(SHAPE):
        planned = pool._replace(queues=[q._replace(offered=q.offered * scale) for q in pool.queues])
        staffed_ms = np.round(load / load.sum() * required(planned).required * HALF_MS).astype(int)
        for at, queue in enumerate(planned.queues):
            offered = int(rng.poisson(queue.offered))
            needed = QueueModel(queue.threshold_seconds, queue.target, queue.patience_seconds)
            handle_ms = round(float(rng.exponential(queue.aht_seconds * 1000, offered).sum()))
            yield MemberRow(
                program="p", queue=f"q{at}", interval_start_ms=FIRST + day * DAY_MS + part * HALF_MS,
                interval_ms=HALF_MS, revision=1, status="final", definition="S1", offered=offered, answered=offered,
                answered_within=offered, abandoned=0, abandoned_within=0, handle_ms=handle_ms, handled=offered,
                staffed_ms=int(staffed_ms[at]),
                required_agents=needed.required_agents(handle_ms / HALF_MS, handle_ms / offered / 1000)
                if offered else None,
                shared_ms={"team": int(staffed_ms[at] * pool.mix.shared)},
            )  # fmt: skip


def false_warnings(rng: np.random.Generator, pool: Design, days: int) -> int:
    """Breaches of net staffing that open on healthy days of a pool."""
    engine, opened = GroupEngine(configured(pool), "pool", "team", {}), 0
    for day in range(days):
        for row in healthy_rows(rng, pool, day):
            engine.apply_record(QueueInterval("pool", "team", row.interval_start_ms + HALF_MS, row))
        opened += sum(isinstance(each, BreachEvent) and each.record.state == "opened" for each in engine.take())
    return opened


def main() -> int:
    """Print a row a design, and how many are within 5 % (at least 1 agent)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--designs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--days", type=int, default=5, help="healthy days of each of 20 pools")
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    inside = {"required": 0, "one line": 0, "apart": 0}
    print("| queues | skills | shared | one line | required | simulated | apart |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    for number in range(given.designs):
        pool = design(rng)
        by = required(pool)
        needed = least(pool, by.required, given.seed * 1000 + number)
        row = (len(pool.queues), pool.kind, f"{pool.mix.shared:.2f}", by.one_line, by.required, needed, by.apart)
        print("| " + " | ".join(str(part) for part in row) + " |", flush=True)
        allowed = max(1.0, WITHIN * needed)
        for name, agents in (("required", by.required), ("one line", by.one_line), ("apart", by.apart)):
            inside[name] += abs(agents - needed) <= allowed
    pools = [design(rng) for _ in range(20 if given.days else 0)]
    for name, count in inside.items() if given.designs else ():
        print(f"{name}: within 5 % (at least 1 agent) in {count} of {given.designs}")
    if pools:
        false, healthy = sum(false_warnings(rng, pool, given.days) for pool in pools), len(pools) * given.days
        print(f"net_staffing: {false} false warnings on {healthy} healthy pool-days, {false / healthy:.3f} a day")
    return 0


if __name__ == "__main__":
    sys.exit(main())
