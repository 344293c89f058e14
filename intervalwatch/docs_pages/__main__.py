"""`python -m intervalwatch.docs_pages` writes the reference pages."""

import argparse
from pathlib import Path

from intervalwatch.docs_pages import write


def _main() -> None:
    parser = argparse.ArgumentParser(description="Write the reference pages of the documentation.")
    parser.add_argument("--output", type=Path, default=Path("docs"), help="folder of the documentation")
    write(parser.parse_args().output)


if __name__ == "__main__":
    _main()
