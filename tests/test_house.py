"""The house's own limits: how large rooms, modules, classes and functions may be, and what each must have."""

import ast
import re
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from radon.complexity import cc_rank, cc_visit
from radon.visitors import Function

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGES: Final = ("copc", "config", "streams", "agents", "dashboards", "intervalwatch")
MODULES: Final = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS: Final = sorted(path for path in (ROOT / "tests").rglob("test_*.py"))

MODULES_OF_A_FOLDER: Final = 15
LARGER_FOLDERS: Final = {"copc", "intervalwatch/commands"}
"""One formula's module beside the other, and one module for each command."""
LINES: Final = 400
METHODS: Final = 25
COMPLEX_FUNCTIONS: Final = 5
"""Functions of radon's rank D; none is of E or F."""
SCRIPTS: Final = sorted(path for folder in ("bench", "tests") for path in (ROOT / folder).rglob("*.py"))
UNCLEAR_BEGINNING: Final = re.compile(r"(?:^|[.!?:][\"')\]`]*\s+|\n\s*\n\s*)(?:- )?(?:What|Whatever|Whoever|Of)\b[^.]*")
"""A sentence, or a part of one after a colon, that begins with its object or its condition."""
VAGUE: Final = {"common", "core", "helper", "helpers", "lib", "misc", "shared", "stuff", "tools", "util", "utils"}


def name_of(path: Path) -> str:
    """The path below the root."""
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def exported(module: ast.Module) -> bool:
    """Whether `__all__` is assigned at the top level."""
    targets = [target for node in module.body if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in module.body if isinstance(node, ast.AnnAssign)]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every docstring and comment of a module, with its line; comments of adjoining lines are one text."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value.strip()
    first, last, words = 0, 0, ""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                line, text = token.start[0], token.string.lstrip("#: ")
                if line == last + 1 and token.line.lstrip().startswith("#"):
                    words = f"{words} {text}"
                else:
                    yield first, words
                    first, words = line, text
                last = line
    yield first, words


def complexities() -> Iterator[tuple[str, str]]:
    """Radon's rank of every function and method, with its place."""
    for path in MODULES:
        for block in cc_visit(path.read_text(encoding="utf-8")):
            if isinstance(block, Function):
                yield cc_rank(block.complexity), f"{name_of(path)}:{block.lineno} {block.fullname}"


def test_no_folder_holds_more_than_fifteen_modules() -> None:
    """A folder can be taken in at a glance; `copc` and the commands, one module a formula or command, may be larger."""
    held = Counter(name_of(path.parent) for path in MODULES if path.name != "__init__.py")
    large = {folder: number for folder, number in held.items() if number > MODULES_OF_A_FOLDER}
    assert large.keys() <= LARGER_FOLDERS, large


def test_no_module_is_longer_than_400_lines() -> None:
    """A module of the program is at most 400 lines long, docstrings and blank lines included."""
    long = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > LINES} == {}


def test_no_script_of_the_wallboard_is_longer_than_400_lines() -> None:
    """A script of the wallboard is at most 400 lines long."""
    scripts = {name_of(path): path for path in (ROOT / "dashboards" / "wallboard" / "static").glob("*.js")}
    assert scripts
    long = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in scripts.items()}
    assert {name: lines for name, lines in long.items() if lines > LINES} == {}


def test_no_class_has_more_than_25_methods() -> None:
    """A class has at most 25 methods, private ones and properties included."""
    large = {}
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                methods = sum(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) for each in node.body)
                if methods > METHODS:
                    large[f"{name_of(path)} {node.name}"] = methods
    assert large == {}


def test_few_functions_are_complex() -> None:
    """No function is of radon's rank E or F, and at most five are of D."""
    ranked: dict[str, list[str]] = {}
    for rank, place in complexities():
        ranked.setdefault(rank, []).append(place)
    assert ranked.get("E", []) + ranked.get("F", []) == []
    assert len(ranked.get("D", [])) <= COMPLEX_FUNCTIONS, ranked["D"]


def test_every_name_says_what_a_module_is_for() -> None:
    """No folder or module of the program is called utils, helpers, misc, common or the like."""
    vague = [name_of(path) for path in MODULES if VAGUE & {*name_of(path.with_suffix("")).split("/")}]
    assert vague == []


def test_every_module_has_a_docstring() -> None:
    """Every module of the program says in its first line what it is."""
    assert [name_of(path) for path in MODULES if not ast.get_docstring(parsed(path))] == []


def test_every_module_names_what_it_exports() -> None:
    """Every module has `__all__`, but for packages, migrations and `__main__`."""
    of_their_own = {"__init__.py", "__main__.py"}
    bare = [
        name_of(path)
        for path in MODULES
        if path.name not in of_their_own and "migrations" not in path.parts and not exported(parsed(path))
    ]
    assert bare == []


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_every_test_says_in_a_sentence_what_holds(path: Path) -> None:
    """The first paragraph of every test function's docstring is one sentence."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            summary, _, _ = (ast.get_docstring(node) or "").partition("\n\n")
            text = " ".join(summary.split())
            assert text.endswith("."), f"{node.name}: {text!r}"
            assert not re.search(r"(?<!\bSt)\. [A-Z`]", text), f"{node.name}: {text!r}"


@pytest.mark.parametrize("folder", [*PACKAGES, "bench", "tests"])
def test_no_sentence_begins_with_its_object(folder: str) -> None:
    """No sentence of a docstring or comment begins with What, Whatever, Whoever or Of."""
    unclear = [
        f"{name_of(path)}:{line} {found.group()!r}"
        for path in (*MODULES, *SCRIPTS)
        if path.relative_to(ROOT).parts[0] == folder
        for line, text in texts(path)
        for found in UNCLEAR_BEGINNING.finditer(text)
    ]
    assert unclear == []


@pytest.mark.parametrize(
    ("text", "unclear"),
    [
        ("What a queue shows.", True),
        ("The state: what a queue shows. Of the newest.", True),
        ("One line.\n\nWhoever reads it knows.", True),
        ("A rule (`a`: 1.) Whatever it says.", True),
        ("The kind of a queue, whatever it shows; what it is. Often one.", False),
    ],
)
def test_an_unclear_beginning_is_found(text: str, *, unclear: bool) -> None:
    """The words are found at the begin of a text, after a sentence, after a colon and in a new paragraph only."""
    assert bool(UNCLEAR_BEGINNING.search(text)) is unclear


def test_every_dependency_is_pinned_within_its_range() -> None:
    """`constraints.txt` has one exact version, with hashes, of all that pyproject asks for, and pyproject allows it."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.search(r" --hash=sha256:[0-9a-f]{64}", line) for line in lines)
    pins = [Requirement(line.partition(" --hash")[0]) for line in lines]
    exact = {canonicalize_name(pin.name): str(pin.specifier) for pin in pins}
    assert len(exact) == len(pins)
    assert all(re.fullmatch(r"==[^*,]+", version) for version in exact.values())
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = settings["dependency-groups"].values()
    texts = [*settings["project"]["dependencies"], *(text for group in groups for text in group)]
    asked = {canonicalize_name(each.name): each.specifier for each in map(Requirement, texts)}
    assert asked.keys() - exact.keys() == set()
    for name, allowed in asked.items():
        assert allowed.contains(exact[name].removeprefix("=="), prereleases=True), name
