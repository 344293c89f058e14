"""Limits that later releases added: read like any setting, and no change of a parameter version at their default."""

from pathlib import Path

import pytest

from config.errors import UserError
from config.settings import load

DAY = 86_400_000


def test_limits_have_defaults_and_can_be_set_anywhere(tmp_path: Path) -> None:
    """The site sets them, and a queue sets them again."""
    path = tmp_path / "m.yaml"
    path.write_text(
        "site: {oldest_record_days: 100, max_unconfigured_queues: 5}\n"
        "programs: [{id: retail, queues: [{id: sales, dormant_days: 2, max_wait_seconds: 900}]}]\n",
        encoding="utf-8",
    )
    (sales,), (other,) = load([path]).queue("sales"), load([path]).queue("other")
    assert (sales.oldest_record_ms, sales.dormant_ms, sales.max_unconfigured_queues) == (100 * DAY, 2 * DAY, 5)
    assert (other.oldest_record_ms, other.dormant_ms) == (100 * DAY, 35 * DAY)
    assert (sales.max_wait_ms, other.max_wait_ms) == (900_000, 4 * 3_600_000)


def test_a_limit_at_its_default_is_no_change_of_a_version(tmp_path: Path) -> None:
    """History of an earlier release holds versions without them; written out at the default they are the same."""
    hashes = []
    defaults = "oldest_record_days: 400, dormant_days: 35, max_unconfigured_queues: 1000, max_wait_seconds: 14400"
    for text in ("", defaults, "dormant_days: 36"):
        path = tmp_path / "m.yaml"
        path.write_text(f"site: {{{text}}}\n", encoding="utf-8")
        settings = load([path]).last
        hashes.append(settings.content_hash)
        assert ("dormant_ms" in settings.content[0]) == ("36" in text)
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    "text", ["oldest_record_days: 0", "dormant_days: forever", "max_unconfigured_queues: -1", "max_wait_seconds: 0"]
)
def test_a_limit_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """The message names the key."""
    path = tmp_path / "m.yaml"
    path.write_text(f"site: {{{text}}}\n", encoding="utf-8")
    with pytest.raises(UserError, match=text.split(":", maxsplit=1)[0]):
        load([path])
