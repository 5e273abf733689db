"""What the judge is trained on and measured with: claims with documents, and who says so."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from perturb import NAME, Perturber
from wordnet import WordNet

from holdfast.domain.digest import digest_bytes
from holdfast.evaluation.scorers.sentence import sentences

DOMAINS = "ectsum news podcast qmsumm sales_call sales_email samsum scitldr".split()
WORDS = re.compile(r"\w+|[^\w\s]")
HELD = 25
TOLD = 0.3
"""Share of made claims that start from FactCG's own, which say in other words what a document says;
an edit of those is what readers of summaries meet. The others are sentences of the document."""
SHORTEST, LONGEST = 7, 40
"""Words of a sentence that claims are made of."""


@dataclass(frozen=True)
class Example:
    """A claim, its document, whether the one supports the other, and where it is from."""

    claim: str
    document: str
    supported: bool
    group: str
    """Examples of one document share it; a split never parts them."""
    edits: tuple[tuple[int, int], ...] | None = None
    """Where the claim says what no evidence says, by characters; None where nobody knows."""


def factcg(data: Path, name: str = "CG2C_doc.json") -> list[Example]:
    """FactCG's training pairs that have a document."""
    found = []
    text = (data / "grounding" / "factcg" / name).read_text(encoding="utf-8")
    for row in map(json.loads, text.splitlines()):
        if row["text_a"].strip():
            text = " ".join(row["text_a"].split())
            found.append(Example(row["text_b"][0], text, row["orig_label"] == 1, text[:40]))
    return found


def wice(data: Path) -> list[Example]:
    file = data / "grounding" / "wice_dev" / "oracle_chunks_claim_dev.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Example(
            row["claim"], "\n\n".join(row["evidence"]), row["label"] == "supported",
            row["meta"]["claim_title"],
        )
        for row in rows
    ]  # fmt: skip


def begin(data: Path) -> list[Example]:
    file = data / "grounding" / "begin_dev" / "begin_dev_wow.tsv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Example(
            row["response"], row["knowledge"], row["begin_label"] == "Fully attributable",
            row["knowledge"],
        )
        for row in rows
    ]  # fmt: skip


def summedits(data: Path, domain: str) -> list[Example]:
    file = data / "grounding" / "summedits_dev" / f"summedits_{domain}.json"
    rows = json.loads(file.read_text(encoding="utf-8"))
    return [Example(row["summary"], row["doc"], row["label"] == 1, row["doc"]) for row in rows]


def made(data: Path, *, words: WordNet, count: int, seed: int) -> Iterator[Example]:
    """Perturbed claims over FactCG's documents and a documentation site, both MIT."""
    dice = random.Random(seed)
    real = factcg(data)
    # All of these pairs with a document are labelled unsupported: only their documents are used.
    hops = factcg(data, "CG2C_musique_minhop3_rbt_mnli_failed.json")
    texts = sorted({one.document for one in [*real, *hops]}) + pages(data)
    names = sorted({name for text in texts for name in NAME.findall(text) if len(name) > 3})
    perturber = Perturber(words, dice, names)
    true = [one for one in real if one.supported]
    told = [(text, one) for text in texts for one in sentences(text) if _whole(one)]
    for _ in range(count):
        if dice.random() < TOLD:
            base = dice.choice(true)
            claim, text, group = base.claim, base.document, base.group
        else:
            text, claim = dice.choice(told)
            group = text[:40]
        yield from _variants(claim, text, group=group, perturber=perturber)


def pages(data: Path) -> list[str]:
    """Paragraphs of the documentation site, as plain prose."""
    found = []
    for file in sorted((data / "docs_fastapi" / "0.115.0").rglob("*.md")):
        text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        kept = [
            re.sub(r"[*`]|\[([^\]]*)\]\([^)]*\)", r"\1", block)
            for block in text.split("\n\n")
            if block.strip() and not re.match(r"\s*[#/|<{\-!]", block)
        ]
        for start in range(0, len(kept), 8):
            joined = "\n\n".join(" ".join(block.split()) for block in kept[start : start + 8])
            if len(joined.split()) > 40:
                found.append(joined)
    return found


def _whole(sentence: str) -> bool:
    return (
        SHORTEST <= len(sentence.split()) <= LONGEST
        and sentence[0].isupper()
        and sentence[-1] in ".!"
    )


def _variants(claim: str, text: str, *, group: str, perturber: Perturber) -> Iterator[Example]:
    """A pair of claims that differ in an edit, and at times one whose evidence is gone."""
    dice = perturber.dice
    found = perturber.false(claim, document=text)
    if found is None:
        return
    before, false = found
    yield Example(perturber.same(claim), text, group=group, supported=True, edits=())
    yield Example(false, text, group=group, supported=False, edits=changed(before, false))
    if claim in text and dice.random() < 0.15:
        without = text.replace(claim, " ")
        if len(without.split()) > 20:
            yield Example(perturber.same(claim), without, group=group, supported=False)


def changed(before: str, after: str) -> tuple[tuple[int, int], ...]:
    """The words of ``after`` that ``before`` has not, or that stand where something is gone."""
    old, new = WORDS.findall(before), list(WORDS.finditer(after))
    matcher = SequenceMatcher(None, old, [match[0] for match in new], autojunk=False)
    found = []
    for kind, _, _, start, end in matcher.get_opcodes():
        if kind == "equal":
            continue
        first, last = (start, end - 1) if end > start else (max(0, start - 1), start)
        last = min(last, len(new) - 1)
        found.append((new[first].start(), new[last].end()))
    return tuple(found)


def out(one: Example) -> bool:
    """Whether an example is held out: one document in ``HELD`` is."""
    return int(digest_bytes(one.group.encode())[:8], 16) % HELD == 0


def shuffled(examples: Sequence[Example], seed: int) -> list[Example]:
    order = list(examples)
    random.Random(seed).shuffle(order)
    return order
