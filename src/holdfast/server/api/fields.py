"""Parameters that many routes share, with their limits."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

MAX_TEXT = 20_000
MAX_PATH = 1_024

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
"""Of an environment, snapshot or prompt."""
Id = Annotated[str, StringConstraints(min_length=1, max_length=256)]
"""Of anything, or the beginning of it."""
Environment = Annotated[Name | None, Field(description="Default: the project's own.")]
Moment = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        description="A tick (@1234), a time or phrase ('2 hours ago'), a snapshot's name, a "
        "release's or decision's id; ~N after it goes N changes back.",
    ),
]
At = Annotated[Moment | None, Field(description="A moment; default: now.")]
Reason = Annotated[str, Field(max_length=1_000, description="Why, for the ledger.")]
DryRun = Annotated[bool, Field(description="Say what would change; change nothing.")]
Limit = Annotated[int, Field(ge=1, le=10_000, description="At most so many.")]


def check_path(path: str) -> str:
    """A path within the corpus: relative, with plain names between the slashes.

    >>> check_path("guide/returns.md")
    'guide/returns.md'
    """
    if not path.isprintable() or "\\" in path:
        raise ValueError("a path holds printable characters and no backslash")
    if any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError("a path is relative, without empty parts, '.' and '..'")
    return path


CorpusPath = Annotated[str, Field(min_length=1, max_length=MAX_PATH), AfterValidator(check_path)]
"""Where a document stands in the corpus."""
