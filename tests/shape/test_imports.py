"""Imports: where they stand, what importing costs, and that the declared dependencies are used."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.shape.tree import ROOT, functions, modules

LAZY_ROOMS = {
    "cli": "'holdfast --help' answers before numpy, lance and the server are loaded",
    "testing": "pytest loads its plugins in every run, also where nothing of Holdfast is tested",
    "project": "a command loads the operation that it runs, not all of them",
    "bootstrap": "only the adapters that the settings ask for are loaded",
    "adapters": "an optional vendor is loaded when it is used",
    "__init__": "'import holdfast' is quick; a public name loads what it needs",
}
"""Rooms that may import inside functions, and why."""

LAZY: dict[str, str] = {
    "pipeline/load/__init__.py:_read": "PDF, docx and HTML libraries cost half a second at start",
    "server/serve.py:serve": "gRPC is loaded when a port is asked for",
    "observation/drift/kmeans.py:kmeans": "scikit-learn would add a second to a server's start",
}
"""Other functions that do: {"path:name": reason}."""

UNIMPORTED = {
    "river": "ADWIN asks for it by name, where it is installed",
    "python-multipart": "starlette reads forms with it",
    "wordllama": "its weights are read as files; importing it would load far more",
}
"""Dependencies that no module imports: {distribution: reason}."""

HEAVY = ("lance", "pyarrow", "scipy", "sklearn", "statsmodels", "fastapi", "sqlalchemy", "openai")

MODULES = modules()


def test_imports_stand_at_the_top() -> None:
    hidden = {
        f"{module.path}:{name}"
        for module in MODULES
        if module.room not in LAZY_ROOMS
        for name, function in functions(module)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert hidden == set(LAZY)


def imported() -> set[str]:
    """Top-level names that the package imports from elsewhere."""
    names = set()
    for module in MODULES:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"holdfast"}


def test_declared_dependencies_are_the_used_ones() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = list(project["dependencies"])
    for extra in project.get("optional-dependencies", {}).values():
        requirements += extra
    declared = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in requirements}

    owners = packages_distributions()
    possible = {
        name: {d.lower().replace("_", "-") for d in owners.get(name, [name])} for name in imported()
    }
    undeclared = {name for name, distributions in possible.items() if not distributions & declared}
    assert undeclared == set(), "imported, but not in pyproject.toml"
    assert declared - set().union(*possible.values()) == set(UNIMPORTED), "declared, but not used"


def test_the_server_does_not_load_what_only_some_requests_need() -> None:
    # "import scipy" is light: it loads its parts when they are named.
    parts = ("scipy.stats", "sklearn", "statsmodels", "pandas", "lance", "duckdb", "onnxruntime")
    script = (
        "import sys, holdfast.server.app; "
        f"print(*[name for name in {parts} if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == []


def test_reading_the_ledger_loads_no_search() -> None:
    heavy = ("numpy", "pyarrow", "lance", "jinja2", "holdfast.observation", "holdfast.evaluation")
    script = (
        "import sys, holdfast.cli.log, holdfast.bootstrap, holdfast.operations.log; "
        f"print(*[name for name in {heavy} if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == []


def test_importing_the_package_loads_no_vendor() -> None:
    script = f"import sys, holdfast; print(*[name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == []
