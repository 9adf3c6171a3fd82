"""Generated fast steps beside NumPy by hand, the bare matrix products, torch and jax, as a Markdown table.

The harness (bench_peers.py with its contenders) is looked for in the folder that the environment
variable SYMBP_BENCH names, or else beside the repository; without it nothing is run.
Quote the ratios: all contenders take turns in short blocks, on one thread.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONTENDERS = ("np_best", "np_naive", "np_scalar", "bound")
PEERS = {"torch_eager": "torch", "jax_jit": "jax"}
"""Contenders that take part where their library is installed."""
BASES = ("np_best", "np_naive", "bound", *PEERS)
WORKLOADS = "W1,W2,W3,W4,W5,W6,W7,W8,W9"


def harness() -> Path | None:
    """The folder of the harness, where there is one."""
    folder = Path(os.environ.get("SYMBP_BENCH", ROOT.parent / "shared" / "bench"))
    return folder if (folder / "bench_peers.py").exists() else None


def measured(folder: Path, workloads: str, rounds: str) -> list[dict[str, object]]:
    """One run of the harness on one thread, in both precisions."""
    with tempfile.TemporaryDirectory() as temporary:
        result = Path(temporary) / "result.json"
        peers = [name for name, library in PEERS.items() if find_spec(library) is not None]
        contenders = [str(folder / "contenders" / f"{name}.py") for name in (*CONTENDERS, *peers)]
        command = [sys.executable, str(folder / "bench_peers.py")]
        command += ["--contenders", str(Path(__file__).parent / "generated_steps.py"), *contenders]
        command += ["--workloads", workloads, "--rounds", rounds, "--block-ms", "12"]
        command += ["--base", ",".join((*BASES[:3], *peers)), "--json", str(result)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        rows: list[dict[str, object]] = json.loads(result.read_text(encoding="utf-8"))
        return rows


def main() -> None:
    folder = harness()
    if folder is None:
        print("the harness was not found: set SYMBP_BENCH to its folder")
        return
    workloads = sys.argv[1] if len(sys.argv) > 1 else WORKLOADS
    rounds = sys.argv[2] if len(sys.argv) > 2 else "11"
    head = "| workload | dtype | step, µs | × by hand | × clear NumPy | × bare products"
    print(f"{head} | × torch | × jax | error | MiB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in measured(folder, workloads, rounds):
        if row["name"] == "generated_steps":
            ratios = row["ratios"]
            assert isinstance(ratios, dict)
            shown = [f"{ratios[base]:.2f}" if base in ratios else "-" for base in BASES]
            low, error, peak = (float(str(row[key])) for key in ("low", "err", "peak"))
            cells = [str(row["workload"]), str(row["dtype"]), f"{low * 1e6:.1f}", *shown]
            print("|", " | ".join([*cells, f"{error:.0e}", f"{peak:.1f}"]), "|")


if __name__ == "__main__":
    main()
