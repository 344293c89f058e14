"""Worked cases of the hour that occurs twice when summer time ends, for files of intervals."""

from pathlib import Path

from case_runs import replayed, rows_of


def test_a_row_that_holds_both_passes_is_no_volume_of_either(shared_cases: Path, tmp_path: Path) -> None:
    """The twin hour rests on the row of the other; both say so, neither is missing, and no rule speaks of them."""
    url = replayed(shared_cases / "twin-sources", tmp_path, acd="data.csv", plan="plan.csv")
    before, first, second, after = rows_of(url)
    assert [row["interval_start"][11:16] for row in (before, first, second, after)] == [
        "04:00",
        "05:00",
        "06:00",
        "07:00",
    ]
    assert (first["offered"], first["integrity"]) == (34, "ambiguous_hour")
    assert (second["status"], second["offered"], second["integrity"]) == ("final", None, "ambiguous_hour")
    assert second["sources"].split(";")[0] == first["sources"].split(";")[0] == "data.csv:2-2"
    assert (before["integrity"], after["integrity"]) == ("ok", "ok")
    assert not {"volume_high", "volume_low"} & {*(first["plan"] or "").split(";"), *(second["plan"] or "").split(";")}
    twins = {first["interval_start"], second["interval_start"]}
    assert [breach for breach in rows_of(url, "breaches") if breach["interval_start"] in twins] == []
    messages = [breach["message"] for breach in rows_of(url, "breaches")]
    assert not any("no data" in message or "01:00" in message for message in messages)
