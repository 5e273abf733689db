"""Words that mean the same, the opposite, or something beside: from the files of WordNet 3."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KINDS = {"1": "noun", "2": "verb", "3": "adj", "4": "adv", "5": "adj"}
CLEAR = 0.6
"""Share of a word's uses that its first meaning must have, so that a swap says what we think."""
SEEN = 2
"""Uses in the tagged corpus below which a word is too rare to be put into a text."""
ENDINGS = (("ies", "y"), ("es", ""), ("es", "e"), ("s", ""), ("ed", ""), ("ed", "e"), ("ied", "y"),
           ("ing", ""), ("ing", "e"))  # fmt: skip
SIMPLE = re.compile(r"[a-z]{3,}")
MOST_BESIDE = 60


@dataclass(frozen=True)
class Choice:
    """What a word may be swapped with."""

    same: tuple[str, ...]
    opposite: tuple[str, ...]
    beside: tuple[str, ...]


class WordNet:
    """Swaps for English words, inflected as they were; regular endings only."""

    def __init__(self, folder: Path) -> None:
        self._uses: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        for line in (folder / "index.sense").read_text(encoding="latin-1").splitlines():
            key, offset, _, uses = line.split()
            lemma, rest = key.split("%")
            self._uses[lemma][rest[0].replace("5", "3"), offset] += int(uses)
        self._words: dict[tuple[str, str], list[str]] = {}
        self._above: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._below: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        self._against: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self._pending: list[tuple[tuple[str, str], str, tuple[str, str], int]] = []
        for number, name in (("1", "noun"), ("2", "verb"), ("3", "adj"), ("4", "adv")):
            for line in (folder / f"data.{name}").read_text(encoding="latin-1").splitlines():
                if not line.startswith("  "):
                    self._read(number, line.split(" | ")[0].split(" "))
        for here, word, there, place in self._pending:
            self._against[(*here, word)].append(self._words[there][place])
        self._cache: dict[str, Choice | None] = {}

    def choice(self, word: str) -> Choice | None:
        """Swaps for a lower-case word, or None where its meaning is not clear."""
        if word not in self._cache:
            self._cache[word] = self._found(word)
        return self._cache[word]

    def _read(self, number: str, fields: Sequence[str]) -> None:
        here, count = (number, fields[0]), int(fields[3], 16)
        names = [fields[4 + 2 * i].split("(")[0].lower() for i in range(count)]
        self._words[here] = names
        at = 5 + 2 * count
        above = []
        for i in range(int(fields[at - 1])):
            symbol, offset, kind, ends = fields[at + 4 * i : at + 4 * i + 4]
            there = ({"n": "1", "v": "2", "a": "3", "s": "3", "r": "4"}[kind], offset)
            if symbol == "@":
                above.append(there)
                self._below[there].append(here)
            elif symbol == "!" and ends != "0000":
                first, second = bytes.fromhex(ends)
                self._pending.append((here, names[first - 1], there, second - 1))
        self._above[here] = above

    def _found(self, word: str) -> Choice | None:
        for lemma, ending in [(word, ("", "")), *_stems(word)]:
            uses = self._uses.get(lemma)
            if not uses or not SIMPLE.fullmatch(lemma):
                continue
            (here, most), total = uses.most_common(1)[0], sum(uses.values())
            if total < SEEN or most < CLEAR * total:
                return None
            if ending[0] and here[0] not in {"1", "2"}:
                return None
            return self._choice(lemma, here, ending[0])
        return None

    def _choice(self, lemma: str, here: tuple[str, str], ending: str) -> Choice:
        same = [w for w in self._words[here] if w != lemma]
        opposite = self._against.get((*here, lemma), [])
        beside = [
            w
            for above in self._above[here]
            for sister in self._below[above]
            if sister != here
            for w in self._words[sister][:1]
            if w not in same and w != lemma
        ]

        def inflected(words: Sequence[str], *, least: int = SEEN) -> tuple[str, ...]:
            kept = (
                w for w in words
                if SIMPLE.fullmatch(w) and sum(self._uses[w].values()) >= least
                and self._uses[w].most_common(1)[0][0][0] == here[0]
            )  # fmt: skip
            return tuple(dict.fromkeys(_inflect(w, ending) for w in kept))

        return Choice(
            inflected(same), inflected(opposite, least=0), inflected(beside)[:MOST_BESIDE]
        )


def _stems(word: str) -> list[tuple[str, tuple[str, str]]]:
    found = []
    for ending, put in ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            found.append((word.removesuffix(ending) + put, (ending, put)))
    return found


def _inflect(word: str, ending: str) -> str:
    if not ending:
        return word
    if ending in {"s", "es", "ies"}:
        if re.search(r"[^aeiou]y$", word):
            return word[:-1] + "ies"
        return word + ("es" if re.search(r"(s|x|z|ch|sh)$", word) else "s")
    suffix = "ed" if ending in {"ed", "ied"} else "ing"
    if word.endswith("e") and not word.endswith("ee"):
        return (word if suffix == "ed" else word[:-1]) + ("d" if suffix == "ed" else "ing")
    if suffix == "ed" and re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ied"
    return word + suffix
