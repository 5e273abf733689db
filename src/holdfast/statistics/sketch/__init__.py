"""What a column of any length is remembered by: counts and moments, a few kilobytes at most.

A sketch counts exactly: its bins (``layout``) are chosen once, from a sample, and then only
counted into, in a stream and on any number of machines; sketches of one layout merge by adding.
``contrast`` compares two of them, with a p-value that knows how many rows there were and how much
neighbouring rows depend on each other.
"""

from __future__ import annotations

__all__: list[str] = []
