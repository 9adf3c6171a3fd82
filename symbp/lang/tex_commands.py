"""What LaTeX commands mean: letters, marks, functions, signs, and what is only for the eye."""

from __future__ import annotations

import re
import unicodedata

from symbp.lang.names import GREEK

LETTERS = {f"\\{word}": letter for letter, word in GREEK.items() if letter not in "ϵϕς"} | {
    r"\epsilon": "ε", r"\varepsilon": "ε", r"\phi": "φ", r"\varphi": "φ", r"\vartheta": "θ",
    r"\varrho": "ρ", r"\varsigma": "σ",
}  # fmt: skip
MARKS = {
    r"\hat": "\u0302", r"\widehat": "\u0302", r"\bar": "\u0304", r"\overline": "\u0304",
    r"\tilde": "\u0303", r"\widetilde": "\u0303", r"\dot": "\u0307", r"\vec": "\u20d7",
}  # fmt: skip
STYLES = {
    r"\mathbf", r"\boldsymbol", r"\bm", r"\mathrm", r"\mathcal", r"\mathsf", r"\mathit", r"\mathbb",
    r"\mathfrak", r"\mathscr", r"\mathtt", r"\text", r"\textrm", r"\textbf", r"\textit", r"\textsf",
    r"\texttt", r"\operatorname", r"\operatorname*", r"\mbox", r"\pmb", r"\mathnormal", r"\rm", r"\mathop",
}  # fmt: skip
"""Commands that set a letter or a word in another type."""
WORDS = {r"\mathrm", r"\text", r"\textrm", r"\operatorname", r"\operatorname*", r"\mbox", r"\mathsf",
         r"\texttt", r"\mathtt", r"\textsf", r"\textit", r"\mathit", r"\textbf", r"\mathbf"}  # fmt: skip
"""Of those, the ones in which several letters are one word."""
_NAMED = "exp log ln tanh sin cos tan sinh cosh arcsin arccos arctan max min det"
FUNCTIONS = {f"\\{name}": name for name in _NAMED.split()}
SPELLINGS = {
    "sigm": "sigmoid", "layer norm": "layer_norm", "log softmax": "log_softmax", "logsoftmax": "log_softmax",
    "leakyrelu": "leaky_relu", "crossentropy": "cross_entropy", "sgn": "sign", "layernorm": "layer_norm",
    "log-softmax": "log_softmax", "batchnorm": "batch_norm",
}  # fmt: skip
"""Words of papers for functions of the language."""
ABBREVIATIONS = {"LN": "layer_norm"}
"""Words that mean something else in small letters."""
IGNORED = {
    r"\,", r"\;", r"\:", r"\!", r"\ ", r"\>", r"\quad", r"\qquad", r"\enspace", r"\thinspace",
    r"\displaystyle", r"\textstyle", r"\limits", r"\nolimits", r"\nonumber", r"\notag", r"\left",
    r"\right", r"\middle", r"\big", r"\Big", r"\bigg", r"\Bigg", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr",
    r"\biggl", r"\biggr", r"\Biggl", r"\Biggr", r"\bigm", r"\scriptstyle", r"\noindent", r"\centering",
    r"\hfill", r"\allowbreak", r"\strut", r"\underline", r"\boxed", r"\cancel", r"\bcancel",
    r"\mathstrut", r"\ensuremath", r"\mathord", r"\mathbin", r"\mathrel", r"\small", r"\normalsize",
    r"\large", r"\raggedright", r"\therefore", r"\because",
}  # fmt: skip
"""Space, size and frames: what they hold is read as if they were not there."""
WITH_ARGUMENT = {r"\label", r"\tag", r"\tag*", r"\hspace", r"\vspace", r"\phantom", r"\hphantom", r"\color",
                 r"\vphantom", r"\textcolor", r"\colorbox", r"\eqref", r"\ref", r"\footnote", r"\cite",
                 r"\hspace*", r"\vspace*", r"\eqno", r"\leqno", r"\intertext",
                 r"\shortintertext"}  # fmt: skip
