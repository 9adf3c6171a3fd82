"""Generated fast steps of other architectures beside the same by hand and the plain style.

Group normalisation with SiLU, a depthwise convolution, an autoencoder, a SwiGLU network, two
transformer blocks, averaged embeddings, highway layers, mean pooling, and squeeze and excitation, in
both precisions on one thread.  The steps take turns in short blocks; quote the ratios, not the times.

    OPENBLAS_NUM_THREADS=1 python benchmarks/architecture_steps.py [NAME …]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.architectures_by_hand import MAKERS, Arrays
from benchmarks.images_and_words_by_hand import FURTHER
from benchmarks.measuring import agree, print_table
from symbp.commands.benching import drawn, loaded
from symbp.commands.turns import Timed
from symbp.files import read_text
from symbp.pipeline import generate
from symbp.reading import derive

MODELS = Path(__file__).parent / "models"
SIZES = {
    "group_norm_silu": {"n": 128},
    "depthwise_convolution": {"n": 32, "o": 32},
    "deep_autoencoder": {"n": 128},
    "swiglu": {"n": 256, "d": 256, "f": 512},
    "two_transformer_blocks": {"n": 4, "t": 128, "k": 100},
    "embedding_mean": {"n": 64, "s": 32, "v": 2000, "d": 128, "h": 128, "k": 10},
    "highway": {"n": 128, "d": 256, "k": 10},
    "mean_pooling": {"n": 32, "k": 10},
    "squeeze_excite": {"n": 32, "c": 32, "o": 32, "q": 8},
}
BY_HAND = MAKERS | FURTHER


def contenders(name: str, dtype: Any) -> dict[str, Timed]:
    """The step, the same by hand and the plain functions, on the same arrays."""
    derivation, sizes = derive(read_text(MODELS / f"{name}.eq")), SIZES[name]
    rng, program = np.random.default_rng(0), derivation.forward
    given: Arrays = {v.name.ascii: drawn(v, sizes, rng, dtype) for v in (*program.data, *program.parameters)}
    file = loaded(generate(derivation.program, style="fast"))
    step = file["Step"](**{s: sizes[s] for s in derivation.program.size_letters}, dtype=dtype)

    def plain() -> Any:
        loss, cache = file["forward"](**given)
        return loss, file["backward"](cache)

    found = {"step": lambda: step(**given), "hand": BY_HAND[name](given, dtype), "plain": plain}
    agree(name, found, dtype)
    return found


def main() -> None:
    print_table(sys.argv[1:] or BY_HAND, contenders, {"hand": "by hand", "plain": "plain style"})


if __name__ == "__main__":
    main()
