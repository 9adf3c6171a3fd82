"""The index equation of a line as its comment: Z1_ij = Σ_k X_ik W1_kj + b1_j."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symbp.algebra.node import CONSTANT, SIZE, Node
from symbp.emit.numpy_text import Piece, words
from symbp.ops.contract import CONTRACT

LETTERS = "ijklmpqrsuvwabcdefgh"
SUM, PRODUCT, SINGLE = 1, 2, 3
SIGNS = {"add": "+", "subtract": "-"}
FUNCTIONS = words("exp log sqrt tanh sigmoid relu sin cos abs softplus erf")


class _NoIndexFormError(Exception):
    """An expression that says more in array form."""


def index_comment(name: str, node: Node | None, pieces: Mapping[Node, Piece]) -> str:
    """name_ij = Σ_k …, where the line holds a matrix product; else nothing."""
    if node is None or not _has_product(node, pieces):
        return ""
    writer = _Writer(node, pieces, node.rank)
    try:
        indices = LETTERS[: node.rank]
        right, _ = writer.show(node, indices)
    except _NoIndexFormError:
        return ""
    return f"{_entry(name, indices)} = {right}"


def _entry(name: str, indices: str) -> str:
    return f"{name}_{indices}" if indices else name


def _inside(root: Node, node: Node, pieces: Mapping[Node, Piece]) -> bool:
    """Written out in the line of `root`, not under a name of its own."""
    if node is root:
        return True
    piece = pieces.get(node)
    return bool(node.args) and piece is not None and not piece.text.isidentifier()


def _has_product(root: Node, pieces: Mapping[Node, Piece]) -> bool:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.op is CONTRACT and len(node.args) == 2:
            inputs, out, _ = node.params
            if any(label not in out for labels in inputs for label in labels):
                return True
        stack += [a for a in node.args if _inside(root, a, pieces)]
    return False


class _Writer:
    """Prints one line's expression entry by entry (as deep as the line is long)."""

    def __init__(self, root: Node, pieces: Mapping[Node, Piece], used: int) -> None:
        self.root, self.pieces, self.used = root, pieces, used

    def show(self, node: Node, indices: str) -> tuple[str, int]:
        """The entry of a node at these indices, and how tightly it binds."""
        if not _inside(self.root, node, self.pieces):
            return self._named(node, indices)
        name = node.op.name
        if node.op is CONTRACT:
            return self._contraction(node, indices)
        if name in SIGNS:
            a, _ = self._argument(node, 0, indices)
            b, level = self._argument(node, 1, indices)
            return f"{a} {SIGNS[name]} {f'({b})' if level == SUM and name == 'subtract' else b}", SUM
        if name == "multiply":
            return f"{self._factor(node, 0, indices)} {self._factor(node, 1, indices)}", PRODUCT
        if name == "divide":
            return f"{self._factor(node, 0, indices)} / {self._factor(node, 1, indices)}", PRODUCT
        if name == "negative":
            return f"-{self._factor(node, 0, indices)}", PRODUCT
        if name in FUNCTIONS:
            return f"{name}({self._argument(node, 0, indices)[0]})", SINGLE
        raise _NoIndexFormError

    def _named(self, node: Node, indices: str) -> tuple[str, int]:
        if node.op is CONSTANT:
            return _plain(node.params[0]), SINGLE
        text = self.pieces[node].text
        if node.op is SIZE and text.isidentifier():
            return text, SINGLE
        if not text.isidentifier() or any(size.is_one for size in node.shape):
            raise _NoIndexFormError
        return _entry(text, indices), SINGLE

    def _argument(self, node: Node, k: int, indices: str) -> tuple[str, int]:
        """An argument of an elementwise operation, aligned from the right as broadcasting does."""
        arg = node.args[k]
        own = indices[len(indices) - arg.rank :] if arg.rank else ""
        return self.show(arg, own)

    def _factor(self, node: Node, k: int, indices: str) -> str:
        text, level = self._argument(node, k, indices)
        quotient = level == PRODUCT and " / " in text
        return f"({text})" if quotient or level == SUM or text.startswith(("-", "Σ")) else text

    def _contraction(self, node: Node, indices: str) -> tuple[str, int]:
        inputs, out, _ = node.params
        if len(set(out)) < len(out) or not node.args:
            raise _NoIndexFormError
        letter = dict(zip(out, indices, strict=True))
        summed = ""
        for label in dict.fromkeys(x for labels in inputs for x in labels):
            if label not in letter:
                if self.used >= len(LETTERS):
                    raise _NoIndexFormError
                letter[label] = LETTERS[self.used]
                summed += letter[label]
                self.used += 1
        factors = []
        pairs = list(zip(node.args, inputs, strict=True))
        if out and len(pairs) == 2 and out[0] not in inputs[0]:
            pairs.reverse()
        for arg, labels in pairs:
            text, level = self.show(arg, "".join(letter[x] for x in labels))
            factors.append(f"({text})" if level == SUM or text.startswith(("-", "Σ")) else text)
        return (f"Σ_{summed} " if summed else "") + " ".join(factors), PRODUCT


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else repr(float(value))
