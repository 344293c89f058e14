"""How often `critical_error_accuracy` is right: months simulated day by day, judged each evening.

For each family, number of evaluations a month and shortfall below the target, it prints the share of months with a
warning and with a critical breach, and the day of the month on which half of the months had their warning. Without a
shortfall both are false alarms. Run it with `python bench/bench_quality.py [MONTHS]`.
"""

import sys
from functools import cache
from typing import NamedTuple

import numpy as np

from agents.rules.quality import accuracy_verdict
from config.rules import RULES, RuleSettings
from copc.quality import TARGETS

__all__ = ["Months", "months"]

DAYS = 30
SEED = 20260302
VOLUMES = (60, 100, 200, 300, 600, 1200)
SHORTFALLS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.08)
_RANK = {"": 0, "info": 0, "warning": 1, "critical": 2}


class Months(NamedTuple):
    """The verdicts on the simulated months of one family."""

    warned: float
    """Share of months with a warning (or more) at any look."""
    critical: float
    """Share with a critical breach."""
    warning_day: float | None
    """Median day of the first warning, among those warned."""


@cache
def severity(family: str, right: int, n: int) -> int:
    """The engine's own verdict with this product's defaults: 0 nothing (or info), 1 warning, 2 critical."""
    definition = RULES["critical_error_accuracy"]
    parameters = {name: parameter.default for name, parameter in definition.parameters.items()}
    verdict = accuracy_verdict(family, family, (right, n), RuleSettings(True, definition.severity, parameters))
    return 0 if verdict is None or not verdict.look.outside else _RANK[verdict.severity]


def months(family: str, per_month: int, accuracy: float, count: int, seed: int = SEED) -> Months:
    """Simulate `count` months of `per_month` evaluations, spread at random over the days and judged daily."""
    generator = np.random.default_rng([seed, per_month, round(accuracy * 1e6)])
    days = generator.multinomial(per_month, [1 / DAYS] * DAYS, size=count)
    n = days.cumsum(axis=1)
    right = generator.binomial(days, accuracy).cumsum(axis=1)
    looks = np.array(
        [[severity(family, int(r), int(m)) for r, m in zip(*row, strict=True)] for row in zip(right, n, strict=True)]
    )
    worst = looks.max(axis=1)
    first = (looks[worst > 0] > 0).argmax(axis=1) + 1
    return Months(float((worst > 0).mean()), float((worst > 1).mean()), float(np.median(first)) if first.size else None)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{count} months of {DAYS} days each, looked at every day; share with a warning / critical (median day)")
    for family, target in TARGETS.items():
        print(f"\n{family}, target {target:.1%}; columns: evaluations a month")
        print("short by" + "".join(f"{volume:>22}" for volume in VOLUMES))
        for short in SHORTFALLS:
            found = [months(family, volume, target - short, count) for volume in VOLUMES]
            cells = [
                f"{each.warned:7.1%} / {each.critical:6.1%}"
                + (f" ({each.warning_day:2.0f})" if each.warning_day else "     ")
                for each in found
            ]
            print(f"{short:8.1%}" + "".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
