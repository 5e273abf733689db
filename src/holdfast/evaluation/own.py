"""A function of the user's own, as what an evaluation asks."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from holdfast.domain.dataset import Case
from holdfast.domain.score import Output
from holdfast.evaluation.runner import Subject


def subject(function: Callable[..., Any], *, name: str) -> Subject:
    """A subject that calls the function with the question, and by name with what else it takes.

    ``seed``, ``history`` (earlier turns) and ``case`` are known. It gives a text or an ``Output``
    and may be async.
    """
    try:
        takes = inspect.signature(function).parameters
    except ValueError:
        takes = inspect.signature(lambda question: question).parameters
    anything = any(p.kind is p.VAR_KEYWORD for p in takes.values())

    def ask(case: Case, seed: int) -> Output | str:
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
