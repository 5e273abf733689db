"""A callable of the user's own, as ``module:function``, to be asked instead of a release."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.domain.dataset import Case
    from holdfast.domain.score import Output
    from holdfast.operations.evaluate import Own


def load(name: str, *, folder: Path) -> Own:
    """What ``module:function`` names, looked for in the project's folder too.

    The function takes the question, and by name ``seed``, ``history`` (earlier turns) or ``case``
    where it has such parameters; it gives a text or an ``Output``, and may be async. Raises
    ``UsageError``.
    """
    from holdfast.operations.evaluate import Own

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
    return Own(name, _subject(function, name))


def _subject(function: Callable[..., Any], name: str) -> Callable[[Case, int], Output | str]:
    try:
        takes = inspect.signature(function).parameters
    except ValueError:
        takes = inspect.signature(lambda question: question).parameters
    anything = any(p.kind is p.VAR_KEYWORD for p in takes.values())

    def ask(case: Case, seed: int) -> Output | str:
        from holdfast.domain.score import Output

        known = {"seed": seed, "history": case.history, "case": case}
        given = {key: value for key, value in known.items() if anything or key in takes}
        answer = function(case.question, **given)
        if inspect.isawaitable(answer):
            answer = asyncio.run(_awaited(answer))
        if not isinstance(answer, str | Output):
            raise TypeError(f"{name} gave {type(answer).__name__}; it must give a text or Output")
        return answer

    return ask


async def _awaited(answer: Any) -> Any:
    return await answer
