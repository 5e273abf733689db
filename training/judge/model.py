"""The reader: a small BERT that sees claim and evidence together, and marks what is not backed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

WIDTH, HEADS, INNER, WORDS, PLACES = 384, 12, 1536, 30_522, 512
PARTS = {
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
    "out": "attention.output.dense", "first": "attention.output.LayerNorm",
    "up": "intermediate.dense", "down": "output.dense", "second": "output.LayerNorm",
}  # fmt: skip
HARD = -1e4
CLAIM_TOKENS, TOKENS = 80, 192


class Layer(nn.Module):
    """A layer of BERT; it may compute the first ``rows`` places only."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.first, self.second = (nn.LayerNorm(WIDTH, eps=1e-12) for _ in range(2))

    def forward(self, x: Tensor, bias: Tensor, rows: Tensor | int | None = None) -> Tensor:
        own = x if rows is None else x[:, :rows]

        def heads(states: Tensor) -> Tensor:
            return states.unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)

        q, k, v = heads(self.query(own)), heads(self.key(x)), heads(self.value(x))
        weights = torch.softmax(q @ k.transpose(2, 3) * (WIDTH // HEADS) ** -0.5 + bias, -1)
        seen = self.out((weights @ v).transpose(1, 2).flatten(2))
        own = self.first(own + seen)
        return self.second(own + self.down(nn.functional.gelu(self.up(own))))


class Reader(nn.Module):
    """Logits that a claim is backed: of the whole, and of each of its tokens."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.word, self.place = nn.Embedding(WORDS, WIDTH), nn.Embedding(PLACES, WIDTH)
        self.kind, self.norm = nn.Embedding(2, WIDTH), nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.whole, self.token = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, 1)
        self.mix = nn.Parameter(torch.tensor([1.0, 0.5]))

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor, rows: Tensor | int) -> Tensor:
        """Shape (batch, 1 + claim's tokens): the whole first, then [CLS] and the tokens."""
        places = self.place.weight[: ids.shape[1]]
        x = self.norm(self.word(ids) + places + self.kind(kinds))
        bias = ((1 - mask) * HARD)[:, None, None, :]
        for layer in self.layers[:-1]:
            x = layer(x, bias)
        x = self.layers[-1](x, bias, rows)
        tokens = self.token(x)[..., 0]
        # [CLS] and [SEP] are no words of the claim, nor is padding.
        inner = (1 - kinds[:, 1 : rows + 1]) * mask[:, 1 : rows + 1]
        outside = (1 - inner[:, : rows - 1]) * -HARD
        worst = -torch.logsumexp(-tokens[:, 1:] - outside, 1)
        logit = self.mix[0] * self.whole(x[:, 0])[:, 0] + self.mix[1] * worst
        return torch.cat([logit[:, None], tokens], 1)


def pretrained(folder: Path, *, layers: int) -> Reader:
    """A reader that starts from the first layers of a BERT of this size."""
    stored = load_file(folder / "model.safetensors")
    reader = Reader(layers)
    names = {
        "word": "word_embeddings", "place": "position_embeddings", "kind": "token_type_embeddings",
        "norm": "LayerNorm",
    }  # fmt: skip
    state = reader.state_dict()
    for name in state:
        head, _, rest = name.partition(".")
        if head in names:
            state[name] = stored[f"embeddings.{names[head]}.{rest}"]
        elif head == "layers":
            number, part, leaf = rest.split(".")
            state[name] = stored[f"encoder.layer.{number}.{PARTS[part]}.{leaf}"]
    reader.load_state_dict(state)
    return reader


@dataclass(frozen=True)
class Encoded:
    """A pair as token ids; ``backed`` says it of each token of the claim, NaN where unknown."""

    ids: list[int]
    claim: int
    """[CLS] and the claim's tokens."""
    label: float
    backed: list[float]


def encode(
    tokenizer: Tokenizer,
    claim: str,
    evidence: str,
    *,
    label: bool = False,
    edits: Sequence[tuple[int, int]] | None = None,
) -> Encoded:
    """``[CLS] claim [SEP] evidence [SEP]``, cut to the reader's size."""
    first = tokenizer.encode(claim, add_special_tokens=False)
    told, spans = first.ids[:CLAIM_TOKENS], first.offsets[:CLAIM_TOKENS]
    there = tokenizer.encode(evidence, add_special_tokens=False).ids[: TOKENS - 3 - len(told)]
    if edits is None:
        backed = [float("nan")] * len(told)
    else:
        backed = [float(not any(a < end and start < b for a, b in edits)) for start, end in spans]
    return Encoded([101, *told, 102, *there, 102], 1 + len(told), float(label), backed)


def batch(pairs: Sequence[Encoded]) -> tuple[Tensor, Tensor, Tensor, int, Tensor, Tensor]:
    """Padded tensors: ids, kinds, mask, rows, labels, and what each token's backing is."""
    longest, rows = max(len(p.ids) for p in pairs), max(p.claim for p in pairs)
    ids = torch.zeros(len(pairs), longest, dtype=torch.long)
    kinds, mask = torch.ones_like(ids), torch.zeros(len(pairs), longest)
    backed = torch.full((len(pairs), rows), float("nan"))
    for row, pair in enumerate(pairs):
        ids[row, : len(pair.ids)] = torch.tensor(pair.ids)
        kinds[row, : pair.claim] = 0
        mask[row, : len(pair.ids)] = 1
        backed[row, 1 : pair.claim] = torch.tensor(pair.backed)
    return ids, kinds, mask, rows, torch.tensor([p.label for p in pairs]), backed
