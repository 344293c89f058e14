"""A look at a file as a whole: averages taken for sums, days taken for intervals, two records under one name."""

from typing import Any

from engine import contact

from streams.records import Contact, Snapshot
from streams.sources.batch import Batch
from streams.sources.look import Look

HOUR = 3_600_000


def looked(*records: Contact | Snapshot) -> list[str]:
    """The warnings after one batch of these records."""
    look, rows = Look(), list(range(1, len(records) + 1))
    look.add(Batch(["q"] * len(records), list(records), rows, read=len(records)))
    assert look.accepted == len(records)
    return list(look.warnings())


def interval(hour: int, **counts: Any) -> Snapshot:
    """A half hour that begins so many hours after 1970."""
    return Snapshot(hour * HOUR, HOUR // 2, hour * HOUR + HOUR // 2, **counts)


def test_an_average_that_is_taken_for_a_sum_is_told() -> None:
    """190 s of talk over 40 answered contacts is an AHT of 4.75 s, which no centre has; 212 s is one."""
    wrong = [interval(hour, answered=40, talk_ms=190_000, handled=40) for hour in range(3)]
    assert looked(*wrong)[0].startswith("AHT is 4.75 s: an average is mapped to a sum")
    right = [interval(hour, answered=40, talk_ms=40 * 212_000, handled=40) for hour in range(3)]
    assert looked(*right) == []
    assert looked(*right, interval(9, answered=10, talk_ms=50_000)) == []
    assert looked(interval(1, answered=2, talk_ms=3_000)) == []


def test_milliseconds_that_are_taken_for_seconds_are_told() -> None:
    """180,000 s of talk is no call, and two days of handling no average; a call of five minutes is one."""
    wrong = [contact(str(n), "10:00", talk=180_000) for n in range(3)]
    assert looked(*wrong)[0].startswith("AHT is 180,000 s: milliseconds are mapped to seconds")
    assert looked(*[interval(hour, answered=40, talk_ms=40 * 170_000_000) for hour in range(3)])
    assert looked(*[contact(str(n), "10:00", talk=300) for n in range(3)]) == []
    assert looked(*[contact(str(n), "10:00", talk=3.2) for n in range(3)])[0].startswith("AHT is 3.20 s")


def test_a_ratio_that_is_taken_for_a_percentage_is_told() -> None:
    """A share of 0.94 of 50 contacts is none of them as a percentage; 47 of 50 is what was meant."""
    shares = {"answered": 50, "derived": ("answered_within=0.25",)}
    assert "(multiply: 100)" in looked(*[interval(hour, **shares, answered_within=0) for hour in range(3)])[0]
    assert looked(*[interval(hour, **shares, answered_within=47) for hour in range(3)]) == []
    assert looked(*[interval(hour, answered=50, answered_within=0) for hour in range(3)]) == []


def test_rows_that_last_longer_than_they_are_counted_are_told() -> None:
    """Hours of a whole day under half hours; by chance eight of a quiet queue do not all lie on the hour."""
    hours = [interval(hour, offered=9) for hour in range(8, 18)]
    assert looked(*hours)[0].startswith("rows lie 60 minutes apart, and are counted as 30 minutes long")
    half = Snapshot(9 * HOUR + HOUR // 2, HOUR // 2, 10 * HOUR, offered=9)
    assert looked(*hours, half) == []
    assert looked(*hours[:7]) == []


def test_agents_that_are_no_seconds_are_told() -> None:
    """12 "seconds" staffed in a half hour with calls are agents, or minutes; 0 beside no calls is nothing."""
    wrong = [interval(hour, offered=30, staffed_ms=12_000) for hour in range(3)]
    assert looked(*wrong)[0].startswith("staffed agents are 0.007")
    assert looked(*[interval(hour, offered=30, staffed_ms=12 * HOUR // 2) for hour in range(3)]) == []
    assert looked(*[interval(hour, offered=0, staffed_ms=0) for hour in range(3)]) == []


def test_rows_that_share_an_identity_are_told() -> None:
    """Two rows of one interval with other counts are named; the same row twice, or in another file, is nothing."""
    one, other = interval(1, offered=10), interval(1, offered=20)
    (told,) = looked(one, interval(2, offered=1), other)
    assert told.startswith("1 row shares its identity with an earlier row")
    assert "row 3 and row 1" in told
    assert looked(one, one) == []
    look = Look()
    for record in (one, other):
        look.begin_file()
        look.add(Batch(["q"], [record], [1], read=1))
    assert list(look.warnings()) == []


def test_a_file_of_days_is_told() -> None:
    """Rows a day apart are totals of days, whatever their time says."""
    assert "a file of days is none of intervals" in looked(*[interval(24 * day, offered=9) for day in range(5)])[0]
    assert looked(*[interval(hour, offered=9) for hour in range(5)]) == []
