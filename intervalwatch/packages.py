"""The check that `agents`, `config` and the other packages are this program's own.

Their names are so general that another distribution, or a folder on the path, may hold packages of the same name. The
program would then fail with an import error that explains nothing. This check runs before the first import of them.
"""

from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Final

__all__ = ["PACKAGES", "foreign_package"]

PACKAGES: Final = ("copc", "config", "streams", "agents", "dashboards")
"""The packages that are installed beside `intervalwatch`."""
_MARK: Final = b"intervalwatch"
"""Every package of ours has this word in its `__init__.py`."""


def foreign_package() -> str | None:
    """One line on the first package that is not ours, and on where it comes from; None: all are ours."""
    beside = Path(__file__).resolve().parents[1]
    for name in PACKAGES:
        spec = _find(name)
        ours = beside / name
        if spec is None:
            return f"the package {name} is missing in {beside}: install intervalwatch again"
        origin = None if spec.origin is None else Path(spec.origin).resolve()
        if origin is None or origin.parent != ours:
            where = origin or ", ".join(spec.submodule_search_locations or ()) or "an unknown place"
            return (
                f"{name} is found at {where} and hides the package of intervalwatch at {ours}: run it from another "
                f"folder, take that place off PYTHONPATH, or install intervalwatch into an environment of its own"
            )
        if _MARK not in origin.read_bytes():
            return (
                f"another distribution has overwritten {origin}: install intervalwatch into an environment of its own"
            )
    return None


def _find(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except ValueError:  # a module of that name was put into sys.modules by hand
        return ModuleSpec(name, None)
