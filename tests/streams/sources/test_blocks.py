"""Columns of cells: the same texts as bytes, as different texts with codes, and row by row."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.sources.blocks import Cells, TextColumn

TEXTS = st.lists(st.text(st.sampled_from("aé 1"), max_size=3), min_size=1, max_size=20)


@settings(deadline=None)
@given(TEXTS, st.integers(0, 3), st.data())
def test_every_view_shows_the_same_texts(texts: list[str], cut: int, data: st.DataObject) -> None:
    """Trimmed texts, codes and bytes agree, also for a column that is a part of another."""
    start = min(cut, len(texts) - 1)
    column = TextColumn(pa.array(texts, pa.string())[start:])
    texts = texts[start:]
    trimmed = [text.strip() for text in texts]
    assert column.texts() == trimmed
    assert [column.coded.texts[code] for code in column.coded.codes.tolist()] == trimmed
    assert column.widths.tolist() == [len(text.encode()) for text in texts]
    row = data.draw(st.integers(0, len(texts) - 1))
    assert column.text(row) == trimmed[row]
    width = len(texts[row].encode())
    rows = np.array([place for place, text in enumerate(texts) if len(text.encode()) == width], dtype=np.int64)
    found = column.matrix(rows, width)
    assert [bytes(line).decode() for line in found] == [texts[place] for place in rows.tolist()]
    assert column.some(rows).texts() == [trimmed[place] for place in rows.tolist()]


def test_rows_can_be_left_out() -> None:
    """The rows that are kept keep their order."""
    cells = Cells({"a": pa.array(["x", "y", "z"], pa.string())}, 3).kept(np.array([True, False, True]))
    assert (cells.count, cells.column("a").texts()) == (2, ["x", "z"])
