"""The command line: runs a command, and turns every fault into one line and an exit code.

Exit codes (docs/reference/commands.md#exit-codes): 0 done; 1 done, and the data is wrong; 2 the command, its
configuration or its input could not be used; 130 stopped by Ctrl-C. A traceback is shown only when
`INTERVALWATCH_DEBUG` is set.
"""

import errno
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

import click

from intervalwatch.ending import own_process
from intervalwatch.packages import foreign_package

__all__ = ["cli", "main"]

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""The system's errors where a file takes no more."""
_COMMANDS: Final = {
    "demo": "Everything on one machine: simulated centre, broker, live agents, wallboard.",
    "serve": "Everything for a small centre on one machine: files in, wallboard and history out.",
    "worker": "A live worker: Kafka in, results, metrics and history out.",
    "web": "The wallboard and the history API.",
    "ingest": "Read files into Kafka.",
    "replay": "Files in, history out, no broker.",
    "export": "Interval history for auditors.",
    "verify": "Check hash chains and the arithmetic of every row.",
    "report": "What a period shows, queue by queue and item by item.",
    "assess": "The scorecard of a period, item by item, with the assessor's file.",
    "bundle": "A period's history as one signed file for an auditor.",
    "whatif": "The rest of a day if agents, volume or handle time were others.",
    "staffing": "Agents required for one interval (Erlang C or A).",
    "map": "Look at a file, and propose how it is read.",
    "check": "Validate a configuration and say what it means.",
    "dead-letters": "What was refused and why, and the way back.",
    "topics": "The topics of a broker, and more partitions for a centre that outgrows them.",
    "history": "Fill interval history from the topics.",
    "alerting": "The files of Prometheus and Alertmanager, and a test message to a team.",
    "ack": "Note who has seen an incident, and what is being done.",
    "act": "Note what caused an incident, what was done, and what came of it.",
    "publish-dashboards": "Folders, data sources and dashboards into Grafana.",
}
"""The commands and their help lines. Each is a module of `intervalwatch.commands`, imported when it is called."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in _COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"intervalwatch.commands.{name}")
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="intervalwatch")
def cli() -> None:
    """Watch a contact centre by the interval: service level, staffing and quality, after the COPC-2000 CSP standard."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    own_process()
    if arguments is None and foreign_package() is None:
        from intervalwatch.process_list import hide_secrets  # noqa: PLC0415 - only now is it known that `config` is ours

        hide_secrets(sys.argv)
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:  # noqa: PLR0911 - one return a kind of ending
    """Run the command line; returns the exit code."""
    fault = foreign_package()
    if fault is not None:
        click.echo(f"intervalwatch: {fault}", err=True)
        return 2
    from config.errors import UserError  # noqa: PLC0415 - only now is it known that `config` is ours

    try:
        code = cli.main(args=None if arguments is None else list(arguments), standalone_mode=False)
        sys.stdout.flush()  # a full disk is told here, not by a traceback at the end
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 128 + signal.SIGINT
    except click.ClickException as error:
        _say(error.format_message())
        return 2
    except UserError as error:
        _say(str(error))
        return 2
    except BrokenPipeError:
        # The reader of our output is gone, so no message would reach it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            return _fault(error)
        # Python would try again at the end to write the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _say(f"standard output: cannot be written ({error.strerror}); make room where it goes")
        return 2
    except Exception as error:  # noqa: BLE001 - told as what it is, or raised again
        return _fault(error)
    return code if isinstance(code, int) else 0


def _fault(error: Exception) -> int:
    """Tell of a fault that no user can have caused."""
    if os.environ.get("INTERVALWATCH_DEBUG"):
        raise error
    _say(
        f"this is a fault of the program, not yours: {type(error).__name__}: {error}; "
        f"set INTERVALWATCH_DEBUG=1 and run it again to see where"
    )
    return 2


def _say(message: str) -> None:
    """Print a message of our own or of a library, escaped and without secrets."""
    from config.shown_text import escaped, without_secrets  # noqa: PLC0415 - only now is it known that `config` is ours

    line = escaped(without_secrets(" ".join(message.split()), sys.argv))
    click.echo(f"intervalwatch: {' '.join(line.split())}", err=True)
