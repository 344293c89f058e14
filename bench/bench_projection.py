"""How good the projection of the rest of a day is, beside the plan left alone and the plain ratio.

    python bench/bench_projection.py                      # the published figures
    python bench/bench_projection.py --calls FILE.csv     # the same on another centre's counts (DateTime, Calls)

The counts are those of a real bank (../shared/data/bank_calls): 164 weekdays from 07:00 to 21:00. The last 64 are
projected at each full hour from what was known then; nothing looks ahead. A is the mean of the last 6 same weekdays, B
a day level that follows the last day's, times a profile. The error is the WAPE of half hours over the rest of the day.

The service level is projected at noon of 2,000 simulated days (`bench/projected_days.py`), and 500 queues are timed.
"""

import argparse
import csv
import datetime as dt
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from projected_days import Study, project_days

from agents.projection.inputs import Goal, IntervalAhead, QueueAhead
from agents.projection.project import project
from copc.arguments import Floats
from copc.day_sums import Day, DaySums, learn_day, pattern_of
from copc.reforecast import Belief, DayPattern, ahead, count_range, lead_classes, observe, prior

BANK: Final = Path(__file__).resolve().parents[2] / "shared/data/bank_calls/bank_calls.csv"
TESTED = 64
SHOWN = (8, 10, 11, 12, 14)
HALF_HOUR = 1800.0
WANTED = {10: 4.8, 11: 4.4, 12: 4.4}
WORSE = 1.01
COVERED = (0.76, 0.84)
WIDTH = 0.16
CENTRES = ((60.0, 0.0), (60.0, 0.3), (200.0, 0.0), (200.0, 0.3))
"""Contacts a half hour, and the share of days with an incident."""
TENTH = 0.07
SKILL = 0.25
SIGNED = 0.02
LEVELS_COVERED = (0.74, 0.86)
QUEUES = 500
MILLISECONDS = 200


