"""The version of this package; part of every release's code component."""

from __future__ import annotations

VERSION = "0.1.0"
