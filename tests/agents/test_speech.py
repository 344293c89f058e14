"""Words of sources are said alike by `ingest` and `replay`, and how often they are said changes no figure."""

import random
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from unittest.mock import patch

from engine import at, configuration, content
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from topic_runs import ingested, lived, replayed, sent

from config.settings import Configuration
from config.timestamps import rfc3339
from streams.codec import decode_with_sources, encode
from streams.records import event_ms
from streams.source_words import Feed
from streams.sources.merge import parse_inputs, read_feed

QUICK: Final = settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a seed does not shrink
    suppress_health_check=[HealthCheck.too_slow],
)
MINUTE: Final = 60_000
NOW: Final = at("2026-03-20T00:00")
QUEUES: Final = ("large", "middle", "small", "rare")
_CALLS: Final = {"contact_id": "id", "queue": "queue", "offered_at": "at", "exited_at": "left", "outcome": "outcome"}
_ROWS: Final = {"queue": "queue", "interval_start": "at", "offered": "offered", "answered": "answered"}
_PLANS: Final = {
    "plan_version": {"const": "v"}, "published_at": {"const": "2026-03-01T00:00:00Z"}, "queue": "queue",
    "interval_start": "at", "forecast_offered": "forecast",
}  # fmt: skip
CENTRE: Final[Configuration] = configuration(
    content(hours={"mon-sun": "09:00-18:00"}, interval_minutes=30)
    | {
        "sources": {
            "calls": {"record": "contact", "columns": _CALLS},
            "others": {"record": "contact", "columns": _CALLS},
            "mute": {"record": "contact", "columns": _CALLS, "feed": False},
            "acd": {"record": "interval", "columns": _ROWS},
            "exact": {"record": "interval", "columns": _ROWS, "absent": "missing"},
            "plan": {"record": "plan", "columns": _PLANS},
        }
    }
)


def drawn_files(dice: random.Random, folder: Path) -> list[str]:
    """Files of several sources over some days, with gaps of theirs, rows that must be refused, and a plan."""
    days, options = dice.choice([1, 1, 3, 10]), []
    first = at("09:00")
    for name in ("calls", "others", "mute", "acd", "exact"):
        if dice.random() < 0.4:
            continue
        lines = ["id,queue,at,left,outcome"] if name in {"calls", "others", "mute"} else ["queue,at,offered,answered"]
        queues = QUEUES[:2] if name in {"calls", "others", "mute"} else QUEUES[2:]
        instants = sorted(first + dice.randrange(days * 1440) * MINUTE + dice.choice([0, 1, 59_999]) for _ in range(60))
        gap = first + dice.randrange(days * 1440) * MINUTE
        for number, instant in enumerate(instants):
            if gap < instant < gap + dice.choice([0, 6, 30]) * 60 * MINUTE:
                continue
            queue = dice.choices(queues, [9, 1])[0]
            if lines[0].startswith("id"):
                outcome = dice.choice(["answered", "answered", "abandoned", "gone?"])
                lines.append(f"{name}{number},{queue},{rfc3339(instant)},{rfc3339(instant + 4000)},{outcome}")
            else:
                start = instant - instant % (30 * MINUTE)
                lines.append(f"{queue},{rfc3339(start)},{dice.choice(['5', '7', 'many'])},5")
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        options.append(f"{name}={folder / name}.csv")
    starts = [first + n * 30 * MINUTE for n in range(days * 48)]
    plans = [f"{queue},{rfc3339(start)},{dice.choice([0.5, 8, 30])}" for queue in QUEUES for start in starts]
    (folder / "plan.csv").write_text("\n".join(["queue,at,forecast", *plans]) + "\n")
    return [*options, f"plan={folder / 'plan'}.csv"]


def words_between(
    messages: Sequence[tuple[bytes | None, bytes]], dice: random.Random
) -> list[tuple[bytes | None, bytes]]:
    """The same messages with more words in between: what each source has said so far, again and further on."""
    through: dict[str, int] = {}
    more: list[tuple[bytes | None, bytes]] = []
    for key, value in messages:
        more.append((key, value))
        if key is None:
            continue
        for source, event in _events(key.decode(), value):
            through[source] = max(event, through.get(source, 0))
        if through and dice.random() < 0.5:
            source = dice.choice(sorted(through))
            more.append((None, encode("", [Feed(source, through[source])])))
    return more


def _events(queue: str, value: bytes) -> Iterable[tuple[str, int]]:
    (records, _, _), sources = decode_with_sources(value, queue, 30 * MINUTE, 5000, NOW)
    for record, source in zip(records, sources, strict=True):
        if source is not None and source != "mute":
            yield source, event_ms(record)


@QUICK
@given(seed=st.integers(0, 2**32))
def test_a_worker_behind_ingest_says_what_replay_says(seed: int) -> None:
    """Words and refused rows included: the same results, in the same order, with the same hashes."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = parse_inputs(CENTRE, drawn_files(random.Random(seed), Path(folder)))
        topic, _ = ingested(CENTRE, read_feed(CENTRE, inputs, NOW))
        results, _ = lived(CENTRE, topic.messages, NOW)
        assert results == replayed(CENTRE, read_feed(CENTRE, inputs, NOW), as_arrived=False)


@QUICK
@given(seed=st.integers(0, 2**32))
def test_as_they_arrived_too(seed: int) -> None:
    """Rows in the order of their files: words stand where a reader that goes row by row says them."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = parse_inputs(CENTRE, drawn_files(random.Random(seed), Path(folder)))
        topic, _ = sent(CENTRE, inputs, NOW)
        results, _ = lived(CENTRE, topic.messages, NOW)
        assert results == replayed(CENTRE, read_feed(CENTRE, inputs, NOW), as_arrived=True)


@QUICK
@given(seed=st.integers(0, 2**32))
def test_words_in_any_batching_change_no_figure(seed: int) -> None:
    """Further words between those at intervals' ends, messages of one record or of many: the same hashes."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        inputs = parse_inputs(CENTRE, drawn_files(dice, Path(folder)))
        many, _ = ingested(CENTRE, read_feed(CENTRE, inputs, NOW))
        with patch("agents.ingest._RECORDS", 1):
            single, _ = ingested(CENTRE, read_feed(CENTRE, inputs, NOW))
        more = words_between(single.messages, dice)
        assert lived(CENTRE, more, NOW)[0] == lived(CENTRE, many.messages, NOW)[0]
