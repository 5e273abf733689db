"""A column of labels: exact counts of the commonest, everything else together under "other"."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from holdfast.errors import StatisticsError
from holdfast.statistics.require import Counts, Floats, Ints
from holdfast.statistics.sketch.blocks import Blocks, blocked

__all__ = ["CATEGORIES", "LabelLayout", "LabelSketch"]

CATEGORIES = 48
"""Labels that are counted one by one."""
_BUDGET = 1_600
"""Bytes that the names of a layout may take."""
_LONGEST = 48
_NAMED = 5
"""Labels outside the layout that a sketch remembers by name."""


@dataclass(frozen=True, slots=True)
class LabelLayout:
    """The labels that are counted one by one, commonest first, and their shares of the sample."""

    names: tuple[str, ...]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> LabelLayout:
        """The commonest labels of a sample, as many as memory should hold.

        >>> LabelLayout.of({"no": 3, "yes": 1}).names
        ('no', 'yes')
        """
        total = max(sum(counts.values()), 1)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        names: list[str] = []
        shares: list[float] = []
        room = _BUDGET
        for name, count in ordered[:CATEGORIES]:
            short = shorten(name)
            room -= len(short.encode()) + 3
            if room < 0:
                break
            names.append(short)
            shares.append(count / total)
        return cls(tuple(names), tuple(shares))

    @property
    def bins(self) -> int:
        """The named labels and "other"."""
        return len(self.names) + 1

    def sketch(
        self, names: Sequence[str | None], codes: Ints, *, blocks: bool = True
    ) -> LabelSketch:
        """Count rows given as places in a list of labels; None and -1 are missing values."""
        return LabelSketch.of(self, names, codes=codes, blocks=blocks)


@dataclass(frozen=True, slots=True)
class LabelSketch:
    """What is known of the rows; ``merge`` adds another of the same layout."""

    layout: LabelLayout
    counts: Counts
    """One for each name of the layout, then all others together."""
    missing: int = 0
    others: Mapping[str, int] = field(default_factory=dict)
    """Some of the labels outside the layout, with how often they were seen at least."""
    blocks: Blocks = field(default_factory=Blocks)

    @classmethod
    def of(
        cls, layout: LabelLayout, names: Sequence[str | None], *, codes: Ints, blocks: bool = True
    ) -> LabelSketch:
        """The sketch of some rows; without ``blocks`` it cannot tell how they depend.

        >>> layout = LabelLayout.of({"no": 3, "yes": 1})
        >>> found = layout.sketch(["yes", "maybe", None], np.array([0, 0, 1, 2]))
        >>> found.counts.tolist(), found.missing, dict(found.others)
        ([0, 2, 1], 1, {'maybe': 1})
        """
        place = {name: index for index, name in enumerate(layout.names)}
        other, gone = len(layout.names), len(layout.names) + 1
        short = [None if name is None else shorten(name) for name in names]
        to = np.array(
            [gone if name is None else place.get(name, other) for name in short] + [gone],
            dtype=np.int64,
        )
        places = to[codes]
        counted = np.bincount(places, minlength=layout.bins + 1)
        seen = np.bincount(codes[places == other], minlength=len(short))
        strange = {
            str(short[index]): int(seen[index])
            for index in np.argsort(-seen, kind="stable")[:_NAMED]
            if seen[index]
        }
        root, center = _forms(layout)
        return cls(
            layout,
            counted[: layout.bins].astype(np.int64),
            missing=int(counted[gone]),
            others=strange,
            blocks=blocked(places[places != gone], root, center=center) if blocks else Blocks(),
        )

    @property
    def n(self) -> int:
        """Rows that have a label."""
        return round(float(self.counts.sum()))

    @property
    def rows(self) -> int:
        """All rows."""
        return self.n + self.missing

    @property
    def complete(self) -> bool:
        """Whether the layout names every label that was seen."""
        return int(self.counts[-1]) == 0

    @property
    def constant(self) -> bool:
        return self.n > 0 and int(self.counts.max()) == self.n and self.complete

    def merge(self, other: LabelSketch) -> LabelSketch:
        """Both together; the same whichever comes first, but for names among the others.

        Raises:
            StatisticsError: the other counted other labels.
        """
        if other.layout != self.layout:
            raise StatisticsError(
                f"sketches of the labels {self.layout.names[:3]!r}… and "
                f"{other.layout.names[:3]!r}… do not merge; fit the layout once and give it to "
                "every machine"
            )
        strange = dict(self.others)
        for name, count in other.others.items():
            strange[name] = strange.get(name, 0) + count
        kept = sorted(strange.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]
        return LabelSketch(
            self.layout,
            self.counts + other.counts,
            missing=self.missing + other.missing,
            others=dict(kept),
            blocks=self.blocks.merge(other.blocks),
        )

    def dependence(self) -> float:
        """Factor by which neighbouring rows inflate the variance of counts."""
        if self.n == 0:
            return 1.0
        share = self.counts / self.n
        root, center = _forms(self.layout)
        scaled = root[:, None] * (np.diag(share) - np.outer(share, share)) * root[None, :]
        expected = float(np.trace(scaled))
        spread = 2 * float(np.sum(scaled**2)) / max(expected**2, 1e-300)
        return self.blocks.effect(expected, spread=spread, shift=share * root - center)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "kind": "label",
            "names": list(self.layout.names),
            "shares": list(self.layout.shares),
            "counts": self.counts.tolist(),
            "missing": self.missing,
            "others": dict(self.others),
            "blocks": [list(self.blocks.count), list(self.blocks.total)],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LabelSketch:
        """What ``to_json`` gave."""
        count, total = value["blocks"]
        return cls(
            LabelLayout(tuple(value["names"]), tuple(value["shares"])),
            np.array(value["counts"], dtype=np.int64),
            missing=value["missing"],
            others=value["others"],
            blocks=Blocks(tuple(count), tuple(total)),
        )


def shorten(name: str) -> str:
    """A label that takes little room; long ones end in a piece of their digest.

    >>> shorten("x" * 100)
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…09ecb6eb'
    """
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name[: _LONGEST - 9]}…{digest[:8]}"


def _forms(layout: LabelLayout) -> tuple[Floats, Floats]:
    """Square roots of Pearson's weights, and what the mean row of the sample adds."""
    named = np.array(layout.shares)
    share = np.append(named, max(1 - float(named.sum()), 0.0))
    root = 1 / np.sqrt(np.maximum(share, 1e-3))
    return root, share * root
