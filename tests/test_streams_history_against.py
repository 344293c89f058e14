"""Latest figures held against those computed again."""

from history_rows import a_day, exported, result

from streams.history.against import differences


def test_the_same_figures_differ_in_nothing() -> None:
    """Revisions, hashes, sources, reasons and signals may differ; the latest figures may not."""
    again = [row | {"revision": 1, "hash": "x", "sources": "y", "reason": None, "signal": "low"} for row in a_day()]
    latest = {(row["queue"], row["interval_start"]): row for row in again}
    assert list(differences(exported(a_day()), latest.values())) == []


def test_a_difference_names_interval_and_figures() -> None:
    """What history says and what the records give stand side by side, for each interval that differs."""
    rows = [result("sales", 0), result("sales", 1), result("sales", 2)]
    again = [rows[0] | {"offered": 7, "service_level": None}, rows[1], result("sales", 3)]
    assert [str(finding) for finding in differences(rows, again)] == [
        (
            "queue 'sales', interval 2026-03-02T08:00:00Z: offered is 100 in history, and the raw records give 7; "
            "service_level is 0.9 in history, and the raw records give None"
        ),
        "queue 'sales', interval 2026-03-02T09:00:00Z: is in history, and the raw records do not give it",
        "queue 'sales', interval 2026-03-02T09:30:00Z: is not in history, and the raw records give it",
    ]
