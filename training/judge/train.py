"""Train the embedded judge's reader; see README.md beside this file."""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import torch
import torch.distributed
from examples import Example, factcg, made, out, shuffled
from model import Encoded, Reader, batch, encode, pretrained
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from wordnet import WordNet

from holdfast.evaluation.scorers.align import align, document

RANK, WORKERS = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
"""Set by torchrun, where several processes share the work."""
BUCKET = 32
"""Batches whose pairs are sorted by length together."""
REAL = 2
"""Times that each of FactCG's pairs is seen for once that a made one is."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--encoder", type=Path, required=True, help="folder of MiniLM's files")
    options.add_argument("--wordnet", type=Path, required=True, help="folder of WordNet's files")
    options.add_argument("--out", type=Path, default=Path("build/judge"))
    options.add_argument("--layers", type=int, default=4)
    options.add_argument("--made", type=int, default=3500, help="claims to perturb")
    options.add_argument("--pairs", type=int, help="train on the first so many; default: all")
    options.add_argument("--batch", type=int, default=24)
    options.add_argument("--rate", type=float, default=2e-4)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--prepare", action="store_true", help="make the pairs and stop")
    given = options.parse_args()
    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    given.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(given.encoder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    file = given.out / "pairs.json"
    if not file.is_file():
        told = read(
            given.data, given.wordnet, tokenizer=tokenizer, count=given.made, seed=given.seed
        )
        file.write_text(json.dumps([[asdict(p) for p in part] for part in told]), encoding="utf-8")
    held, train = (
        [Encoded(**p) for p in part] for part in json.loads(file.read_text(encoding="utf-8"))
    )
    if given.prepare:
        return
    if WORKERS > 1:
        torch.distributed.init_process_group("gloo")
    reader = pretrained(given.encoder, layers=given.layers).to(device)
    train = train[: given.pairs]
    steps = list(batches(train, size=given.batch, seed=given.seed))
    tokens = sum(len(p.ids) for p in train)
    print(f"{len(train)} pairs, {tokens} tokens, {len(steps)} steps", flush=True)
    fit(reader, steps, rate=given.rate, device=device, out=given.out)
    if RANK == 0:
        right = accuracy(reader, held, device=device)
        print(f"accuracy on {len(held)} pairs held out: {right:.4f}", flush=True)


def read(
    data: Path, wordnet: Path, *, tokenizer: Tokenizer, count: int, seed: int
) -> tuple[list[Encoded], list[Encoded]]:
    """Pairs held out and pairs to train on, each claim with the evidence the product would pick.

    What is held out is of documents that training never sees.
    """
    real = factcg(data)
    perturbed = list(made(data, words=WordNet(wordnet), count=count, seed=seed))
    held = [one for one in [*real, *perturbed] if out(one)]
    train = [one for one in [*(real * REAL), *perturbed] if not out(one)]
    return [encoded(one, tokenizer) for one in held], [
        encoded(one, tokenizer) for one in shuffled(train, seed)
    ]


def encoded(one: Example, tokenizer: Tokenizer) -> Encoded:
    doc = cut(one.document)
    evidence = " ".join(doc.pieces[place] for place in align(one.claim, doc))
    return encode(tokenizer, one.claim, evidence, label=one.supported, edits=one.edits)


cut = lru_cache(10_000)(document)


def batches(pairs: Sequence[Encoded], *, size: int, seed: int) -> Iterator[list[Encoded]]:
    """Batches of pairs of like length, in random order within each bucket."""
    dice = random.Random(seed)
    for start in range(0, len(pairs), size * BUCKET):
        bucket = sorted(pairs[start : start + size * BUCKET], key=lambda p: len(p.ids))
        cut = [bucket[i : i + size] for i in range(0, len(bucket), size)]
        dice.shuffle(cut)
        yield from (one for one in cut if len(one) > size // 2)


def fit(
    reader: Reader, steps: Sequence[Sequence[Encoded]], *, rate: float, device: str, out: Path
) -> None:
    """AdamW with warm-up and linear decay; word embeddings stay as they were."""
    reader.word.weight.requires_grad = False
    heads = [*reader.whole.parameters(), *reader.token.parameters(), reader.mix]
    mine = {id(p) for p in heads}
    rest = [p for p in reader.parameters() if p.requires_grad and id(p) not in mine]
    groups = [{"params": rest, "lr": rate}, {"params": heads, "lr": 10 * rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    warm = max(1, len(steps) // 16)
    decay = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda n: min((n + 1) / warm, max(0.02, (len(steps) - n) / (len(steps) - warm)))
    )
    began, losses = time.perf_counter(), []
    for number, step in enumerate(steps, 1):
        *given, labels, backed = (
            t.to(device) if isinstance(t, Tensor) else t for t in batch(step[RANK::WORKERS])
        )
        loss = cost(reader(*given), labels, backed)
        optimizer.zero_grad()
        loss.backward()
        shared(reader)
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        decay.step()
        losses.append(loss.item())
        if RANK == 0 and (number % 10 == 0 or number == len(steps)):
            recent = sum(losses[-50:]) / len(losses[-50:])
            print(
                f"{number}/{len(steps)} loss {recent:.4f} {time.perf_counter() - began:.0f} s",
                flush=True,
            )
        if RANK == 0 and (number % 50 == 0 or number == len(steps)):
            save_file(
                {k: v.contiguous() for k, v in reader.state_dict().items()},
                out / "reader.safetensors",
            )


def shared(reader: Reader) -> None:
    """The mean of all workers' gradients."""
    if WORKERS == 1:
        return
    grads = [p.grad for p in reader.parameters() if p.grad is not None]
    flat = torch.cat([grad.flatten() for grad in grads])
    torch.distributed.all_reduce(flat)
    flat /= WORKERS
    for grad, part in zip(grads, flat.split([grad.numel() for grad in grads]), strict=True):
        grad.copy_(part.view_as(grad))


def cost(found: Tensor, labels: Tensor, backed: Tensor) -> Tensor:
    """Cross-entropy of the whole, and of the tokens whose backing is known."""
    loss = nn.functional.binary_cross_entropy_with_logits(found[:, 0], labels)
    known = ~backed.isnan()
    if known.any():
        # Few tokens are edited, so that each of them counts more.
        weights = torch.where(backed[known] > 0, 1.0, 4.0)
        loss = loss + nn.functional.binary_cross_entropy_with_logits(
            found[:, 1:][known], backed[known], weight=weights
        )
    return loss


def accuracy(reader: Reader, pairs: Sequence[Encoded], *, device: str) -> float:
    reader.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(pairs), 32):
            *given, labels, _ = (
                t.to(device) if isinstance(t, Tensor) else t
                for t in batch(pairs[start : start + 32])
            )
            right += int(((reader(*given)[:, 0] > 0) == (labels > 0)).sum())
    return right / len(pairs)


if __name__ == "__main__":
    main()
