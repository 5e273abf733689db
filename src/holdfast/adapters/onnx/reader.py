"""Reads claim and evidence together with the weights beside this file; docs/judge.md tells of them.

Each pair is run on its own: integer arithmetic scales by the largest value of what it is given,
so that in a batch a reading would depend on its neighbours.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from holdfast.domain.digest import JsonObject
from holdfast.errors import ProviderError
from holdfast.ports.entailment import Mark, Reading

FOLDER = Path(__file__).parent / "weights"
WEIGHTS, TOKENIZER = "reader.onnx", "tokenizer.json"
VERSION = 1
BEGIN, BREAK = 101, 102
"""[CLS] and [SEP]."""
CLAIM, ALL = 80, 192
"""Tokens of a claim that are read, and of claim and evidence together."""
CHARACTERS = 4_000
"""Characters of either text that are looked at; more never reaches the reader."""
DIGITS = 4
"""Places of a log-odds that are kept: fewer than machines differ in."""


@dataclass(frozen=True, slots=True)
class _Model:
    tokenizer: Tokenizer
    session: Any


class OnnxReader:
    """About 15 MB of weights, one thread, some milliseconds a pair, no network.

    The files are opened at the first reading.

    >>> right, wrong = OnnxReader()([("It is open.", "It is open."), ("Cats bark.", "It is open.")])
    >>> right.logit > wrong.logit
    True
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    @cached_property
    def identity(self) -> JsonObject:
        return {
            "kind": "onnx-reader",
            "version": VERSION,
            "weights": self._sha256(WEIGHTS),
            "tokenizer": self._sha256(TOKENIZER),
        }

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        model = self._loaded()
        return [_read(model, _plain(claim), _plain(evidence)) for claim, evidence in pairs]

    def _loaded(self) -> _Model:
        with self._lock:
            return self._model

    @cached_property
    def _model(self) -> _Model:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
            session = onnxruntime.InferenceSession(
                (self._folder / WEIGHTS).read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as e:  # the vendors raise plain and private classes here
            raise ProviderError(
                f"cannot load the judge's weights in {str(self._folder)!r}: {e}; reinstall holdfast"
            ) from e
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return _Model(tokenizer, session)

    def _sha256(self, name: str) -> str:
        try:
            with (self._folder / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as e:
            raise ProviderError(
                f"cannot read the judge's {name!r}: {e.strerror}; reinstall holdfast"
            ) from e


def _read(model: _Model, claim: str, evidence: str) -> Reading:
    first = model.tokenizer.encode(claim, add_special_tokens=False)
    told = first.ids[:CLAIM]
    there = model.tokenizer.encode(evidence, add_special_tokens=False).ids[: ALL - 3 - len(told)]
    ids = [BEGIN, *told, BREAK, *there, BREAK]
    kinds = [0] * (1 + len(told)) + [1] * (2 + len(there))
    given = {name: np.array([row], np.int64) for name, row in (("ids", ids), ("kinds", kinds))}
    found = np.round(model.session.run(None, given)[0][0].astype(np.float64), DIGITS)
    spans = zip(first.offsets[: len(told)], found[2:], strict=True)
    marks = tuple(Mark(start, end, float(logit)) for (start, end), logit in spans)
    return Reading(float(found[0]), marks)


def _plain(text: str) -> str:
    """The beginning of a text, lone surrogates replaced, which UTF-8 cannot carry."""
    return text[:CHARACTERS].encode("utf-8", "replace").decode("utf-8")