class Centre(NamedTuple):
    """Counts of half hours, a row a day."""

    counts: Floats
    dates: list[dt.date]
    at: Floats
    """Middles of the half hours, seconds from midnight."""

    @property
    def hours(self) -> NDArray[np.int64]:
        """The hour of each half hour."""
        return (self.at // 3600).astype(np.int64)

    @property
    def full_hours(self) -> range:
        """The hours of the day at which a projection is made."""
        return range(int(self.at[0] // 3600) + 1, int(self.at[-1] // 3600) + 1)

    def first(self, hour: int) -> int:
        """The first half hour of an hour."""
        return int(np.searchsorted(self.at, hour * 3600))


def read(file: Path) -> Centre:
    """A centre's counts from a file of `DateTime,Calls`; days are of one length."""
    days: dict[dt.date, dict[int, float]] = {}
    with file.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            moment = dt.datetime.fromisoformat(row["DateTime"])
            half_hours = days.setdefault(moment.date(), {})
            at = (moment.hour * 60 + moment.minute) // 30
            half_hours[at] = half_hours.get(at, 0.0) + float(row["Calls"])
    slots = sorted({at for half_hours in days.values() for at in half_hours})
    counts = np.array([[half_hours.get(at, 0.0) for at in slots] for half_hours in days.values()])
    return Centre(counts, list(days), np.array(slots) * HALF_HOUR + HALF_HOUR / 2)


def same_weekdays(centre: Centre) -> Floats:
    """Method A: the mean of the last 6 same weekdays; NaN below 3."""
    forecast = np.full_like(centre.counts, np.nan)
    for day, date in enumerate(centre.dates):
        past = [i for i in range(day) if centre.dates[i].weekday() == date.weekday()][-6:]
        if len(past) >= 3:
            forecast[day] = centre.counts[past].mean(axis=0)
    return forecast


def level_and_profile(centre: Centre) -> Floats:
    """Method B: a profile of the last 30 days, times a level by weekday whose error follows the last day's (AR(1))."""
    forecast = np.full_like(centre.counts, np.nan)
    totals = centre.counts.sum(axis=1)
    weekdays = np.array([date.weekday() for date in centre.dates])
    for day in range(15, len(centre.counts)):
        past = np.arange(max(0, day - 60), day)
        profile = (centre.counts[past[-30:]] / totals[past[-30:], None]).mean(axis=0)
        usual = {
            weekday: float(np.log(totals[past[weekdays[past] == weekday]]).mean()) for weekday in set(weekdays[past])
        }
        off = np.array([np.log(totals[i]) - usual[weekdays[i]] for i in past])
        follows = min(max(float(off[1:] @ off[:-1]) / max(float(off[:-1] @ off[:-1]), 1e-9), 0.0), 0.99)
        level = usual.get(weekdays[day], float(np.log(totals[past]).mean()))
        forecast[day] = profile * np.exp(level + follows * off[-1])
    return forecast


class Rolling(NamedTuple):
    """Projections at each full hour of the tested days: by hour, arrays of the rest of the day, a row a day."""

    actual: dict[int, Floats]
    static: dict[int, Floats]
    plain: dict[int, Floats]
    updated: dict[int, Floats]
    low: dict[int, Floats]
    high: dict[int, Floats]


def roll(centre: Centre, forecast: Floats) -> Rolling:
    """Go through the days, each projected with what the days before it taught, and then learned from."""
    sums, at, hours = DaySums(), centre.at, centre.hours
    rows: dict[str, dict[int, list[Floats]]] = {name: {} for name in Rolling._fields}
    for day in np.flatnonzero(np.isfinite(forecast).all(axis=1)).tolist():
        actual, expected = centre.counts[day], np.maximum(forecast[day], 1e-9)
        if day >= len(centre.counts) - TESTED:
            pattern = pattern_of(sums)
            for hour, belief in beliefs(centre, actual, expected, pattern):
                first = centre.first(hour)
                rest = expected[first:]
                factor, log_variance = ahead(belief, pattern, at[first:], hours[first:], hour)
                updated = rest * factor
                variance = pattern.dispersion * updated + updated**2 * log_variance
                spread = np.asarray(pattern.spread)[lead_classes(at[first:] - at[first])]
                low, high = count_range(updated, variance * spread)
                plain = rest * (actual[:first].sum() / expected[:first].sum())
                for name, row in zip(Rolling._fields, (actual[first:], rest, plain, updated, low, high), strict=True):
                    rows[name].setdefault(hour, []).append(row)
        sums = learn_day(sums, Day(actual, expected, at, hours))
    return Rolling(*({hour: np.array(each) for hour, each in rows[name].items()} for name in Rolling._fields))


def beliefs(centre: Centre, actual: Floats, expected: Floats, pattern: DayPattern) -> list[tuple[int, Belief]]:
    """The knowledge at each full hour of a day."""
    found, belief, i = [], prior(pattern), 0
    for hour in centre.full_hours:
        while i < centre.first(hour):
            weight = expected[i] / pattern.dispersion
            belief = observe(belief, pattern, actual[i] / expected[i], weight, centre.at[i], int(centre.hours[i]))
            i += 1
        found.append((hour, belief))
    return found


def wape(actual: Floats, forecast: Floats) -> float:
    """Sum of absolute errors over the actual, percent."""
    return float(100 * np.abs(actual - forecast).sum() / actual.sum())


def print_volume(name: str, rolling: Rolling) -> list[str]:
    """Print the table of one method; return what was wanted and is not met."""
    hours = [hour for hour in SHOWN if hour in rolling.actual]
    print(f"\n| {name}, WAPE % of half hours |", *(f"{hour:02d}:00 |" for hour in hours))
    print("| --- |", "---: |" * len(hours))
    figures = {
        label: {hour: wape(rolling.actual[hour], values[hour]) for hour in rolling.actual}
        for label, values in (
            ("plan, left alone", rolling.static),
            ("plain ratio", rolling.plain),
            ("updated", rolling.updated),
        )
    }
    for label, row in figures.items():
        print(f"| {label} |", *(f"{row[hour]:.2f} |" for hour in hours))
    inside = {
        hour: (rolling.actual[hour] >= rolling.low[hour]) & (rolling.actual[hour] <= rolling.high[hour])
        for hour in rolling.actual
    }
    width = {hour: (rolling.high[hour] - rolling.low[hour]).sum() / rolling.actual[hour].sum() for hour in inside}
    print("| inside the 80 % range |", *(f"{inside[hour].mean():.0%} |" for hour in hours))
    print("| width of the range / volume |", *(f"{width[hour]:.1%} |" for hour in hours), flush=True)
    static, updated = figures["plan, left alone"], figures["updated"]
    missed = [
        f"{name} at {hour}:00: {updated[hour]:.2f} against {static[hour]:.2f} left alone"
        for hour in updated
        if updated[hour] > WORSE * static[hour]
    ]
    covered = float(np.mean(np.concatenate([each.ravel() for each in inside.values()])))
    print(f"\nAll full hours: {covered:.1%} of the half hours inside the 80 % range.")
    if not COVERED[0] <= covered <= COVERED[1]:
        missed.append(f"{name}: {covered:.1%} inside the range")
    return missed


def volume_study(file: Path) -> list[str]:
    """The updated forecast on real counts."""
    centre, missed = read(file), []
    print(f"{file.name}: the last {TESTED} of {len(centre.counts)} days, at each full hour.")
    for name, method in (("A", same_weekdays), ("B", level_and_profile)):
        rolling = roll(centre, method(centre))
        missed += print_volume(name, rolling)
        if name == "A" and file.name == BANK.name:
            for hour, wanted in WANTED.items():
                found = wape(rolling.actual[hour], rolling.updated[hour])
                if found > wanted:
                    missed.append(f"A at {hour}:00: {found:.2f}, wanted at most {wanted}")
            width = (rolling.high[11] - rolling.low[11]).sum() / rolling.actual[11].sum()
            if width > WIDTH:
                missed.append(f"A at 11:00: width {width:.1%}")
    return missed


def print_days(studies: Sequence[Study]) -> list[str]:
    """Print how the projections at noon came true; return what was wanted and is not met."""
    missed: list[str] = []
    made, chance = (np.concatenate([study.column(name) for study in studies]) for name in ("made_it", "chance"))
    print(f"\n{len(made)} simulated days, projected at noon.\n")
    print("| centre | days at target | Brier skill | signed error, next 2 h | in 80 % range | day in its range |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for study in studies:
        base = study.column("made_it").mean()
        skill = 1 - ((study.column("chance") - study.column("made_it")) ** 2).mean() / (base * (1 - base))
        error, inside = study.column("errors").mean(), study.column("inside").mean()
        day = study.column("in_day_range").mean()
        print(f"| {study.name} | {base:.0%} | {skill:.2f} | {100 * error:+.1f} points | {inside:.0%} | {day:.0%} |")
        if skill < SKILL or abs(error) > SIGNED or not LEVELS_COVERED[0] <= inside <= LEVELS_COVERED[1]:
            missed.append(f"{study.name}: skill {skill:.2f}, error {error:+.3f}, {inside:.1%} inside")
    print("\n| P(day at target) | days | mean P | made it |\n| --- | ---: | ---: | ---: |")
    for tenth in range(10):
        these = np.minimum((chance * 10).astype(int), 9) == tenth
        if not these.any():
            continue
        count, mean, share = int(these.sum()), chance[these].mean(), made[these].mean()
        print(f"| {tenth * 10}-{tenth * 10 + 10} % | {count} | {mean:.2f} | {share:.2f} |")
        allowed = max(TENTH, 2 * float(np.sqrt(mean * (1 - mean) / count)))
        if count >= 100 and abs(share - mean) > allowed:
            missed.append(f"P of {mean:.2f}: {share:.2f} made it, of {count}")
    return missed


def print_speed() -> list[str]:
    """Time the projection of 500 queues with half a day ahead, on one core, from inputs to what screens show."""
    rng, noon = np.random.default_rng(1), 1_772_452_800_000
    goal = Goal(patience_seconds=180.0, target=0.8, low=0.75, high=0.9)
    queues = []
    for number in range(QUEUES):
        offered = rng.uniform(20, 300) * np.exp(rng.normal(0, 0.2, 16))
        intervals = tuple(
            IntervalAhead(noon + n * 1_800_000, 12 + n // 2, each, 240.0, each * 240 / HALF_HOUR * 1.08, planned=True)
            for n, each in enumerate(offered.tolist())
        )
        day = QueueAhead("p", f"q{number}", "voice", "UTC", "1", 1_800_000, noon, noon - 14_400_000, noon + 28_800_000)
        busy = float(offered[0]) * 240 / HALF_HOUR
        given = {"intervals": intervals, "busy": busy, "offered": 1000, "good": 800.0, "counted": 1000.0, "goal": goal}
        queues.append(msgspec.structs.replace(day, **given))

    def once() -> float:
        begin = time.process_time()
        project(queues, noon)
        return 1000 * (time.process_time() - begin)

    took = sorted(once() for _ in range(7))[3]
    print(f"\n{QUEUES} queues with 16 half hours ahead: {took:.0f} ms of one core.")
    print(f"Inputs of one queue: {len(msgspec.msgpack.encode(queues[0]))} bytes.")
    return [f"{QUEUES} queues take {took:.0f} ms"] if took > MILLISECONDS else []


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every table; 1 where a wanted figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=Path, default=BANK, help="counts of another centre: DateTime, Calls")
    parser.add_argument("--days", type=int, default=2000, help="simulated days")
    options = parser.parse_args(arguments)
    missed: list[str] = []
    if options.calls.exists():
        missed += volume_study(options.calls)
    else:
        print(f"{options.calls} is not there: the figures of the volume are skipped.")
    studies = [project_days(options.days // len(CENTRES), *centre, seed=i) for i, centre in enumerate(CENTRES)]
    missed += print_days(studies) + print_speed()
    print("\nMissed:", "; ".join(missed) or "none")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
