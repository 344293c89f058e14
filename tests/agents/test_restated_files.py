"""Files of several versions: the last one alone decides, and where copies say which is later, no order does."""

import random
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from engine import at, configuration, content
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from topic_runs import ingested, lived, replayed

from config.settings import Configuration
from config.timestamps import rfc3339
from streams.sources.merge import parse_inputs, read_feed

QUICK: Final = settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a seed does not shrink
    suppress_health_check=[HealthCheck.too_slow],
)
MINUTE: Final = 60_000
NOW: Final = at("2026-03-20T00:00")
_FIELDS: Final = {
    "contact": ["contact_id", "queue", "offered_at", "outcome", "wait_seconds", "talk_seconds", "updated_at"],
    "interval": ["queue", "interval_start", "as_of", "offered", "answered", "answered_within", "abandoned",
                 "talk_seconds"],
    "plan": ["plan_version", "queue", "interval_start", "published_at", "forecast_offered", "scheduled_agents"],
}  # fmt: skip
Row = dict[str, Any]


def centre() -> Configuration:
    """A source of each record, and one more of intervals for parts of them."""
    names = {"calls": "contact", "acd": "interval", "plan": "plan"}
    sources = {
        name: {"record": record, "columns": {field: field for field in _FIELDS[record]}}
        for name, record in names.items()
    }
    return configuration(content(hours={"mon-sun": "09:00-18:00"}, interval_minutes=30) | {"sources": sources})


CENTRE: Final = centre()


def drawn(dice: random.Random, *, dated: bool) -> dict[str, list[list[Row]]]:
    """By source the versions of its rows, older first; each version has all identities, with values of its own.

    Args:
        dice: draws.
        dated: whether copies say which is later.
    """
    versions = dice.choice([2, 3])
    found: dict[str, list[list[Row]]] = {}
    starts = [at("09:00") + n * 30 * MINUTE for n in range(dice.choice([3, 8]))]
    stage = {number: dice.choice(["answered", "abandoned"]) for number in range(25)}
    waits = {number: dice.choice([0, 4, 20, 21, 90]) for number in range(25)}
    moments = {number: dice.choice(starts) + dice.randrange(30 * MINUTE) for number in range(25)}
    for version in range(versions):
        later = (version + 1) * 7 * MINUTE
        calls = [
            {
                "contact_id": f"c{number}", "queue": f"voice{number % 3}", "offered_at": rfc3339(moment),
                "outcome": dice.choice(["answered", "abandoned"]) if dated else stage[number],
                # Without `updated_at` the exit says which copy is later.
                "wait_seconds": dice.choice([0, 4, 20, 21, 90]) if dated else waits[number],
                "talk_seconds": dice.choice([30, 200]),
                "updated_at": rfc3339(moment + later) if dated else "",
            }
            for number, moment in moments.items()
        ]  # fmt: skip
        acd = [
            {
                "queue": queue, "interval_start": rfc3339(start),
                "as_of": rfc3339(start + later) if dated else "",
                "offered": answered + 3, "answered": answered, "answered_within": dice.choice(["", 0, 5]),
                "abandoned": dice.choice(["", 3]), "talk_seconds": dice.choice(["", 900])
            }
            for queue in ("acd0", "acd1")
            for start in starts
            for answered in [dice.choice([5, 9, 30])]
        ]  # fmt: skip
        plan = [
            {
                "plan_version": "w10" if not dated else f"v{version}", "queue": queue, "interval_start": rfc3339(start),
                "published_at": rfc3339(at("06:00") + (later if dated else 0)),
                "forecast_offered": dice.choice([0, 12.5, 40]), "scheduled_agents": dice.choice(["", 3, 8]),
            }
            for queue in ("voice0", "acd0")
            for start in starts
        ]  # fmt: skip
        for name, rows in (("calls", calls), ("acd", acd), ("plan", plan)):
            found.setdefault(name, []).append(rows)
    return found


def written(folder: Path, name: str, files: Iterable[Sequence[Row]]) -> list[str]:
    """The option that reads some files of a source, in this order."""
    fields = _FIELDS[{"calls": "contact", "acd": "interval", "plan": "plan"}[name]]
    paths = []
    for number, rows in enumerate(files):
        path = folder / f"{name}{number}.csv"
        lines = [",".join(fields), *(",".join(str(row[field]) for field in fields) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        paths.append(str(path))
    return [f"{name}={','.join(paths)}"]


def results(options: Iterable[str], *, live: bool = False) -> list[tuple[Any, ...]]:
    """The results of a replay, or of a worker behind `ingest`, hashes included."""
    files = read_feed(CENTRE, parse_inputs(CENTRE, options), NOW)
    assert files.bad_rows == []
    if live:
        topic, _ = ingested(CENTRE, files)
        return lived(CENTRE, topic.messages, NOW)[0]
    return replayed(CENTRE, files, as_arrived=False)


@QUICK
@given(seed=st.integers(0, 2**32))
def test_a_restated_file_gives_what_its_last_version_alone_gives(seed: int) -> None:
    """Hash for hash, whether an older version stands in front in the same file or in one of its own."""
    dice = random.Random(seed)
    versions = drawn(dice, dated=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("last", "apart", "joined"):
            (folder / part).mkdir()
        last = [option for key, rows in versions.items() for option in written(folder / "last", key, rows[-1:])]
        apart = [option for key, rows in versions.items() for option in written(folder / "apart", key, rows)]
        joined = []
        for key, rows in versions.items():
            order = list(rows[-1])
            dice.shuffle(order)
            joined += written(folder / "joined", key, [[row for version in rows[:-1] for row in version] + order])
        wanted = results(last)
        assert results(apart) == wanted
        assert results(joined) == wanted
        assert results(apart, live=True) == wanted


@QUICK
@given(seed=st.integers(0, 2**32))
def test_the_order_of_files_and_rows_changes_nothing(seed: int) -> None:
    """Copies that say which is later, cut into any files in any order, and some of them twice: the same hashes."""
    dice = random.Random(seed)
    versions = drawn(dice, dated=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("one", "other"):
            (folder / part).mkdir()
        one, other = [], []
        for key, given_rows in versions.items():
            rows = [row for version in given_rows for row in version]
            one += written(folder / "one", key, [rows])
            shuffled = rows + dice.sample(rows, len(rows) // 5)
            dice.shuffle(shuffled)
            files: list[list[Row]] = [[] for _ in range(dice.choice([1, 2, 4]))]
            for row in shuffled:
                dice.choice(files).append(row)
            other += written(folder / "other", key, files)
        dice.shuffle(other)
        wanted = results(one)
        assert results(other) == wanted
        assert results(other, live=True) == wanted
        assert len({row[:2] for row in wanted}) == len(wanted), "an interval has a second revision"
