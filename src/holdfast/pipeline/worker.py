"""Who works on the queue, and whether a worker of this machine is still there."""

from __future__ import annotations

import os
import secrets
import socket
from functools import cache


def name() -> str:
    """This process as a worker: ``host:pid:token``; the token tells it from an earlier process."""
    return f"{socket.gethostname()}:{os.getpid()}:{_token(os.getpid())}"


def gone(worker: str) -> bool:
    """Whether a worker has certainly ended: it ran on this host, and its process is not there.

    A worker of another host, or one whose process id was given to another process since, may be
    gone too: its lease tells.

    >>> gone(name())
    False
    """
    host, _, rest = worker.partition(":")
    pid, _, token = rest.partition(":")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    if int(pid) == os.getpid():
        return token != _token(os.getpid())
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
