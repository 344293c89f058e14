"""Make `tests/golden/sums/` anew: the judgements of today's rules on the golden input.

    PYTHONPATH=$PWD:$PWD/tests/support python tests/golden/make_sums.py

Only a change of the rules that is meant changes them; the commit that holds them says why.
"""

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

from golden_history import (
    GOLDEN,
    UNTIL,
    Engines,
    as_form_1,
    database,
    golden_states,
    in_order,
    judged,
    read_configuration,
    read_records,
    replayed,
)

from streams.history.store import Store

__all__: list[str] = []


def _write(name: str, judgements: dict[str, Any]) -> None:
    text = json.dumps(judgements, ensure_ascii=False, indent=0)
    (GOLDEN.parent / "sums" / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def main() -> None:
    """Replay the golden input, continue the golden state, and write the judgements of both."""
    configuration, records = read_configuration(), read_records()
    with tempfile.TemporaryDirectory() as folder:
        _, _, again, breaches = replayed(Path(folder), configuration, records)
        _write("replayed", {"results": judged(as_form_1(again)), "breaches": breaches})
        count, queues, _, _ = golden_states()
        continued = Engines(configuration, "b", queues).apply(records[count:]).end(UNTIL)
        with Store(database(Path(folder), "noon.db"), create=False) as store:
            heads = {queue: last for queue, (_, last) in store.heads().items()}
        rows = as_form_1(in_order(continued.results), heads)
        _write("continued", {"results": judged(rows), "breaches": continued.breaches})


if __name__ == "__main__":
    main()
