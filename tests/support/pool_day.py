"""Five hours of a pool of two queues, by interval rows, with a stretch in which half of its agents are away."""

from pathlib import Path
from typing import Any

__all__ = ["CONFIGURATION", "pool_day", "written"]

NAMES = (
    "queue", "interval_start", "interval_seconds", "offered", "answered", "answered_within", "abandoned",
    "abandoned_within", "wait_seconds", "talk_seconds", "handled", "occupied_seconds", "available_seconds",
    "staffed_seconds",
)  # fmt: skip
CONFIGURATION = f"""
site: {{timezone: UTC}}
parameters: {{version: "1", from: 2026-01-01T00:00:00Z}}
defaults: {{hours: {{mon-fri: "08:00-13:00"}}}}
programs: [{{id: bank, queues: [{{id: cards}}, {{id: lost_cards}}]}}]
pools: [{{id: cards_team, queues: [cards, lost_cards]}}]
sources: {{acd: {{format: csv, record: interval, columns: {{{", ".join(f"{name}: {name}" for name in NAMES)}}}}}}}
"""


def pool_day() -> list[dict[str, Any]]:
    """Five hours of a pool that needs 12 agents: 12 are there, but from 9:00 to 11:30 there are 6."""
    rows: list[dict[str, Any]] = []
    for part in range(10):
        at = 8 * 60 + part * 30
        for queue, offered in (("cards", 70), ("lost_cards", 14)):
            staffed = 1800 * (3 if 2 <= part < 7 else 6)
            busy = min(offered * 200, staffed - 100)
            start = f"2026-03-02T{at // 60:02d}:{at % 60:02d}:00Z"
            values = (
                queue, start, 1800, offered, offered, offered * 4 // 5, 0, 0, offered * 10, offered * 200, offered,
                busy, staffed - busy, staffed,
            )  # fmt: skip
            rows.append(dict(zip(NAMES, values, strict=True)))
    return rows


def written(folder: Path, more: str = "") -> Path:
    """The configuration and the rows in a folder; `more` is added to the configuration."""
    (folder / "config.yaml").write_text(CONFIGURATION + more, encoding="utf-8")
    lines = [",".join(NAMES), *(",".join(map(str, row.values())) for row in pool_day())]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
