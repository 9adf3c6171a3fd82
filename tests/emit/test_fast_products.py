"""Products over any axes: the fast step equals forward and backward, without the plain spelling."""

from __future__ import annotations

import numpy as np
import pytest

from symbp.emit.fast.compile import plan
from symbp.pipeline import generate
from symbp.reading import derive
from tests.emit.generated_file import load
from tests.emit.test_fast_models import compare

SIZES = dict(zip("abdefkmn", range(2, 10), strict=True))
PRODUCTS = (
    "ne,enk->nk",
    "nk,enk->ne",
    "ne,nk->enk",
    "bnk,bk->bn",
    "nb,bnk->bk",
    "abk,abkm->abm",
    "abk,bakm->bma",
    "bn,bn->b",
    "abk,bk->ba",
    "nd,edf->enf",
    "edf,nd->enf",
    "dn,efd->enf",
    "nd,abdf->abnf",
    "n,en->e",
)


@pytest.mark.parametrize("labels", PRODUCTS)
def test_equals_the_plain_style(labels: str) -> None:
    parts, out = labels.split("->")
    first, second = parts.split(",")
    shapes = {"T": out, "X": first, "Y": second}
    head = "; ".join(f"{'input' if n == 'T' else 'param'} {n} : {' × '.join(s)}" for n, s in shapes.items())
    text = f"{head}; Z = einsum('{labels}', X, Y); L = Σ Z ⊙ Z ⊙ T"
    planned = plan(derive(text))
    assert planned is not None
    assert not [call.text for call in planned.layout.calls if call.kind == "plain"]
    rng = np.random.default_rng(0)
    arrays = {name: rng.standard_normal([SIZES[k] for k in shape]) for name, shape in shapes.items()}
    compare(load(generate(text, style="fast")), arrays, [], np.float64)
