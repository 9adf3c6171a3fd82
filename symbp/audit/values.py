"""What is passed for an argument: by its name, its default and how the code uses it.

Where more than one value makes sense, the choice is recorded under the argument's name, so that
each can be tried.
"""

from __future__ import annotations

import re
from typing import Any

from symbp.algebra.node import Node, leaf
from symbp.audit.choices import NOTHING
from symbp.audit.linear import linear_shape
from symbp.audit.names import RATE, TARGET
from symbp.audit.setting_values import SettingValues
from symbp.audit.unrolled import Unrolled, letters_for
from symbp.audit.usage import Usage
from symbp.audit.vocabulary import (
    BIAS,
    CHANCE,
    CLASSES,
    EPSILON,
    FLAG,
    HEADS,
    HIDDEN,
    INDICES,
    MASK,
    NUMBER,
    SAYS_INDEX,
    SEED,
    STATE,
    STRIDE,
    WEIGHT,
    said_shape,
)

ATTENDED = {"q", "k", "v", "query", "key", "value", "queries", "keys", "values"}


class Values(SettingValues):
    """What forward gets for its arguments."""

    def data(self, name: str, default: Any, usage: Usage) -> Any:
        """What forward gets for an argument.  NoValue where nothing is known."""
        if name in self.leaves and name in self.shapes:
            return self.leaves[name]
        if name in self.shapes:
            return self.array(name, self.shapes[name])
        if name in self.init:
            return self.given(self.init[name])
        if self.unrolled is not None and name in (self.unrolled.name, *self.unrolled.sizes):
            return self._of_unrolled(name, self.unrolled)
        if self.layout.vector and default is NOTHING and not TARGET.match(name):
            found = self._of_linear(name)
            if found is not None:
                return found
        shape = said_shape(name) if default is NOTHING and len(self.names) > 1 else None
        if shape is not None:
            self.first = False
            return self.index(name, shape, "v") if SAYS_INDEX.search(name) else self.array(name, shape)
        if self._is_first(name, default, usage):
            self.first = False
            return self._first(name)
        if INDICES.match(name) and not self.layout.index and default is NOTHING:
            leading = self.layout.x.split(",")[:-1] or [self.layout.x]
            return self.index(name, ",".join(leading), "v")
        if usage.strings and default is NOTHING:
            return self.setting(name, default, usage)
        return self._by_use(name, default, usage)

    def _of_unrolled(self, name: str, vector: Unrolled) -> Any:
        """A vector of unrolled parameters, or one of the sizes that it is taken apart by."""
        is_network = any(HIDDEN.search(n) for n in vector.sizes)
        letters = self.choices.pick("sizes given", letters_for(vector.sizes, is_network))
        sizes = {n: self.sizes.letter(letter) for n, letter in zip(vector.sizes, letters, strict=True)}
        self.order = [letter for letter in self.order if letter not in letters]
        if name in sizes:
            return sizes[name]
        self.leaves[name] = leaf(name, (vector.length(sizes),))
        return self.leaves[name]

    def _of_linear(self, name: str) -> Node | None:
        """An argument of a linear model, whose unknowns are one vector."""
        shape = linear_shape(name, self.names, self.layout)
        self.first = False
        is_number = NUMBER.search(name) is not None and name not in "AXZ"
        if is_number and shape in (None, self.layout.x):
            return self.array(name, "", facts=["positive"])
        if shape is not None:
            return self.array(name, shape)
        return None

    def _by_use(self, name: str, default: Any, usage: Usage) -> Any:
        """What the code says of an argument, by what it looks up in it or what it has by default."""
        if RATE.match(name) and not usage.is_array:
            return self.array("lr", "", facts=["positive"])
        if usage.keys:
            return {key: self._entry(key) for key in usage.keys}
        if usage.numbered and self._is_first_numbered(usage):
            return {f"{key}{k}": self._entry(f"{key}{k}") for k in (1, 2) for key in usage.numbered}
        if default is not NOTHING and default is not None and not TARGET.match(name):
            return self.setting(name, default, usage)
        if TARGET.match(name) or (self.logs and CLASSES.match(name)):
            return self.target(name)
        if default is None:
            return True if usage.is_flag and FLAG.search(name) else None
        return self._by_name(name, usage)

    def _by_name(self, name: str, usage: Usage) -> Any:
        if STATE.match(name):
            return self.array(name, self.layout.state)
        if MASK.search(name):
            return self.array(name, self.layout.x, facts=["binary"])
        if usage.is_count and not usage.is_array:
            return self.choices.pick(name, [2, 1])
        shape = None if self.attends and name.lower() in ATTENDED else self.shape_of(name)
        if shape is not None:
            return self.array(name, shape)
        if (self._is_setting(name) and not usage.is_array) or usage.is_flag:
            return self.setting(name, NOTHING, usage)
        if (NUMBER.search(name) or EPSILON.search(name)) and not usage.is_array:
            return self.array(name, "", facts=["positive"])
        return self.array(name, self.layout.x)

    def _is_first(self, name: str, default: Any, usage: Usage) -> bool:
        """The data that forward is about: the first argument that is no weight, answer or setting."""
        if not self.first or default is not NOTHING or usage.keys or usage.numbered:
            return False
        if self.single:
            return True
        other = TARGET.match(name) or (self._is_setting(name) and not usage.is_array) or usage.strings
        return not (
            other or (WEIGHT.match(name) and name[0] in "wWuU") or BIAS.match(name) or INDICES.match(name)
        )

    def _is_first_numbered(self, usage: Usage) -> bool:
        """Weights and biases of two layers, by their numbers."""
        return all(self.shape_of(f"{key}1") is not None for key in usage.numbered)

    def _is_setting(self, name: str) -> bool:
        if re.match(r"^[xX](?:_|$)", name):
            return False
        if name in ("p", "s") and self.logs:
            return False
        return any(p.search(name) for p in (FLAG, CHANCE, STRIDE, HEADS, SEED)) or bool(
            re.search(r"pad|_param|config|kernel_size|pool", name, re.I)
        )

    def _first(self, name: str) -> Node:
        if MASK.search(name) and not self.single:
            return self.array(name, self.layout.x, facts=["binary"])
        if self.layout.index:
            return self.index(name, self.layout.x)
        alone = self.layout.x.endswith(", 1")  # probabilities of one class are all 1
        numbers = ["real", "unit"] if alone else ["real", "unit", "prob"]
        fact = self.choices.pick("numbers", numbers) if self.logs else "real"
        return self.array(name, self.layout.x, facts=[] if fact == "real" else [fact])

    def _entry(self, key: str) -> Any:
        """An entry of a dictionary of parameters or of settings."""
        if key in self.shapes:
            return self.array(key, self.shapes[key])
        shape = self.shape_of(key)
        if (
            re.search(r"stride|pad|pool|mode|eps|momentum|^f$|^p$|seed|dropout|^type$", key, re.I)
            or shape is None
        ):
            return self.setting(key, NOTHING, Usage())
        return self.array(key, shape)
