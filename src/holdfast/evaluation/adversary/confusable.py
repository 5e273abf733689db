"""Letters that look the same and are not, and characters that nobody sees."""

from __future__ import annotations

import random

from holdfast.domain.dataset import Case
from holdfast.evaluation.adversary.variant import UNCHANGED, Variant

ALIKE = str.maketrans(
    "aceopxyijsABCEHIKMOPTXYS",
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455"
    "\u0410\u0412\u0421\u0415\u041d\u0406\u041a\u041c\u041e\u0420\u0422\u0425\u04ae\u0405",
)
"""Latin letters to Cyrillic ones of the same shape (Unicode TR39)."""
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
"""ASCII to its full-width forms."""
HIDDEN = ("\u200b", "\u200c", "\u200d", "\u2060", "\u00ad")


def confusable(case: Case, rng: random.Random) -> Variant | None:
    """The question in other characters that read the same to a person."""
    text = case.question
    some = "".join(c.translate(ALIKE) if rng.random() < 1 / 2 else c for c in text)
    hidden = "".join(c + (rng.choice(HIDDEN) if rng.random() < 1 / 4 else "") for c in text)
    forms = {"cyrillic": some, "full width": text.translate(WIDE), "zero width": hidden}
    other = {name: form for name, form in forms.items() if form != text}
    if not other:
        return None
    name = rng.choice(sorted(other))
    return Variant(other[name], UNCHANGED, name)
