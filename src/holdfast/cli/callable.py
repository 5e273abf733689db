"""A callable of the user's own, as ``module:function``, to be asked instead of a release."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.operations.evaluate.evaluate import Own


def load(name: str, *, folder: Path) -> Own:
    """What ``module:function`` names, looked for in the project's folder too.

    The function takes the question, and by name ``seed``, ``history`` (earlier turns) or ``case``
    where it has such parameters; it gives a text or an ``Output``, and may be async. Raises
    ``UsageError``.
    """
    from holdfast.evaluation.own import subject
    from holdfast.operations.evaluate.evaluate import Own

    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise UsageError(f"--callable {name!r} must be MODULE:FUNCTION, such as bot:answer")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        found = importlib.import_module(module)
    except Exception as e:
        raise UsageError(
            f"--callable {name!r}: cannot import {module!r}: {type(e).__name__}: {e}"
        ) from e
    function = getattr(found, attribute, None)
    if not callable(function):
        raise UsageError(f"--callable {name!r}: {module!r} has no function {attribute!r}")
    return Own(name, subject(function, name=name))