"""Ignored together with their argument."""
SIGNS = {
    "+": ("PLUS", "+"), "-": ("MINUS", "-"), "*": ("STAR", "*"), r"\ast": ("STAR", "*"), "/": ("SLASH", "/"),
    r"\odot": ("ODOT", "⊙"), r"\circ": ("ODOT", "⊙"), r"\cdot": ("JUXT", "·"), r"\times": ("JUXT", "×"),
    r"\div": ("SLASH", "/"), ",": ("COMMA", ","), "<": ("COMPARE", "<"), ">": ("COMPARE", ">"),
    r"\le": ("COMPARE", "<="), r"\leq": ("COMPARE", "<="), r"\ge": ("COMPARE", ">="),
    r"\geq": ("COMPARE", ">="), r"\lt": ("COMPARE", "<"), r"\gt": ("COMPARE", ">"),
    r"\ne": ("COMPARE", "!="), r"\neq": ("COMPARE", "!="), r"\leqslant": ("COMPARE", "<="),
    r"\geqslant": ("COMPARE", ">="),
}  # fmt: skip
RELATIONS = {
    "=": "=", r"\leftarrow": "<-", r"\gets": "<-", r"\coloneqq": "=", r"\doteq": "=", r"\triangleq": "=",
    r"\equiv": "=",
}  # fmt: skip
ARROWS = {r"\Rightarrow", r"\implies", r"\Longrightarrow", r"\Leftrightarrow", r"\iff"}
"""Between two statements."""
STACKED = {r"\stackrel", r"\overset", r"\underset"}
"""What stands above or below something says nothing of its value."""
BRACED = {r"\underbrace", r"\overbrace"}
SWITCHES = {
    r"\rm": r"\mathrm",
    r"\bf": r"\mathbf",
    r"\cal": r"\mathcal",
    r"\it": r"\mathit",
    r"\sf": r"\mathsf",
}
"""Types that hold to the end of a group, and the commands with an argument for them."""
UNICODE = {
    "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum", "·": r"\cdot", "⋅": r"\cdot", "×": r"\times",
    "⊙": r"\odot", "∘": r"\circ", "‖": r"\|", "−": "-", "–": "-", "≤": r"\le", "≥": r"\ge", "≠": r"\ne",
    "←": r"\leftarrow", "⊤": r"\top", "…": r"\dots", "⋯": r"\cdots", "⋮": r"\vdots", "′": "'", "√": r"\sqrt",
    "∈": r"\in", "∏": r"\prod", "ℝ": r"\mathbb{R}", "⇒": r"\Rightarrow", "∞": r"\infty",
}  # fmt: skip
"""Letters that people type instead of commands."""
NO_EQUATION = {
    r"\cdots": "an ellipsis", r"\ldots": "an ellipsis", r"\dots": "an ellipsis", r"\vdots": "an ellipsis",
    r"\ddots": "an ellipsis", r"\dotsc": "an ellipsis", r"\dotsb": "an ellipsis", r"\lim": "a limit",
    r"\prod": "a product over an index whose ends are no numbers",
    r"\int": "an integral", r"\infty": "infinity",
    r"\mathbb": "a set or an expectation", r"\sim": "a distribution", r"\approx": "an approximation",
    r"\propto": "a proportion", r"\in": "a set", r"\forall": "a quantifier", r"\to": "a limit or a map",
    r"\rightarrow": "a limit or a map", r"\mapsto": "a map", r"\arg": "an argmin or argmax",
    r"\argmin": "an argmin", r"\argmax": "an argmax", r"\includegraphics": "an image",
    r"\Pr": "a probability", r"\mid": "a condition", r"\longrightarrow": "a map", r"\ll": "an estimate",
    r"\simeq": "an approximation", r"\otimes": "a tensor product",
}  # fmt: skip
"""What stands in formulas that define nothing which could be computed, and what to call it."""


_LATEX = re.compile(r"\\[A-Za-z|]|\$")


def looks_like_latex(text: str) -> bool:
    """Whether a text has commands or dollar signs."""
    return _LATEX.search(text) is not None


def plain_letter(char: str) -> str:
    """𝑥, 𝜎 and ℎ as the letters they show."""
    if char in UNICODE:
        return char
    return unicodedata.normalize("NFKC", char) if ord(char) > 0x20FF else char
