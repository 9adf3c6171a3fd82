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
)
from symbp.emit.numpy_contract import spell_contract
from symbp.emit.numpy_page import Spelling
from symbp.emit.numpy_spell_structure import STATEMENTS

__all__ = ["SPELLINGS", "STATEMENTS", "is_spelled"]

SPELLINGS: dict[str, Spelling] = {
    "contract": spell_contract,
    **numpy_spell_arithmetic.SPELLINGS,
    **numpy_spell_functions.SPELLINGS,
    **numpy_spell_reductions.SPELLINGS,
    **numpy_spell_structure.SPELLINGS,
}


def is_spelled(name: str) -> bool:
    return name in SPELLINGS or name in STATEMENTS
