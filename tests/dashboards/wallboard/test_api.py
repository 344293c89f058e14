"""`/api/intervals` and `/api/breaches`: the export's columns and filters, from history or from the screens' rows."""

import csv
import io
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from wallboard_rows import AT_NOON, breach, configuration, final, written

from config.errors import UserError
from dashboards.wallboard.server import make_app
from dashboards.wallboard.state import View
from streams.columns import BREACH_COLUMNS, RESULT_COLUMNS
from streams.groups import GROUP_COLUMNS
from streams.history.store import Store

HOSTILE = '=cmd|"/c calc"!A1'


def client_of(view: View, store: Store | None) -> TestClient:
    """A client of a server over a view and a history."""
    app = make_app(view, health=lambda: (True, "ok"), now=lambda: AT_NOON, registry=CollectorRegistry(), store=store)
    return TestClient(TestServer(app))


@pytest.fixture
def history(tmp_path: Path) -> Store:
    """Three intervals of `sales`, one corrected; one of a queue that would be a formula; a breach."""
    store = Store(f"sqlite:///{tmp_path}/history.db")
    rows = [final("sales", number) for number in range(3)]
    rows.append(final("sales", 1, 0.5, revision=2, status="corrected", reason="late contact c1: offered 100 -> 101"))
    store.write_results([written(row, place) for place, row in enumerate(rows)])
    store.write_results([written(final(HOSTILE, 0), 0)])
    store.write_breaches([breach(), breach(sequence=2, state="resolved", interval_start="2026-03-02T11:00:00Z")])
    return store


@pytest_asyncio.fixture(params=["history", "view"])
async def client(request: pytest.FixtureRequest, history: Store, tmp_path: Path) -> AsyncIterator[TestClient]:
    """The same rows behind `/api`, once from history and once from the screens' memory."""
    view = View(configuration(tmp_path))
    view.seed(history, "2026-03-02T00:00:00Z")
    async with client_of(view, history if request.param == "history" else None) as opened:
        yield opened


async def test_intervals_have_the_exports_columns_in_order(client: TestClient) -> None:
    """Every column of the reference, and nothing else."""
    rows = await (await client.get("/api/intervals")).json()
    assert len(rows) == 5
    assert all(tuple(row) == RESULT_COLUMNS for row in rows)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"queue": "sales"}, 4),
        ({"queue": HOSTILE}, 1),
        ({"queue": "sales", "latest_only": "true"}, 3),
        ({"program": "retail"}, 5),
        ({"program": "none"}, 0),
        ({"from": "2026-03-02T08:30:00Z"}, 3),
        ({"from": "2026-03-02T09:30:00+01:00", "to": "2026-03-02T10:00:00+01:00"}, 2),
        ({"to": "2026-03-02T08:30:00Z"}, 2),
    ],
)
async def test_filters_are_those_of_the_export(client: TestClient, query: dict[str, str], found: int) -> None:
    """from, to, program, queue and latest_only choose rows as the command does."""
    rows = await (await client.get("/api/intervals", params=query)).json()
    assert len(rows) == found


async def test_only_the_last_revision_is_the_correction(client: TestClient) -> None:
    """latest_only keeps revision 2 of the interval that has one."""
    rows = await (await client.get("/api/intervals?queue=sales&latest_only=1")).json()
    by_start = {row["interval_start"]: row for row in rows}
    assert by_start["2026-03-02T08:30:00Z"]["revision"] == 2
    assert by_start["2026-03-02T08:30:00Z"]["service_level"] == 0.5


async def test_a_plus_that_was_not_escaped_is_understood(client: TestClient) -> None:
    """`from=…+01:00` typed into a browser arrives with a blank."""
    answer = await client.get("/api/intervals?from=2026-03-02T09:30:00+01:00&queue=sales")
    assert len(await answer.json()) == 3


async def test_csv_is_safe_to_open_in_a_spreadsheet(client: TestClient) -> None:
    """A queue's name that begins like a formula is prefixed, as in the export."""
    answer = await client.get("/api/intervals", params={"format": "csv", "queue": HOSTILE})
    assert answer.content_type == "text/csv"
    header, row = list(csv.reader(io.StringIO(await answer.text())))
    assert tuple(header) == RESULT_COLUMNS
    assert row[header.index("queue")] == f"'{HOSTILE}"


async def test_breaches_have_the_exports_columns(client: TestClient) -> None:
    """Each record of a breach's life is a row; causes are a list."""
    rows = await (await client.get("/api/breaches")).json()
    assert [tuple(row) for row in rows] == [BREACH_COLUMNS, BREACH_COLUMNS]
    assert [row["state"] for row in rows] == ["opened", "resolved"]
    assert rows[0]["causes"][0] == {"cause": "volume", "effect": -0.3}


