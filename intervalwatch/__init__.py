"""The front door: the command line, one module for each command, and `History` for analysts.

`History` is loaded when it is asked for, as pandas takes longer to load than most commands to run.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intervalwatch.analysts import History

__all__ = ["History"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the module hands on
    if name == "History":
        from intervalwatch.analysts import History  # noqa: PLC0415 - only when it is asked for

        return History
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
