"""Files: their names, their length, what each begins with, and what none may hold."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import PurePath

import pytest

from tests.shape.tree import ROOT, modules

VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "manager"}

NAMES = {
    r"adapters/sql/migrations/versions/r\d{4}_[a-z]+": "in a listing, revisions stand in order",
    r"statistics/drift/[a-z]+(_[a-z]+)+": "a detector is called what its paper calls it",
    r"store/ledger/as_of": "reading as of a cut is what databases call it",
}
"""Modules whose name may be more than one word: {pattern of the path: reason}."""

LINES = 500
LONG: dict[str, str] = {}
"""Files above LINES: {path: reason}."""

FOLDERS: dict[str, str] = {}
"""Folders of modules that are no packages: {path: reason}."""

UNMIRRORED: dict[str, str] = {}
"""Unit tests that mirror no module: {path below tests/unit: reason}."""

MODULES = modules()
PARTS = {part for module in MODULES for part in module.path.removesuffix(".py").split("/")}
LENGTHS = {module.path: module.text.count("\n") for module in MODULES}


def test_no_name_is_vague() -> None:
    assert not PARTS & VAGUE, "such a name says nothing; name what the file is about"


def test_a_name_is_one_plain_word() -> None:
    word = r"[a-z][a-z0-9]*|__init__|__main__"
    plain = re.compile(rf"({word})(/({word}))*")
    paths = [module.path.removesuffix(".py") for module in MODULES]
    odd = {path for path in paths if not plain.fullmatch(path)}
    allowed = {path for path in odd for pattern in NAMES if re.fullmatch(pattern, path)}
    assert odd == allowed, "a file is one noun or verb"


def test_a_file_is_short() -> None:
    assert {path for path, lines in LENGTHS.items() if lines > LINES} == set(LONG)


def test_every_folder_is_a_package() -> None:
    folders = {parent for path in LENGTHS for parent in PurePath(path).parents}
    bare = {str(folder) for folder in folders if str(folder / "__init__.py") not in LENGTHS}
    assert bare == set(FOLDERS), "without __init__.py a folder escapes the import contract"


def test_a_module_says_what_it_is_for() -> None:
    assert [module.path for module in MODULES if not ast.get_docstring(module.tree)] == []


def test_annotations_are_not_evaluated() -> None:
    evaluated = [
        module.path
        for module in MODULES
        if module.tree.body[1:]
        and ast.unparse(module.tree.body[1]) != "from __future__ import annotations"
    ]
    assert evaluated == []


def test_unit_tests_mirror_the_source() -> None:
    unit = ROOT / "tests" / "unit"
    known = {module.path for module in MODULES}
    strays = set()
    for test in unit.rglob("test_*.py"):
        path = test.relative_to(unit)
        subject = path.with_name(path.name.removeprefix("test_"))
        package = subject.with_suffix("") / "__init__.py"
        if not {subject.as_posix(), package.as_posix()} & known:
            strays.add(path.as_posix())
    assert strays == set(UNMIRRORED), "tests/unit/a/test_b.py tests src/holdfast/a/b.py"


PRIVATE = re.compile(
    r"""(?<![\w./])/(?:work|root|opt|Users|mnt|scratch)/\w
      | (?<![\w./])/home/(?!user\b|you\b)\w
      | pypi\.org | pythonhosted\.org | index-url | find-links
    """,
    re.VERBOSE,
)
"""Folders of somebody's machine, and addresses that packages came from."""


def test_no_file_names_a_machine_or_an_index() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    found = []
    for name in set(listing.stdout.split("\0")) - {"", "tests/shape/test_files.py"}:
        path = ROOT / name
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        found += [f"{name}: {match[0]!r}" for match in PRIVATE.finditer(text)]
    assert found == []
