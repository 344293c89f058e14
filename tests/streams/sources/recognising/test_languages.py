"""Exports in further languages and their encodings: what words and letters tell is read, without a person."""

from pathlib import Path

import pytest
from export_parts import table
from mapped_samples import propose
from unseen_numbers import clock, halves

from streams.sources.recognising.cells.encodings import encoding_of

HEADS = {
    "cp1254": "Kuyruk;Tarih;Saat Aralığı;Toplam Çağrı;Cevaplanan Çağrı;Kaçan Çağrı;Ort. Bekleme Süresi;Ort. Görüşme",
    "cp949": "큐명;일자;시간대;인입호;응답호;포기호;평균 대기시간;평균 통화시간",
    "cp1250": "Fronta;Datum;Hodina;Celkem hovorů;Zodpovězené hovory;Ztracené hovory;Prům. čekání;Prům. délka hovoru",
    "cp1251": "Очередь;Дата;Интервал;Всего звонков;Принято;Потеряно;Среднее время ожидания;Среднее время разговора",
    "utf-8": "Hàng đợi;Ngày;Giờ;Tổng cuộc gọi;Cuộc gọi trả lời;Cuộc gọi nhỡ;Thời gian chờ TB;Thời gian đàm thoại TB",
}
FIELDS = ("queue", "interval_start", "offered", "answered", "abandoned", "wait_seconds", "talk_seconds", "handled")


@pytest.mark.parametrize("encoding", HEADS)
def test_a_report_of_half_hours_is_read(encoding: str, tmp_path: Path) -> None:
    """Every column has its field, whatever the language and its encoding; only whose wait it is stays open."""
    rows = [
        [h.queue, f"{h.at:%d.%m.%Y}", f"{h.at:%H:%M}-{h.end:%H:%M}", h.offered, h.answered, h.abandoned,
         clock(h.mean(h.wait)), clock(h.mean(h.talk))] for h in halves("A1", "B2", seed=31)
    ]  # fmt: skip
    head = HEADS[encoding].split(";")
    file = tmp_path / "report.csv"
    file.write_bytes(table(head, rows, ";", encoding))
    proposal = propose(file)
    assert proposal.record == "interval"
    assert [name for name in FIELDS if not proposal.mapped(name)] == []
    mapped = [proposal.entry("columns", name) for name in ("queue", "offered", "answered", "abandoned")]
    assert [None if one is None else one.value for one in mapped] == [head[0], *head[3:6]]
    assert {entry.key[1] for entry in proposal.doubts()} <= {"wait_seconds"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Очередь;Всего звонков;Принято", "windows-1251"),
        ("Очередь;Всего звонков;Принято", "koi8-r"),
        ("큐명,인입호,응답호,포기호", "cp949"),
        ("队列,呼入量,应答量,放弃量", "gb18030"),
        ("Kuyruk;Cevaplanan Çağrı;Kaçan Çağrı;Satış", "windows-1254"),
        ("Ουρά;Εισερχόμενες κλήσεις;Χαμένες κλήσεις", "windows-1253"),
    ],
)
def test_an_encoding_is_told_by_the_words_that_it_makes(text: str, encoding: str) -> None:
    """The same bytes are letters in several encodings, and words in one."""
    assert encoding_of(f"{text}\r\n1;2;3\r\n".encode(encoding), cut=False) == (encoding, "")
