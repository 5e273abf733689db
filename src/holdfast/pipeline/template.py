"""Templates that can say little: variables, conditions, loops and a few filters.

Jinja2's sandbox keeps a template from reaching Python; what it does not bound is time and memory.
So only the syntax listed here compiles, and loops, numbers and output are counted as it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context

from holdfast.errors import SettingsError

MOST_STEPS = 10_000
"""Steps of all loops of one message together."""
LONGEST_OUTPUT = 2_000_000
LARGEST_NUMBER = 10**9
LONGEST_RANGE = 1_000

SYNTAX: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.If, nodes.CondExpr, nodes.For,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul,
    nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.List, nodes.Tuple,
    nodes.Call, nodes.Keyword,
)  # fmt: skip
"""Left out: all that can grow a value step by step (set, macros, ``~``, ``**``), and all that
reaches for another file."""

FILTERS = frozenset(
    {
        "count", "default", "first", "int", "join", "last", "length", "lower", "reverse",
        "trim", "truncate", "upper",
    }
)  # fmt: skip
TESTS = frozenset(
    {
        "defined", "undefined", "none", "string", "number", "even", "odd", "divisibleby",
        "in", "eq", "ne", "lt", "gt",
    }
)  # fmt: skip

COUNTED = "counted"
BUDGET = "loop budget"
"""No template can name it: it has a space."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template with the variables it reads and the lines where it does."""

    template: Template
    variables: tuple[tuple[int, str], ...]
    file: str


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        for side in (left, right):
            if not isinstance(side, int | float) or abs(side) > LARGEST_NUMBER:
                raise SecurityError(f"{operator!r} takes numbers up to {LARGEST_NUMBER} only")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return not callable(value) and super().is_safe_attribute(obj, attr, value)

    def is_safe_callable(self, obj: Any) -> bool:
        return obj is _range


def compile_template(source: str, *, file: str, line: int) -> Compiled:
    """A template from a message's source, which starts on ``line`` of ``file``.

    Raises ``SettingsError`` naming file and line.
    """
    # Leading line ends make Jinja2 count lines as the file does.
    padded = "\n" * (line - 1) + source
    try:
        tree = ENVIRONMENT.parse(padded, filename=file)
        for node in _nodes(tree):
            _refuse(node, file)
        variables = _variables(tree)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, COUNTED, [], [], None, None, lineno=loop.lineno)
        template = ENVIRONMENT.from_string(tree)
    except TemplateSyntaxError as e:
        raise SettingsError(f"{file}:{e.lineno}: {e.message}") from e
    except RecursionError as e:
        raise SettingsError(f"{file}:{line}: nested too deeply") from e
    return Compiled(template, variables, file)


def render_template(compiled: Compiled, variables: Mapping[str, object]) -> str:
    """The text of a template, trimmed.

    Raises ``SettingsError`` naming file, line and variable.
    """
    template = compiled.template
    context = template.new_context({**variables, BUDGET: [MOST_STEPS]})
    parts: list[str] = []
    size = 0
    try:
        for part in template.root_render_func(context):
            size += len(part)
            if size > LONGEST_OUTPUT:
                raise SecurityError(f"more than {LONGEST_OUTPUT} characters of output")
            parts.append(part)
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as e:
        line = _line(template, e.__traceback__)
        raise SettingsError(f"{compiled.file}:{line}: {e}") from e
    return "".join(parts).strip()


def _nodes(tree: nodes.Node) -> Iterator[nodes.Node]:
    yield tree
    for child in tree.iter_child_nodes():
        yield from _nodes(child)


def _refuse(node: nodes.Node, file: str) -> None:
    where = f"{file}:{node.lineno}"
    if not isinstance(node, SYNTAX):
        raise SettingsError(f"{where}: {type(node).__name__.lower()!r} is not allowed in a prompt")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise SettingsError(
            f"{where}: no filter {node.name!r} in a prompt: use one of {', '.join(sorted(FILTERS))}"
        )
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        raise SettingsError(
            f"{where}: no test {node.name!r} in a prompt: use one of {', '.join(sorted(TESTS))}"
        )
    if isinstance(node, nodes.Call) and not _calls_range(node):
        raise SettingsError(f"{where}: a prompt calls nothing but range(): use a filter")
    # Lists of variables, nested by loops, would double with every loop.
    if isinstance(node, nodes.List | nodes.Tuple) and not _is_plain(node):
        raise SettingsError(f"{where}: a list in a prompt holds nothing but plain values")


def _calls_range(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name == "range"


def _is_plain(node: nodes.List | nodes.Tuple) -> bool:
    if isinstance(node, nodes.Tuple) and node.ctx == "store":
        return True
    return all(isinstance(item, nodes.Const) for item in node.items)


def _variables(tree: nodes.Template) -> tuple[tuple[int, str], ...]:
    free = find_undeclared_variables(tree)
    return tuple(
        (node.lineno, node.name)
        for node in tree.find_all(nodes.Name)
        if node.ctx == "load" and node.name in free
    )


def _line(template: Template, traceback: TracebackType | None) -> int:
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__jinja_template__") is template:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
    return line


@pass_context
def _counted(context: Context, values: Iterable[object]) -> Iterator[object]:
    budget = context[BUDGET]
    for value in values:
        budget[0] -= 1
        if budget[0] < 0:
            raise SecurityError(f"more than {MOST_STEPS} steps in loops")
        yield value


def _join(values: Iterable[object], separator: str = "", attribute: str | None = None) -> str:
    """As Jinja2's, but bounded, and without its conversions to markup."""
    parts: list[str] = []
    size = 0
    for value in values:
        part = str(ENVIRONMENT.getattr(value, attribute) if attribute else value)
        size += len(part) + len(separator)
        if size > LONGEST_OUTPUT:
            raise SecurityError(f"join makes more than {LONGEST_OUTPUT} characters")
        parts.append(part)
    return separator.join(parts)


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > LONGEST_RANGE:
        raise SecurityError(f"range of more than {LONGEST_RANGE} numbers")
    return numbers


def _environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    own: dict[str, Callable[..., Any]] = {"join": _join, COUNTED: _counted}
    known = environment.filters
    environment.filters = {name: known[name] for name in FILTERS} | own
    environment.tests = {name: environment.tests[name] for name in TESTS}
    environment.globals = {"range": _range}
    return environment


ENVIRONMENT = _environment()
