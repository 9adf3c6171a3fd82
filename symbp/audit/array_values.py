"""Arrays for arguments: leaves in the shapes that a layout gives to their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symbp.algebra.node import Node, leaf
from symbp.algebra.size import Size
from symbp.audit.choices import Choices
from symbp.audit.shapes import Layout, Sizes
from symbp.audit.unrolled import Unrolled
from symbp.audit.vocabulary import BIAS, GAIN, OUT_BIAS, OUT_WEIGHT, RECURRENT, WEIGHT
from symbp.ops.axes import transpose

GATES = ("1", "4", "3", "joined")
"""How many gates the weights of a recurrent cell hold; or they are for state and input together."""


@dataclass
class ArrayValues:
    """Arrays under one layout, sizes and choices; `leaves` are those that were made."""

    layout: Layout
    sizes: Sizes
    choices: Choices
    shapes: Mapping[str, str] = field(default_factory=dict)
    init: Mapping[str, str] = field(default_factory=dict)
    callables: Mapping[str, Any] = field(default_factory=dict)
    """What may stand for an activation, by name."""
    logs: bool = False
    """The code takes logarithms: targets are probabilities."""
    pools: bool = False
    first: bool = True
    recurrent: bool = False
    """There is a state of the step before, so that weights may hold several gates."""
    indexes: bool = False
    """Forward has an array of indices beside its data."""
    attends: bool = False
    """Forward has queries, keys and values."""
    takes_slope: bool = False
    """The constructor takes a function and its derivative: sin and cos are passed."""
    square: bool = False
    """The weights are those of an attention, all of them square."""
    single: bool = False
    """Forward has one argument."""
    unrolled: Unrolled | None = None
    """The vector of parameters that forward takes apart."""
    names: list[str] = field(default_factory=list)
    """The arguments of forward."""
    words: list[str] = field(default_factory=list)
    """Keys of the dictionaries that the module has."""
    siblings: frozenset[str] = frozenset()
    """The names of all parameters."""
    chances: frozenset[str] = frozenset()
    """What random numbers are compared with: a probability, whatever it is called."""
    answered: tuple[Size, ...] | None = None
    """The shape of what forward gives, where answers may be of no other."""
    leaves: dict[str, Node] = field(default_factory=dict)
    stack: Callable[[], list[Any]] | None = None
    """Makes layers for a network that is given a list of them."""
    building: bool = False
    """The arguments are those of a constructor."""
    stage: str = ""
    """How far a reading has come: "backward" where all of its arguments are known."""
    order: list[str] = field(default_factory=lambda: ["d", "h", "k", "m"])

    def array(self, name: str, shape: str, dtype: str = "real", facts: Sequence[str] = ()) -> Node:
        """A leaf of that name; the same one where it has been made before."""
        shape = self.shapes.get(name, shape)
        text, _, fact = shape.partition("|")
        if fact.strip():
            facts, dtype = [fact.strip()], "int" if fact.strip().startswith("index") else dtype
        spelled = name
        while spelled in self.leaves and spelled != name:
            spelled += "_"
        self.leaves[name] = leaf(spelled, self.sizes.shape(text), dtype, facts)
        return self.leaves[name]

    def index(self, name: str, shape: str, below: str = "v") -> Node:
        number = str(self.sizes.letter(below))
        return self.array(name, shape, "int", [f"index {number}"])

    def shape_of(self, name: str) -> str | None:
        """The shape that an array of this name has in the layout; None where the name says nothing."""
        layout = self.layout
        gates = self.choices.pick("gates", GATES) if self.recurrent else "1"
        gated = _last_gated if layout.w.startswith("d") else _first_gated
        if self.square and re.match(r"^[wb]_?[qkvo]$", name, re.I):
            return "d, d" if name[0] in "wW" else "d"
        numbered = self._shape_by_number(name)
        if numbered is not None:
            return numbered
        if RECURRENT.match(name) and not self._has_recurrent_beside(name):
            return gated(layout.recurrent, gates)
        for pattern, shape in ((OUT_WEIGHT, layout.out), (OUT_BIAS, layout.b_out), (GAIN, layout.gamma)):
            if pattern.match(name):
                return shape
        if self._is_scoring(name):
            return "h"
        if WEIGHT.match(name):
            return gated(layout.w, gates) if layout.w.startswith(("d", "h")) else layout.w
        return _last_gated(layout.b, gates) if BIAS.match(name) else None

    def _shape_by_number(self, name: str) -> str | None:
        """W1, W2 and b2: weights and biases of layers that follow each other."""
        layout, digits = self.layout, re.search(r"(\d)$", name)
        if digits is None:
            return None
        if WEIGHT.match(name) and "h" in layout.w and int(digits.group(1)) in (1, 2, 3):
            at = int(digits.group(1))
            letters = ["d", "h", "k", "m"][at - 1 : at + 1]
            return ", ".join(letters if layout.w == "d, h" else letters[::-1])
        if BIAS.match(name) and layout.b.replace("1, ", "").replace(", 1", "") == "h":
            return layout.b.replace("h", {"1": "h", "2": "k", "3": "m"}.get(digits.group(1), "h"))
        return None

    def _is_scoring(self, name: str) -> bool:
        """v_att beside W_att: a small letter for a vector, which makes one number of what W_att gives."""
        found = re.fullmatch(r"v(_\w{2,})", name)
        return found is not None and f"W{found.group(1)}" in self.siblings

    def _has_recurrent_beside(self, name: str) -> bool:
        """W_h is for the input where there is a U_h for the state: h is the name of a gate."""
        found = re.fullmatch(r"[wW](_?\w)", name)
        return found is not None and bool(self.siblings & {f"U{found.group(1)}", f"u{found.group(1)}"})

    def target(self, name: str) -> Node:
        """Right answers: like the predictions, or the number of the right class."""
        layout = self.layout
        if layout.vector:
            fact = str(self.choices.pick("target", ["real", "binary", "pm1"]))
            return self.array(name, layout.target, facts=[] if fact == "real" else [fact])
        options = (
            ["onehot", "index", "real", "pm1"] if self.logs else ["real", "index", "onehot", "pm1", "column"]
        )
        if self.answered is not None:
            options = [*options, "alike"]
        kind = self.choices.pick("target", options)
        if kind == "alike" and self.answered is not None and name not in self.shapes:
            self.leaves[name] = leaf(name, self.answered)
            return self.leaves[name]
        known = [] if kind in ("real", "index", "column") else [kind]
        if layout.x.startswith("d,"):
            shape = layout.x.replace("d", self.answer_letter(), 1)
            if known and shape.count(",") == 1 and name not in self.shapes:
                return transpose(self.array(name, ", ".join(reversed(shape.split(","))), facts=known))
            return self.array(name, shape, facts=known)
        if layout.x == "n" and kind == "index":
            return self.array(name, "n", "int", ["index 2"])
        if layout.index:
            return self.index(name, layout.x)
        last = self.target_letter()
        leading = [part.strip() for part in layout.x.split(",")[:-1]]
        if kind == "index":
            return self.index(name, ", ".join(leading), last or "d")
        if kind == "column":
            return self.array(name, ", ".join([*leading, "1"]))
        return self.array(name, ", ".join([*leading, last]) if layout.x and last else layout.x, facts=known)

    def answer_letter(self) -> str:
        """Letter of what a network of columns gives: the last that its constructor took, else d."""
        used = [letter for letter in ("m", "k", "h") if letter not in self.order]
        return str(self.choices.pick("classes", list(dict.fromkeys([*used[:1], "d", "k", "h"]))))

    def target_letter(self) -> str:
        """Size of the last axis of targets: that of predictions, or of what a network gives."""
        used = [letter for letter in ("m", "k", "h") if letter not in self.order][:1]
        options = [*used, self.layout.x.split(",")[-1].strip(), "k", "h", "m"]
        return str(self.choices.pick("classes", list(dict.fromkeys(options))))

    def letter(self, letter: str) -> Any:
        if letter in self.order:
            self.order.remove(letter)
        return self.sizes.letter(letter)


def _last_gated(text: str, gates: str) -> str:
    """The gates side by side along the last axis of "d, h"."""
    if gates == "joined":
        return text.replace("d", "h + d", 1)
    if gates == "1" or "h" not in text:
        return text
    before, _, after = text.rpartition("h")
    return f"{before}h*{gates}{after}"


def _first_gated(text: str, gates: str) -> str:
    """The gates stacked along the first axis of "h, d"."""
    if gates == "joined":
        return text.replace("d", "h + d", 1)
    return text if gates == "1" else text.replace("h", f"{gates}*h", 1)
