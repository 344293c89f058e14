"""`python -m intervalwatch`, where the console script is not on PATH."""

import sys
from pathlib import Path


def _leave_current_folder() -> None:
    """Take the current folder, which `-m` puts first, off the path, unless the program itself lies there.

    A `config.py` or a folder `agents/` of the user's would otherwise hide the program's own packages.
    """
    if not sys.flags.safe_path and Path(sys.path[0]).resolve() != Path(__file__).resolve().parents[1]:
        del sys.path[0]


if __name__ == "__main__":
    _leave_current_folder()
    from intervalwatch.main import main

    main()
