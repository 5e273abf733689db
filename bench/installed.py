"""Where benches find what Holdfast is compared with: ``--peers DIR`` (bench/peers.txt)."""

from __future__ import annotations

import argparse
from pathlib import Path


def switch(options: argparse.ArgumentParser) -> None:
    """Add the switch to a bench's options."""
    options.add_argument(
        "--peers", type=Path, metavar="DIR", help="environment of the peers, see bench/peers.txt"
    )


def program(peers: Path | None, name: str) -> Path | None:
    """A program of the peers' environment; ``None``, and a line that says so, without it."""
    return _said(peers and peers.absolute() / "bin" / name, name)


def package(peers: Path | None, name: str) -> Path | None:
    """The folder that a package of the peers' environment is imported from, or ``None``."""
    packages = peers.absolute().glob("lib/python*/site-packages") if peers else ()
    found = _said(next((path / name for path in packages), None), name)
    return found and found.parent


def _said(path: Path | None, name: str) -> Path | None:
    if path is not None and path.exists():
        return path
    print(f"{name} is left out: give its environment by --peers DIR (bench/peers.txt)")
    return None
