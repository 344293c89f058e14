"""`intervalwatch alerting`: the files it writes, and a test message by every channel of a team."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mail_server import MailServer
from processes import running_services
from ruamel.yaml import YAML
from services_stand_in import Services

from config.errors import UserError
from intervalwatch.commands.alerting import alerting

EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "monitor.yaml"


def _run(*arguments: object) -> Any:
    return CliRunner().invoke(alerting, [str(each) for each in arguments], standalone_mode=False)


def test_it_writes_the_files_and_all_that_they_name(tmp_path: Path) -> None:
    """Rules, scrape configuration, routing and templates; addresses are those that were given."""
    options = ("--worker", "10.0.0.1:6066", "--worker", "10.0.0.2:6066", "--alertmanager", "am:9093")
    done = _run("--config", EXAMPLE, "--output", tmp_path, *options, "--web", "https://web/", "--token-file", "")
    assert done.return_value == 0
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {
        "alertmanager/alertmanager.yml",
        "alertmanager/templates/intervalwatch.tmpl",
        "prometheus/alerts.yml",
        "prometheus/prometheus.yml",
        "prometheus/recording.yml",
    }
    assert {str(tmp_path / name) for name in names} == set(done.output.split())
    prometheus = YAML(typ="safe").load((tmp_path / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    assert prometheus["scrape_configs"][0]["static_configs"] == [{"targets": ["10.0.0.1:6066", "10.0.0.2:6066"]}]
    assert prometheus["scrape_configs"][1]["static_configs"] == [{"targets": ["am:9093"]}]
    assert "authorization" not in prometheus["scrape_configs"][0]
    assert "https://web/api/relay/desk?channel=webhook" in (tmp_path / "alertmanager/alertmanager.yml").read_text(
        "utf-8"
    )


def test_no_secret_stands_in_a_generated_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and variables are named, and never read."""
    (tmp_path / "slack").write_text("https://hooks.example.com/T0PSECRET", encoding="utf-8")
    monkeypatch.setenv("DUTY", "https://hooks.example.com/T0PSECRET")
    path = tmp_path / "c.yaml"
    people = f"{{ana: {{slack: {{url_file: {tmp_path / 'slack'}}}}}, duty: {{webhook: {{url_env: DUTY}}}}}}"
    teams = "teams: {ops: {people: [ana, duty]}}, routes: [{team: ops}]"
    path.write_text(f"notify: {{people: {people}, {teams}}}\n", encoding="utf-8")
    assert _run("--config", path, "--output", tmp_path / "out").return_value == 0
    texts = [each.read_text(encoding="utf-8") for each in (tmp_path / "out").rglob("*") if each.is_file()]
    assert not any("T0PSECRET" in text for text in texts)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "nothing to do; name a folder with --output, or a team with --test"),
        (("--test", "flor"), '--test flor: no such team; did you mean "floor"? known: floor'),
        (("--output", "/proc/nowhere"), "--output /proc/nowhere: cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_line(options: tuple[str, ...], message: str) -> None:
    """A team that is not there, or a folder that cannot be made, says so."""
    with pytest.raises(UserError) as error:
        CliRunner().invoke(
            alerting, ["--config", str(EXAMPLE), *options], standalone_mode=False, catch_exceptions=False
        )
    assert message in str(error.value)


@pytest.fixture
def services() -> Iterator[tuple[Services, int]]:
    """The services, and their port."""
    with running_services() as found:
        yield found


def test_every_channel_of_a_team_is_tried_and_says_what_came_back(
    services: tuple[Services, int], tmp_path: Path
) -> None:
    """Mail server, robots and webhook take it; a robot that refuses and a mailbox that is none are told by code 1."""
    found, port = services
    found.refuses["dingtalk"] = (200, '{"errcode": 310000, "errmsg": "keywords not in content"}')
    kinds = ("slack", "teams", "wecom", "dingtalk", "feishu", "webhook")
    for kind in kinds:
        (tmp_path / kind).write_text(f"http://127.0.0.1:{port}/{kind}\n", encoding="utf-8")
    channels = ", ".join(f"{kind}: {{url_file: {tmp_path / kind}}}" for kind in kinds)
    with MailServer(refuses="gone@") as mail:
        path = tmp_path / "c.yaml"
        path.write_text(
            f"notify:\n"
            f"  people:\n"
            f"    ana: {{email: ana@example.com, language: zh}}\n"
            f"    bo: {{email: gone@example.com}}\n"
            f"    room: {{{channels}}}\n"
            f"  teams: {{ops: {{people: [ana, bo, room]}}}}\n"
            f"smtp: {{host: 127.0.0.1, port: {mail.port}, from: iw@example.com, starttls: false}}\n",
            encoding="utf-8",
        )
        done = _run("--config", path, "--test", "ops")
        [message] = mail.received("ana@example.com")
    assert done.return_value == 1
    lines = {tuple(line.split()[:2]): line.split(maxsplit=2)[2] for line in done.output.splitlines()}
    assert lines["ana", "email"] == f"taken: 127.0.0.1:{mail.port}"
    assert lines["bo", "email"].startswith("NOT TAKEN: email: 127.0.0.1")
    assert lines["room", "dingtalk"].startswith("NOT TAKEN: dingtalk: refused: 200 ")
    assert {kind for kind in kinds if lines["room", kind].startswith("taken: ")} == set(kinds) - {"dingtalk"}
    assert (message.subject, message.body.strip()) == (
        "intervalwatch：测试消息",
        "这是一条测试消息。发给 ana 的告警会到达这里。",
    )
