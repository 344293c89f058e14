"""`intervalwatch map`: a file in, a source out, with what it gives."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.settings import load
from intervalwatch.commands.map import map as map_command

HEADER = (
    "Warteschlange;Datum;Uhrzeit;Anrufe angeboten;Anrufe angenommen;Anrufe verloren;Angenommen in 20s;"
    "Servicelevel %;Ø Gesprächszeit (s);Ø Nachbearbeitung (s)"
)
GERMAN = f"""{HEADER}
Verkauf;02.03.2026;08:00;40;38;2;33;82,5;182,4;31,2
Verkauf;02.03.2026;08:30;52;47;5;36;69,2;191,0;29,9
Verkauf;02.03.2026;09:00;61;55;6;41;67,2;188,2;30,1
Service;02.03.2026;08:00;22;22;0;20;90,9;240,5;60,2
Service;02.03.2026;08:30;25;24;1;21;84,0;251,3;58,3
Service;02.03.2026;09:00;28;26;2;22;78,6;247,7;61,0
"""


def _map(*arguments: object) -> Result:
    return CliRunner().invoke(
        map_command, [str(one) for one in arguments], catch_exceptions=False, standalone_mode=False
    )


def _file(folder: Path, text: str, name: str = "acd.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def test_a_german_export_is_mapped_without_an_open_guess(tmp_path: Path) -> None:
    """Encoding, delimiter, decimal comma, dates, counts, averages and threshold are all there, and nothing is open."""
    result = _map(_file(tmp_path, GERMAN, encoding="windows-1252"))
    assert result.return_value == 0
    assert "check:" not in result.output
    for line in (
        "encoding: windows-1252",
        'delimiter: ";"',
        'decimal: ","',
        "interval_minutes: 30",
        "threshold_seconds: 20",
        'interval_start: {columns: [Datum, Uhrzeit], format: "%d.%m.%Y %H:%M"}',
        "answered_within: Angenommen in 20s",
        "talk_seconds: {product: [Ø Gesprächszeit (s), Anrufe angenommen]}",
        "handled: Anrufe angenommen",
        "service_level_reported: {column: Servicelevel %, percent: true}",
        "6 rows read, 6 accepted, 0 filtered, 0 refused",
        "can give service level S1, abandon rate, AHT",
    ):
        assert line in result.output


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    """A new configuration has the site, the queues and the source, and can be loaded."""
    config = tmp_path / "monitor.yaml"
    result = _map(_file(tmp_path, GERMAN), "--write", config)
    assert result.return_value == 0
    configuration = load([config])
    assert list(configuration.sources) == ["acd"]
    assert configuration.configured_queues() == [("centre", "Verkauf"), ("centre", "Service")]


def test_a_sum_that_is_called_like_an_average_is_marked(tmp_path: Path) -> None:
    """An answer delay of 400 s and more is a sum over 40 calls, or a mean that is unusual: the line is marked."""
    rows = "".join(f"q,2026-03-02 {8 + n // 2:02}:{n % 2 * 30:02},{30 + n},{400 + n * 55}\n" for n in range(12))
    text = "Queue,Interval,Answered,Answer Delay (s)\n" + rows
    (line,) = [one for one in _map(_file(tmp_path, text)).output.splitlines() if "wait_seconds:" in one]
    assert "# check: sum or average?" in line


def test_a_column_of_numbers_that_nobody_understands_is_marked(tmp_path: Path) -> None:
    """It may be a count or a part of the handling; a text that is not used is not marked."""
    rows = "".join(f"q,2026-03-02 {8 + n // 2:02}:{n % 2 * 30:02},{30 + n},{90 * n},x\n" for n in range(12))
    out = _map(_file(tmp_path, "Queue,Interval,Answered,Zorbed,Remark\n" + rows)).output
    assert "# check: not understood, and not used: Zorbed\n" in out
    assert "# not used: Remark" in out


def test_a_file_of_days_is_told(tmp_path: Path) -> None:
    """Rows a day apart give no interval: the command says so, writes nothing and ends with 1."""
    text = "Date,Queue,Offered,Answered,Abandoned\n2026-03-02,a,400,380,20\n2026-03-03,a,410,395,15\n"
    config = tmp_path / "monitor.yaml"
    result = _map(_file(tmp_path, text), "--write", config)
    assert result.return_value == 1
    assert "a file of days is none of intervals" in result.output
    assert not config.exists()


@pytest.mark.parametrize(
    ("text", "format_name"),
    [
        (
            "1772438400|1772438400.1|support|NONE|ENTERQUEUE||0123\n1772438409|1772438400.1|support|SIP/1|CONNECT|9|x|2\n",
            "queue_log",
        ),
        (
            '{"ContactId": "a", "Channel": "VOICE", "InitiationMethod": "INBOUND", "Queue": {"Name": "sales"}}\n',
            "amazon_connect",
        ),
        ('{"results": [{"group": {"queueId": "q", "mediaType": "voice"}, "data": []}]}', "genesys"),
        ("ROW_DATE|STARTTIME|INTRVL|SPLIT|CALLSOFFERED|ACDCALLS\n2026-03-02|930|30|17|40|38\n", "avaya_cms"),
    ],
)
def test_known_layouts_are_recognised_by_their_formats(tmp_path: Path, text: str, format_name: str) -> None:
    """A log or feed with a layout of its own is read by its own format."""
    assert f"format: {format_name}\n" in _map(_file(tmp_path, text, name="any.txt")).output
