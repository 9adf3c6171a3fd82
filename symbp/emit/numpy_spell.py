"""How each operation is written in NumPy: one table, operation -> expression.

An entry takes the page (sizes, dtype, helpers), the node and the pieces of its arguments.  What
has no entry here is written by its definition; what has none either fails at generation.
A few operations need statements of their own (a buffer that is filled): `STATEMENTS`.
"""

from __future__ import annotations

from symbp.emit import (
    numpy_spell_arithmetic,
    numpy_spell_functions,
    numpy_spell_reductions,
    numpy_spell_structure,
    numpy_spell_whole,
)
from symbp.emit.numpy_contract import spell_contract
from symbp.emit.numpy_page import Spelling
from symbp.emit.numpy_spell_structure import STATEMENTS
from symbp.emit.numpy_spell_whole import keeping_whole
from symbp.ops.structure.whole_numbers import MOVING

__all__ = ["SPELLINGS", "STATEMENTS", "is_spelled"]

SPELLINGS: dict[str, Spelling] = {
    "contract": spell_contract,
    **numpy_spell_arithmetic.SPELLINGS,
    **numpy_spell_functions.SPELLINGS,
    **numpy_spell_reductions.SPELLINGS,
    **numpy_spell_structure.SPELLINGS,
    **numpy_spell_whole.SPELLINGS,
}
SPELLINGS |= {name: keeping_whole(SPELLINGS[name]) for name in ("contract", *MOVING)}


def is_spelled(name: str) -> bool:
    return name in SPELLINGS or name in STATEMENTS
