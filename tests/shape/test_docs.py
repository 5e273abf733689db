"""Documents: every command, setting, route and store that exists is described in docs/reference.

What exists is asked of the program itself, so a new one fails here until it is written down.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from typer.main import get_command

from holdfast.domain.event import STORES
from tests.shape.tree import ROOT, SOURCE, modules

REFERENCE = ROOT / "docs" / "reference"


def built(name: str) -> ModuleType:
    """A module of the package; skips the test while its file does not exist."""
    path = SOURCE.joinpath(*name.split("."))
    if not path.with_suffix(".py").is_file() and not (path / "__init__.py").is_file():
        pytest.skip(f"holdfast.{name} is not built yet")
    return importlib.import_module(f"holdfast.{name}")


def undocumented(names: set[str], document: str) -> list[str]:
    """The names that stand nowhere in a document as a word of code or a part of one."""
    path = REFERENCE / document
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    code = " \n ".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL))
    return sorted(n for n in names if not re.search(rf"(?<![\w./-]){re.escape(n)}(?![\w/-])", code))


def links(text: str) -> list[str]:
    """Targets of a document's links to other files."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", prose)
    return [target for target in targets if "://" not in target]


def commands(group: Any, prefix: str = "holdfast") -> Iterator[str]:
    """Every visible command below a command group, as it is typed."""
    context = group.context_class(group, info_name=prefix)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command.hidden:
            continue
        if hasattr(command, "list_commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"


def test_every_command_is_documented() -> None:
    app = built("cli.main").app
    names = set(commands(get_command(app)))
    assert names
    assert undocumented(names, "cli.md") == []


def test_every_option_stands_in_the_section_of_its_command() -> None:
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    sections = {
        heading.split("`")[1]: body
        for heading, body in re.findall(
            r"^### ([^\n]*)\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL
        )
    }
    lacking = [
        f"{name} {option}"
        for name, command in leaves(get_command(built("cli.main").app))
        for heading, body in sections.items()
        if re.match(rf"{name}(?![\w-])", heading)
        for option in options(command)
        if not re.search(rf"`{option}(?![\w-])", body) and option not in heading
    ]
    assert lacking == []


def leaves(group: Any, prefix: str = "holdfast") -> Iterator[tuple[str, Any]]:
    """Every command with its name in full."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def options(command: Any) -> list[str]:
    """The long names of a command's options."""
    return [name for p in command.params for name in p.opts if name.startswith("--")]


def test_every_setting_is_documented_with_its_default() -> None:
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    rows = {
        f"| `{section}.{key}` | `{json.dumps(setting.default)}` |"
        for section, settings in built("settings").Settings.model_fields.items()
        for key, setting in settings.annotation.model_fields.items()
    }
    assert sorted(row for row in rows if row not in text) == []


def test_every_environment_variable_is_documented() -> None:
    names = {
        node.value
        for node in ast.walk(ast.parse((SOURCE / "settings.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and re.fullmatch(r"HOLDFAST_\w+", str(node.value))
    }
    assert undocumented(names, "settings.md") == []


def test_only_settings_reads_the_environment() -> None:
    readers = [
        module.path
        for module in modules()
        if re.search(r"os\.environ|os\.getenv|\bgetenv\(", module.text)
    ]
    assert readers == ["settings.py"]


def test_every_route_is_documented() -> None:
    contexts = list(iter_route_contexts(built("server.app").routes().routes))
    routes = {
        f"{method} {context.path.replace(':path}', '}')}"
        for context in contexts
        for method in (context.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes
    assert undocumented(routes, "http.md") == []


def test_every_store_is_documented() -> None:
    assert undocumented(set(STORES), "events.md") == []


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in links(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []
