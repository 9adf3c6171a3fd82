"""What is passed for an argument: by its name, its default and how the code uses it.

Where more than one value makes sense, the choice is recorded under the argument's name, so that
each can be tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node, leaf
from symbp.audit.choices import NOTHING, Choices
from symbp.audit.linear import linear_shape
from symbp.audit.names import RATE, TARGET
from symbp.audit.shapes import Layout, Sizes
from symbp.audit.usage import Usage
from symbp.errors import UnsupportedError
from symbp.lang.code.values import Builtin, Namespace, Opaque
from symbp.ops.axes import transpose

KERNEL = re.compile(
    r"kernel|filter_?(?:size|h|w|shape|dim)|pool|^k$|^hh$|^ww$|window|field|ksize|^f$|^[fk][hw]$|kern|^size$|"
    r"^k_?size$|^[hw]_?f$|^f_?(?:size|h|w)$",
    re.I,
)
STRIDE, PAD = re.compile(r"strid|^s$|^step$|^hop", re.I), re.compile(r"^p$|pad", re.I)
HEADS = re.compile(r"head", re.I)
COUNT = re.compile(
    r"num(?:ber)?_?(?:of_?)?layers|n_?layers|depth|blocks|repeat|groups|dilat|iterations|epochs", re.I
)
CHANCE = re.compile(r"drop|keep|prob|ratio|^p$|^rate$", re.I)
SMALL_NUMBER = re.compile(r"eps|epsilon|delta", re.I)
EPSILON = re.compile(r"(?:^|_)eps(?:ilon)?$", re.I)
NUMBER = re.compile(
    r"momentum|alpha|beta|lambda|^lam|reg|decay|slope|scale|leak|negative|gain|gamma|temp|margin|threshold|weight_init|std|limit|clip|^c$|mu$|^a$|^lmb?d|"
    r"^sigma$|^tau$|^ell$|bandwidth|length_?scale",
    re.I,
)
SEED, TEXT = (
    re.compile(r"seed|random_state", re.I),
    re.compile(r"name|title|label|(?:^|_)id$|verbose|debug", re.I),
)
TRUNCATES = re.compile(r"trunc|bptt", re.I)
"""How many steps a gradient flows back; at fewer than there are it is truncated on purpose."""
FLAG = re.compile(r"train|use_|is_|has_|bias$|affine|return_|verbose|test_mode|inplace", re.I)
IN_USE = re.compile(r"^(?:is_?|in_?)?(?:eval\w*|test\w*|infer\w*|predict\w*)$", re.I)
"""Flags that say that a layer is used, not trained."""
HIDDEN = re.compile(r"hid|units|neurons|n_?h$|^h$|^n_h|state_size", re.I)
INCOMING = re.compile(
    r"(?:^|_)in|n_?in|input|prev|fan_in|^d$|^n_x|^i$|visible|num_feat|dim|^D$|model|embed|emb|feat|norm|width",
    re.I,
)
OUTGOING = re.compile(r"(?:^|_)out|n_?out|output|next|fan_out|classes|^n_y|^k$|^o$|^m$|target", re.I)
CHANNEL_IN, CHANNEL_OUT = (
    re.compile(
        r"in_?ch|channels_?in|^c$|input_?channels|num_channels|^channels|depth$|^ic$|c_?in$|ch_?in$", re.I
    ),
    re.compile(r"out_?ch|filters|channels_?out|num_?kernels|^oc$|c_?out$|ch_?out$|^nf$|^fn$|maps", re.I),
)
VOCABULARY, TIME, BATCH = (
    re.compile(r"vocab|num_?emb|n_?emb|n_?tokens|dictionary|words|^word_?(?:dim|size|count)", re.I),
    re.compile(r"seq|time|^t$|length|steps|max_?len|context_size", re.I),
    re.compile(r"batch|^n$|samples", re.I),
)
SIZES = re.compile(r"sizes|layers|dims|architecture|topology|structure|shape_list|neurons_list", re.I)
STACKS = re.compile(r"layers|modules|blocks|stack", re.I)
SAYS_IN = re.compile(r"^(?:n_?|num_?|dim_?|size_?)?(?:in|input|inputs|prev|fan_?in)(?:_|$)|_in$", re.I)
SAYS_OUT = re.compile(r"^(?:n_?|num_?|dim_?|size_?)?(?:out|output|outputs|fan_?out)(?:_|$)|_out$", re.I)
SAYS_SLOPE = re.compile(r"deriv|prime|grad|^(?:d_?(?:act\w*|func\w*|fn)|(?:act\w*|func\w*|fn)_d)$", re.I)
GENERATOR = re.compile(r"^_?(?:rng|generator|random|rand|rs)$")
COUNTS = re.compile(r"size|num|dim|_in$|_out$|filters|^width$|^words?$|^window$", re.I)
"""What is a number, although it may begin like a weight."""
SHAPE = re.compile(r"shape$", re.I)
ACTIVATION = re.compile(r"activ|nonlin|^act|^func|^fn$|^f$", re.I)
WEIGHT = re.compile(
    r"^_?(?:w|u|v|weights?|kernels?|filters?|theta|weight_\w+|w_?\w{1,4}|[wuv]_\w+|embed\w*|params_w|dense_w|f)\d*_?$",
    re.I,
)
RECURRENT = re.compile(
    r"^(?:w_?hh|w_?h|u\w?|u_\w|w_?aa|w_?rec\w*|recurrent\w*|weights?_hh|w_?ss|w_?hidden|w_?hr|w_?hz|whx)$",
    re.I,
)
OUT_WEIGHT = re.compile(r"^(?:w_?h[yoq]|w_?ya|w_?y|v|w_?out|w_?o|weights?_out\w*|w_?hy)$", re.I)
BIAS = re.compile(r"^_?(?:b|bias|biases|b_?\w{1,3}|bias_\w+|beta\w?)\d*$", re.I)
OUT_BIAS = re.compile(r"^(?:b_?y|b_?q|b_?out|b_?o|c)$", re.I)
GAIN = re.compile(r"^(?:gamma|beta|gain|shift|scale|g|running_\w+|moving_\w+|mean|var)\w?$", re.I)
STATE = re.compile(
    r"^(?:h|h_?prev\w*|prev_?h\w*|a_?prev\w*|h0|h_?0|hx|state\w*|hidden\w*|prev_?state|c|c_?prev\w*|prev_?c\w*|c0|h_?t1|s_?prev|a0|h_?init|prev\w*_(?:h|state|hidden)\w*|cx|h_last|h_old|c_old)$",
    re.I,
)
MASK = re.compile(r"mask", re.I)
CLASSES = re.compile(r"^c(?:lasses)?$")
"""What right answers are called beside probabilities: the classes."""
INDICES = re.compile(
    r"^(?:idx|ids|index|indices|indexes|tokens?|words?|word_\w+|context\w*|contexts?|seq)$", re.I
)
SAYS_INDEX = re.compile(r"(?<=[a-z])_?(?:Idx|Index)$|_(?:idx|index)$")
SAID = (
    (SAYS_INDEX, ""),
    (re.compile(r"(?<=[a-z])(?:Vec|Vector)$|_(?:vec|vector)$"), "d"),
    (re.compile(r"(?<=[a-z])(?:Vecs|Vectors|Embeddings?)$|_(?:vecs|vectors|embeddings?)$"), "v, d"),
)
"""Last words of longer names, and the shapes that they say."""
GATES = ("1", "4", "3", "joined")
"""How many gates the weights of a recurrent cell hold; or they are for state and input together."""
ATTENDED = {"q", "k", "v", "query", "key", "value", "queries", "keys", "values"}
CHANCES = (Fraction(1, 2), Fraction(1, 4))


@dataclass
class Values:
    """Values under one layout, sizes and choices; `leaves` are the arrays that were made."""

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
    names: list[str] = field(default_factory=list)
    """The arguments of forward."""
    words: list[str] = field(default_factory=list)
    """Keys of the dictionaries that the module has."""
    siblings: frozenset[str] = frozenset()
    """The names of all parameters."""
    chances: frozenset[str] = frozenset()
    """What random numbers are compared with: a probability, whatever it is called."""
    leaves: dict[str, Node] = field(default_factory=dict)
    stack: Callable[[], list[Any]] | None = None
    """Makes layers for a network that is given a list of them."""
    building: bool = False
    """The arguments are those of a constructor."""
    stage: str = ""
    """How far a reading has come: "backward" where all of its arguments are known."""
    order: list[str] = field(default_factory=lambda: ["d", "h", "k", "m"])

    # -- arrays -------------------------------------------------------------------------------

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

        def gated(text: str, letter: str = "h") -> str:
            if gates == "joined":
                return text.replace("d", "h + d", 1)
            return (
                text
                if gates == "1" or letter not in text
                else text[::-1].replace(letter, f"{letter}*{gates}"[::-1], 1)[::-1]
            )

        if self.square and re.match(r"^[wb]_?[qkvo]$", name, re.I):
            return "d, d" if name[0] in "wW" else "d"
        digits = re.search(r"(\d)$", name)
        if WEIGHT.match(name) and digits and "h" in layout.w and int(digits.group(1)) in (1, 2, 3):
            at = int(digits.group(1))
            letters = ["d", "h", "k", "m"][at - 1 : at + 1]
            return ", ".join(letters if layout.w == "d, h" else letters[::-1])
        if BIAS.match(name) and digits and layout.b.replace("1, ", "").replace(", 1", "") == "h":
            return layout.b.replace("h", {"1": "h", "2": "k", "3": "m"}.get(digits.group(1), "h"))
        if RECURRENT.match(name) and not self._has_recurrent_beside(name):
            return gated(layout.recurrent) if layout.w.startswith("d") else _left(layout.recurrent, gates)
        if OUT_WEIGHT.match(name):
            return layout.out
        if OUT_BIAS.match(name):
            return layout.b_out
        if GAIN.match(name):
            return layout.gamma
        if WEIGHT.match(name):
            return (
                gated(layout.w)
                if layout.w.startswith("d")
                else _left(layout.w, gates)
                if layout.w.startswith("h")
                else layout.w
            )
        if BIAS.match(name):
            return gated(layout.b)
        return None

    def _has_recurrent_beside(self, name: str) -> bool:
        """W_h is for the input where there is a U_h for the state: h is the name of a gate."""
        found = re.fullmatch(r"[wW](_?\w)", name)
        return found is not None and bool(self.siblings & {f"U{found.group(1)}", f"u{found.group(1)}"})

    # -- arguments of forward -----------------------------------------------------------------

    def data(self, name: str, default: Any, usage: Usage) -> Any:
        """What forward gets for an argument.  NoValue where nothing is known."""
        if name in self.leaves and name in self.shapes:
            return self.leaves[name]
        if name in self.shapes:
            return self.array(name, self.shapes[name])
        if name in self.init:
            return self.given(self.init[name])
        if self.layout.vector and default is NOTHING and not TARGET.match(name):
            shape = linear_shape(name, self.names, self.layout)
            self.first = False
            is_number = NUMBER.search(name) is not None and name not in "AXZ"
            if is_number and shape in (None, self.layout.x):
                return self.array(name, "", facts=["positive"])
            if shape is not None:
                return self.array(name, shape)
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
        if default is None and not TARGET.match(name):
            return (
                self.choices.pick(f"{name} given", [None])
                if not usage.is_flag or not FLAG.search(name)
                else True
            )
        if default is None:
            return None
        if STATE.match(name):
            return self.array(name, self.layout.state)
        if MASK.search(name):
            return self.array(name, self.layout.x, facts=["binary"])
        shape = None if self.attends and name.lower() in ATTENDED else self.shape_of(name)
        if shape is not None:
            return self.array(name, shape)
        if (self._is_setting(name) and not usage.is_array) or usage.is_flag:
            return self.setting(name, default, usage)
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
        if self.layout.index:
            return self.index(name, self.layout.x)
        alone = self.layout.x.endswith(", 1")  # probabilities of one class are all 1
        numbers = ["real", "unit"] if alone else ["real", "unit", "prob"]
        fact = self.choices.pick("numbers", numbers) if self.logs else "real"
        return self.array(name, self.layout.x, facts=[] if fact == "real" else [fact])

    def target(self, name: str) -> Node:
        """Right answers: like the predictions, or the number of the right class."""
        layout = self.layout
        if layout.vector:
            fact = str(self.choices.pick("target", ["real", "binary", "pm1"]))
            return self.array(name, layout.target, facts=[] if fact == "real" else [fact])
        options = (
            ["onehot", "index", "real", "pm1"] if self.logs else ["real", "index", "onehot", "pm1", "column"]
        )
        kind = self.choices.pick("target", options)
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

    # -- arguments of constructors, and settings ----------------------------------------------

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
        if re.search(r"^mode$", name):
            return self.choices.pick(
                "mode", ["train", *(s for s in usage.strings if s not in ("train", "test"))]
            )
        if usage.strings:
            options = [*([None] if default is None else []), *usage.strings]
            return self.choices.pick(name, options)
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
        if SHAPE.search(name) and (KERNEL.search(name) or (self.pools and name == "shape")):
            return self.choices.pick("kernel", [(2, 2), (2, 1)] if self.pools else [(3, 2), (2, 2)])
        if SHAPE.search(name):
            axes = [s.strip() for s in self.layout.x.split(",")]
            return tuple(self.sizes.letter(s) for s in (axes if "n" not in axes else axes[1:]))
        if self.stack is not None and usage.is_list and STACKS.search(name):
            return self.stack()
        counted = COUNT.search(name) is not None and not usage.is_list
        if (SIZES.search(name) and not counted) or (usage.is_list and re.search("nodes|neurons|units", name)):
            return [self._letter(s) for s in ("d", "h", "k")]
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
                return self._letter(letter)
        if OUTGOING.search(name):
            return self._letter("f" if self.layout.features == "c" else "k" if "h" not in self.order else "h")
        if INCOMING.search(name):
            return self._letter(self.layout.features)
        return self._letter(self.order[0] if self.order else "m")

    def _is_width(self, name: str) -> bool:
        """A constructor knows no number of samples: its n is that of what goes in."""
        return self.building and name == "n"

    def _letter(self, letter: str) -> Any:
        if letter in self.order:
            self.order.remove(letter)
        return self.sizes.letter(letter)


def said_shape(name: str) -> str | None:
    """The shape that the last word of a longer name says: a vector, a table of vectors, one index.

    >>> said_shape("centerWordVec"), said_shape("output_vectors"), said_shape("wordIdx"), said_shape("x")
    ('d', 'v, d', '', None)
    """
    return next((shape for pattern, shape in SAID if pattern.search(name)), None)


def is_function(name: str) -> bool:
    """A name for an activation."""
    return ACTIVATION.search(name) is not None


def _left(text: str, gates: str) -> str:
    """The gates stacked along the first axis of "h, d"."""
    if gates == "joined":
        return text.replace("d", "h + d", 1)
    return text if gates == "1" else text.replace("h", f"{gates}*h", 1)
