"""What things are called in one function of a generated file: sizes, helpers, values on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from symbp.algebra.node import Node
from symbp.algebra.size import Quotient, Size
from symbp.emit.numpy_text import ATOM, Piece, call

IDENTIFIER = re.compile(r"(?<![\w.\"])[A-Za-z_]\w*(?!\w|=)")
WORDS = {
    "add": "sum", "subtract": "diff", "multiply": "prod", "divide": "ratio", "negative": "neg",
    "power": "power", "getitem": "part", "gather": "rows", "reshape": "flat", "put_zeros": "padded",
    "scatter": "rows", "greater": "mask", "greater_equal": "mask", "less": "mask", "less_equal": "mask",
    "logical_and": "mask", "logical_or": "mask", "logical_not": "mask", "first_max": "mask",
    "first_min": "mask", "concatenate": "joined", "softmax": "p", "log_softmax": "logp",
    "sigmoid_slope": "slope", "sech_squared": "slope", "stop_gradient": "held",
}  # fmt: skip


class Names:
    """Identifiers of one function, each given once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self._own: dict[str, str] = {}

    def time(self) -> str:
        """The variable of all loops over time."""
        return self.own("t")

    def own(self, word: str) -> str:
        """The one variable that is called so, by this word where the model leaves it free."""
        if word not in self._own:
            self._own[word] = self.fresh(word)
        return self._own[word]

    def fresh(self, word: str) -> str:
        unique, count = word, 2
        while unique in self.taken:
            unique, count = f"{word}_{count}", count + 1
        self.taken.add(unique)
        return unique


@dataclass
class Page:
    """What the expressions of one function body ask for: sizes, the dtype, helpers."""

    letters: Mapping[str, str]
    """size letter -> variable"""
    helper_names: Mapping[str, str]
    stopping: str = ""
    """What stop_gradient is called in this function; empty where it is not called."""

    def size(self, size: Size) -> str:
        """A size as Python arithmetic."""
        return size_text(size, self.letters)

    def dtype(self) -> str:
        """The variable that holds the working dtype."""
        return "dtype"

    def helper(self, name: str) -> str:
        """What a helper of symbp.runtime is called in this file."""
        return self.helper_names.get(name, name)

    def stop(self) -> str:
        """The function through which values go that are constants for the gradient."""
        return self.stopping

    def real(self, piece: Piece) -> Piece:
        """Masks and integers as numbers of the working dtype."""
        if piece.kind not in ("bool", "int"):
            return piece
        if not piece.rank:
            return call("float", [piece.text], 0, piece.weight, "number")
        text = f"{piece.at(ATOM)}.astype({self.dtype()})"
        return Piece(text, ATOM, "array", piece.rank, piece.weight)


def size_text(size: Size, letters: Mapping[str, str]) -> str:
    """A size as Python arithmetic over variables: 2 * n + 1, (h - 1) // 2."""
    text = ""
    for monomial, coefficient in size.reading_order():
        factors = [
            f"({size_text(a.numerator, letters)}) // {_divisor(a, letters)}"
            if isinstance(a, Quotient)
            else letters[str(a)]
            for a in monomial
        ]
        if len(monomial) > 1 or abs(coefficient) != 1:
            factors = [f"({f})" if " " in f else f for f in factors]
        if abs(coefficient) != 1 or not monomial:
            factors.insert(0, str(abs(coefficient)))
        term = " * ".join(factors)
        sign = "-" if coefficient < 0 else "+"
        text = f"{text} {sign} {term}" if text else ("-" if sign == "-" else "") + term
    return text or "0"


def _divisor(quotient: Quotient, letters: Mapping[str, str]) -> str:
    text = size_text(quotient.denominator, letters)
    return f"({text})" if " " in text else text


def word_for(node: Node) -> str:
    """What the value of an operation is called where it has no name."""
    if node.op.name == "contract":
        return "sum" if len(node.args) < 2 else "prod" if node.rank else "dot"
    return WORDS.get(node.op.name, "at" if node.dtype == "int" else node.op.name)
