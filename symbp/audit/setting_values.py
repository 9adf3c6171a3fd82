"""What constructors get, and settings: flags, strides, activations, sizes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symbp.audit.array_values import ArrayValues
from symbp.audit.choices import NOTHING
from symbp.audit.names import RATE, TARGET
from symbp.audit.usage import Usage
from symbp.audit.vocabulary import (
    ACTIVATION,
    BATCH,
    BIAS,
    CHANCE,
    CHANNEL_IN,
    CHANNEL_OUT,
    COUNT,
    COUNTS,
    FLAG,
    GENERATOR,
    HEADS,
    HIDDEN,
    IN_USE,
    INCOMING,
    KERNEL,
    NUMBER,
    OUTGOING,
    PAD,
    SAYS_IN,
    SAYS_OUT,
    SAYS_SLOPE,
    SEED,
    SHAPE,
    SIZES,
    SMALL_NUMBER,
    STACKS,
    STRIDE,
    TEXT,
    TIME,
    TRUNCATES,
    VOCABULARY,
    is_function,
    is_stage,
)
from symbp.errors import UnsupportedError
from symbp.lang.code.values import Builtin, Namespace, Opaque

CHANCES = (Fraction(1, 2), Fraction(1, 4))


class SettingValues(ArrayValues):
    """Values that are told by a name, a default and how the code uses them."""

    def given(self, text: str) -> Any:
        """A value that the user has written: a number, a letter, a list of those, a word."""
        text = text.strip()
        if re.fullmatch(r"[\[(].*[\])]", text):
            return [self.given(part) for part in text[1:-1].split(",") if part.strip()]
        if text in ("True", "False", "None"):
            return {"True": True, "False": False, "None": None}[text]
        if re.fullmatch(r"-?\d+", text):
            return int(text)
        if re.fullmatch(r"-?\d*\.\d+", text):
            return Fraction(text)
        return self.sizes.letter(text) if re.fullmatch(r"[a-z]", text) else text

    def setting(self, name: str, default: Any, usage: Usage) -> Any:
        """What a constructor gets for an argument.  NoValue where nothing is known."""
        if name in self.init:
            return self.given(self.init[name])
        is_bias = BIAS.match(name) and not usage.is_flag
        if isinstance(default, bool) or (
            default is NOTHING and (FLAG.search(name) or IN_USE.match(name)) and not is_bias
        ):
            return self._flag(name, default)
        if TRUNCATES.search(name) and (default is NOTHING or isinstance(default, int)):
            return self.choices.pick(name, [max(default, 10) if isinstance(default, int) else 10, 1, 0])
        if name in self.chances and default in (NOTHING, None):
            return self.choices.pick(name, list(CHANCES))
        if STRIDE.search(name):
            return self.choices.pick(
                "stride", [default] if isinstance(default, tuple) else self._around(default, [1, 2])
            )
        if PAD.search(name) and not isinstance(default, Fraction):
            return self.choices.pick("padding", self._around(default, [0, 1], usage.strings))
        if default is not NOTHING and default is not None:
            if usage.strings and isinstance(default, str):
                return self.choices.pick(name, [default, *(s for s in usage.strings if s != default)])
            return default
        if name == "mode" and is_stage(name, usage.strings):
            return self.choices.pick(
                "mode", ["train", *(s for s in usage.strings if s not in ("train", "test"))]
            )
        if usage.strings:
            options = [*([None] if default is None else []), *usage.strings]
            return self.choices.pick(name, options)
        if default is None and usage.is_indexed and SHAPE.search(name):
            return self.choices.pick(f"{name} given", [self._required(name, usage), None])
        if default is None:
            optional = self._optional(name)
            return self.choices.pick(f"{name} told", [optional, Opaque(name)]) if usage.is_told else optional
        return self._required(name, usage)

    def _flag(self, name: str, default: Any) -> Any:
        if re.search(r"train", name, re.I):
            return self.choices.pick("training", [True] if default is NOTHING else [True, False])
        if default is NOTHING:
            return self.choices.pick(name, [False, True] if IN_USE.match(name) else [True, False])
        return self.choices.pick(name, [default, not default])

    def _around(self, default: Any, options: list[Any], strings: Sequence[str] = ()) -> list[Any]:
        if isinstance(default, str) or strings:
            return [*([default] if isinstance(default, str) else []), *strings]
        if isinstance(default, int):
            return [default, *(o for o in options if o != default)]
        return options

    def _optional(self, name: str) -> Any:
        if ACTIVATION.search(name) and self.callables:
            return self.choices.pick(name, [None, *list(self.callables.values())[:2]])
        return None

    def takes_own(self, name: str, usage: Usage) -> bool:
        """Whether an argument that is called gets what the author or the user has, not something of ours."""
        if name in self.init or (self.takes_slope and (SAYS_SLOPE.search(name) or usage.is_called)):
            return True
        own_first = (is_function(name) or usage.is_called) and bool(self.callables)
        return bool(self.choices.pick("own", [own_first, not own_first]))

    def _required(self, name: str, usage: Usage) -> Any:
        if self.takes_slope and (SAYS_SLOPE.search(name) or usage.is_called):
            return Builtin("cos" if SAYS_SLOPE.search(name) else "sin", "numpy")
        if GENERATOR.match(name):
            return Namespace("numpy.random")
        if (ACTIVATION.search(name) or usage.is_called) and self.callables:
            return self.choices.pick(name, list(self.callables.values())[:3])
        if usage.is_index and self.words:
            return self.choices.pick(name, self.words[:4])
        if ACTIVATION.search(name) and len(name) > 2:
            return self.choices.pick(name, ["sigmoid", "relu", "tanh", None])
        return self._sized(name, usage)

    def _sized(self, name: str, usage: Usage) -> Any:
        """Sizes, and arrays that a constructor is given."""
        if len(usage.unpacked) > 2 and SHAPE.search(name) and KERNEL.search(name):
            return tuple(self._part_of_kernel(part) for part in usage.unpacked)
        if SHAPE.search(name) and (KERNEL.search(name) or (self.pools and name == "shape")):
            return self.choices.pick("kernel", [(2, 2), (2, 1)] if self.pools else [(3, 2), (2, 2)])
        if SHAPE.search(name):
            axes = [s.strip() for s in self.layout.x.split(",")]
            return tuple(self.sizes.letter(s) for s in (axes if "n" not in axes else axes[1:]))
        if self.stack is not None and usage.is_list and STACKS.search(name):
            return self.stack()
        counted = COUNT.search(name) is not None and not usage.is_list
        if (SIZES.search(name) and not counted) or (usage.is_list and re.search("nodes|neurons|units", name)):
            return [self.letter(s) for s in ("d", "h", "k")]
        if RATE.match(name):
            return self.array("lr", "", facts=["positive"])
        for pattern, value in (
            (HEADS, [2, 1]), (COUNT, [2, 1]), (SEED, [0]), (TEXT, ["layer"]),
            (SMALL_NUMBER, [Fraction(1, 10**5)]),
        ):  # fmt: skip
            if pattern.search(name):
                return self.choices.pick(name, value)
        if self.layout.vector and TARGET.match(name):
            return self.target(name)
        if name == "X" and (usage.is_array or self.layout.vector):
            return self.array(name, self.layout.x)
        shape = self.shape_of(name) if len(name) > 1 or usage.is_array or name in "WbUV" else None
        counts = COUNTS.search(name) is not None
        if shape is not None and not (KERNEL.search(name) or counts):
            return self.array(name, shape)
        if usage.is_called:
            raise UnsupportedError(
                f"{name} is a function that only its caller knows", hint=f"audit what passes {name}"
            )
        return self._number(name)

    def _part_of_kernel(self, part: str) -> Any:
        """One entry of a kernel's shape, by the name that it is given: as wide as high, or channels."""
        if CHANNEL_IN.search(part) or CHANNEL_OUT.search(part):
            return self._number(part)
        return self.choices.pick("kernel", [2, 3] if self.pools else [3, 2])

    def _number(self, name: str) -> Any:
        if CHANNEL_OUT.search(name) and not re.search("size", name):
            return self.sizes.letter("f")
        if CHANNEL_IN.search(name):
            return self.sizes.letter("c")
        if KERNEL.search(name) and (self.layout.features == "c" or name not in ("size", "f", "k")):
            return self.choices.pick("kernel", [2, 3] if self.pools else [3, 2, (3, 2), (2, 2)])
        if CHANCE.search(name):
            return self.choices.pick(name, list(CHANCES))
        if NUMBER.search(name):
            return Fraction(1, 5)
        says_side = SAYS_IN.search(name) or SAYS_OUT.search(name)
        for pattern, letter in ((BATCH, "n"), (VOCABULARY, "v"), (TIME, "t"), (HIDDEN, "h")):
            if pattern.search(name) and not (letter == "h" and says_side) and not self._is_width(name):
                return self.letter(letter)
        if OUTGOING.search(name):
            return self.letter("f" if self.layout.features == "c" else "k" if "h" not in self.order else "h")
        if INCOMING.search(name):
            return self.letter(self.layout.features)
        return self.letter(self.order[0] if self.order else "m")

    def _is_width(self, name: str) -> bool:
        """A constructor knows no number of samples: its n is that of what goes in."""
        return self.building and name == "n"
