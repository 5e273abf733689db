"""Do the same with many things, several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")


def spread(
    function: Callable[[Given], Found], items: Iterable[Given], *, threads: int
) -> list[Found]:
    """The function's results in the order of the items.

    What it raises ends all of it: what is under way is waited for, the rest never begins.

    >>> spread(len, ["a", "bb"], threads=2)
    [1, 2]
    """
    if threads == 1:
        return [function(item) for item in items]
    pool = ThreadPoolExecutor(threads, thread_name_prefix="evaluate")
    try:
        return list(pool.map(function, items))
    finally:
        pool.shutdown(cancel_futures=True)
