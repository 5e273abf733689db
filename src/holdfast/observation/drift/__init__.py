"""What has moved between then and now, how sure that is, and what it costs.

``reference`` remembers what was usual, ``verdict`` compares with it, ``rows`` reads files.
"""

from __future__ import annotations

__all__: list[str] = []
