"""Functions: how long, and with how many parameters."""

from __future__ import annotations

import ast

from tests.shape.tree import Function, docstring_lines, functions, modules

LINES = 60
LONG: dict[str, str] = {}
"""Functions above LINES, docstring not counted: {"path:name": reason}."""

POSITIONAL, PARAMETERS = 2, 7
WIDE: dict[str, str] = {
    "testing/plugin.py:pytest_assertrepr_compare": "a hook, whose arguments pytest names",
}
"""Public functions with more parameters: {"path:name": reason}."""

FUNCTIONS = {f"{m.path}:{name}": node for m in modules() for name, node in functions(m)}

DECORATORS = {"command", "callback", "get", "post", "put", "patch", "delete"}
"""They make a function's parameters the options of a command or the fields of a request."""


def length(function: Function) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    return lines - docstring_lines(function)


def is_public(name: str) -> bool:
    """Whether code elsewhere may call it; a class's ``__init__`` is how the class is called."""
    parts = name.split(":")[1].split(".")
    return all(part == "__init__" or not part.startswith(("_", "<")) for part in parts)


def is_boundary(name: str, function: Function) -> bool:
    """Whether people call it, not code: a command (``ask`` of cli/ask.py) or a route."""
    path, _, function_name = name.partition(":")
    calls = [node.func for node in function.decorator_list if isinstance(node, ast.Call)]
    return path == f"cli/{function_name}.py" or any(
        isinstance(call, ast.Attribute) and call.attr in DECORATORS for call in calls
    )


def excess(function: Function) -> str:
    """What is too much about a function's parameters, or nothing."""
    positional = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
    if positional[:1] in (["self"], ["cls"]):
        del positional[0]
    count = len(positional) + len(function.args.kwonlyargs)
    if len(positional) > POSITIONAL:
        return f"{len(positional)} positional parameters; make the later ones keyword-only"
    if count > PARAMETERS:
        return f"{count} parameters; pass a frozen settings object"
    return ""


def test_a_function_is_short() -> None:
    lengths = {name: length(node) for name, node in FUNCTIONS.items()}
    long = {name: lines for name, lines in lengths.items() if lines > LINES}
    assert long == {name: long.get(name, LINES) for name in LONG}


def test_a_public_function_takes_few_parameters() -> None:
    counted = {
        name: excess(node)
        for name, node in FUNCTIONS.items()
        if is_public(name) and not is_boundary(name, node)
    }
    wide = {name: problem for name, problem in counted.items() if problem}
    assert wide == {name: wide.get(name, "") for name in WIDE}
