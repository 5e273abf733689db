"""The source tree as the shape tests see it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "holdfast"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A file of ``src/holdfast``; ``path`` is relative to that folder."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The first folder, or the file's own name at the top: what the layers are made of."""
        return self.path.split("/")[0].removesuffix(".py")


@cache
def modules() -> list[Module]:
    """Every module of the package, by path."""
    return [
        Module(path.relative_to(SOURCE).as_posix(), text, ast.parse(text, path))
        for path in sorted(SOURCE.rglob("*.py"))
        for text in [path.read_text(encoding="utf-8")]
    ]


def functions(module: Module) -> Iterator[tuple[str, Function]]:
    """Every function of a module with its qualified name, those inside functions too."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield prefix + child.name, child
                yield from walk(child, f"{prefix}{child.name}.<locals>.")
            elif isinstance(child, ast.ClassDef):
                yield from walk(child, f"{prefix}{child.name}.")
            else:
                yield from walk(child, prefix)

    return walk(module.tree, "")


def docstring_lines(node: Function | ast.ClassDef | ast.Module) -> int:
    """How many lines a node's docstring takes, quotes included."""
    if ast.get_docstring(node, clean=False) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1
