"""Who works on the queue, and whether a worker of this machine is still at it."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count

_AT_WORK: set[str] = set()
_NUMBERS = count(1)


def name() -> str:
    """This process as a worker: ``host:pid:token``; the token tells it from an earlier process."""
    return f"{socket.gethostname()}:{os.getpid()}:{_token(os.getpid())}"


@contextmanager
def at_work(worker: str) -> Iterator[str]:
    """A name for one piece of a worker's work, ``worker.1``; whether done or failed, it ends."""
    task = f"{worker}.{next(_NUMBERS)}"
    _AT_WORK.add(task)
    try:
        yield task
    finally:
        _AT_WORK.discard(task)


def gone(worker: str) -> bool:
    """Whether a worker has certainly ended: it ran on this host, and is not there any more.

    A worker of another host, or one whose process id was given to another process since, may be
    gone too: its lease tells.

    >>> gone(name())
    False
    >>> with at_work(name()) as task:
    ...     gone(task)
    False
    >>> gone(task)
    True
    """
    host, _, rest = worker.partition(":")
    pid, _, token = rest.partition(":")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    if int(pid) == os.getpid():
        process, _, task = token.partition(".")
        return process != _token(os.getpid()) or bool(task and worker not in _AT_WORK)
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@cache
def _token(pid: int) -> str:
    """Drawn once per process; a forked one has another process id."""
    return secrets.token_hex(4)
