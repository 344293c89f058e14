"""Values that fuzz tests put where others belong, as JSON text, and a message to put them into."""

import json
from typing import Final

from hypothesis import strategies as st

__all__ = ["DAY", "INSTANTS", "TOKENS"]

INSTANTS: Final = st.one_of(
    st.sampled_from(
        [
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59.999999-23:59",
            "1970-01-01T00:00:00Z",
            "1979-12-31T23:59:59Z",
            "2026-03-02T10:30:05.001Z",
            "2999-12-31T23:59:59Z",
            "3000-01-01T00:00:00Z",
            "2026-02-30T10:00:00Z",
            "2026-03-02T24:00:00Z",
            "2026-03-02T10:00:60Z",
            "2026-03-02t10:00:00z",
            "2026-03-02 10:00:00+00:00",
            "",
        ]
    ),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
)
TOKENS: Final = st.one_of(
    st.sampled_from(
        [
            "1e308",
            "-1e308",
            "1e999",
            "1e-400",
            "-0",
            "0.0005",
            "NaN",
            "Infinity",
            "null",
            "true",
            "[]",
            "{}",
            "[[]]",
            '""',
            r'"\ud800"',
            r'"\udc00\ud800"',
            r'"a\u0000b"',
            r'"\u2028"',
            "9" * 400,
            "1" + "0" * 30,
            "9223372036854775808",
            '"' + "x" * 300 + '"',
            '"' + "é" * 257 + '"',
            "[" * 2000 + "]" * 2000,
            '["sales", "other"]',
            '["", ""]',
            "\t1\n",
        ]
    ),
    INSTANTS.map(json.dumps),
    st.text().map(json.dumps),
    st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
    st.integers().map(json.dumps),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(json.dumps),
)

DAY: Final = {
    "program": "retail", "queue": "sales", "day": "2026-03-02", "next_day": "2026-03-03", "timezone": "UTC",
    "interval_start_ms": 0, "interval_ms": 1_800_000, "handled_by": [["2026-03", "a", None, None, 1, 2]],
}  # fmt: skip