async def test_an_empty_answer_is_an_empty_list(client: TestClient) -> None:
    """Nothing found is [], and in CSV a header alone."""
    assert await (await client.get("/api/breaches?queue=none")).json() == []
    text = await (await client.get("/api/breaches?queue=none&format=csv")).text()
    assert text.splitlines() == [",".join(BREACH_COLUMNS)]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("from=yesterday", "from"),
        ("to=2026-03-02T10:00:00", "to"),
        ("format=xlsx", "format"),
        ("latest_only=perhaps", "latest_only"),
        ("qeue=sales", "qeue"),
        ("queue=a&queue=b", "queue"),
        ("from=99999999-01-01T00:00:00Z", "from"),
    ],
)
async def test_a_wrong_filter_is_named(client: TestClient, query: str, named: str) -> None:
    """400 with one line that begins with the filter; never half an answer."""
    answer = await client.get(f"/api/intervals?{query}")
    assert answer.status == 400
    assert (await answer.json())["error"].startswith(f"{named}:")


async def test_latest_only_means_nothing_for_breaches(client: TestClient) -> None:
    """As in the command, it is refused."""
    assert (await client.get("/api/breaches?latest_only=true")).status == 400


async def test_a_database_that_fails_is_an_error_and_not_half_a_file(tmp_path: Path) -> None:
    """503 with the reason before any row has left."""

    class Broken(Store):
        def reading(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 - stands in for a failing database
            raise UserError("history: does not answer")

    with Broken(f"sqlite:///{tmp_path}/history.db") as store:
        async with client_of(View(configuration(tmp_path)), store) as client:
            answer = await client.get("/api/intervals")
            assert answer.status == 503
            assert "does not answer" in (await answer.json())["error"]


def test_a_year_goes_out_in_bounded_memory(tmp_path: Path) -> None:
    """Answering with 40,000 rows takes little more memory than answering with 4,000."""
    script = tmp_path / "stream.py"
    script.write_text(
        "import asyncio, pathlib, resource, sys\n"
        "sys.path[:0] = sys.argv[1:3]\n"
        "from aiohttp.test_utils import TestClient, TestServer\n"
        "from prometheus_client import CollectorRegistry\n"
        "from dashboards.wallboard.server import make_app\n"
        "from dashboards.wallboard.state import View\n"
        "from streams.history.store import Store\n"
        "from wallboard_rows import AT_NOON, configuration, final, written\n"
        "folder = pathlib.Path(sys.argv[3])\n"
        "store = Store(f'sqlite:///{folder}/large.db')\n"
        "for queue in range(40):\n"
        "    store.write_results([written(final(f'q{queue}', n), n) for n in range(1000)])\n"
        "async def read(client, path):\n"
        "    size = 0\n"
        "    async for part in (await client.get(path)).content.iter_chunked(65536): size += len(part)\n"
        "    return size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "async def main():\n"
        "    app = make_app(View(configuration(folder)), health=lambda: (True, 'ok'), now=lambda: AT_NOON,\n"
        "                   registry=CollectorRegistry(), store=store)\n"
        "    async with TestClient(TestServer(app)) as client:\n"
        "        await read(client, '/api/intervals?to=2026-03-04T10:00:00Z')\n"
        "        small, before = await read(client, '/api/intervals?to=2026-03-04T10:00:00Z')\n"
        "        large, after = await read(client, '/api/intervals')\n"
        "        assert large > 9 * small, (small, large)\n"
        "        assert after - before < 40_000, (before, after)\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, script, root, root / "tests" / "support", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


async def test_groups_are_summed_up_when_they_are_asked_for(client: TestClient) -> None:
    """The intervals and the day of a program have the columns of the export and its filters, from either place."""
    rows = await (await client.get("/api/groups?kind=program&group=retail")).json()
    assert {tuple(row) for row in rows} == {GROUP_COLUMNS}
    assert [(row["period"], row["interval_start"]) for row in rows][-2:] == [
        ("interval", "2026-03-02T09:00:00Z"),
        ("day", "2026-03-01T23:00:00Z"),
    ]
    assert await (await client.get("/api/groups?kind=pool")).json() == []
    text = await (await client.get("/api/groups?format=csv&from=2026-03-02T09:00:00Z")).text()
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("kind=team", "kind: found 'team'; use program, site, pool"),
        ("queue=sales", "queue: is no filter; known are from, to, kind, group, format"),
    ],
)
async def test_a_filter_that_no_group_has_is_refused(client: TestClient, query: str, reason: str) -> None:
    """An unknown kind or parameter is answered with 400 and the reason."""
    response = await client.get(f"/api/groups?{query}")
    assert response.status == 400
    assert (await response.json())["error"] == reason
