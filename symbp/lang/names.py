"""How a name is written: as its author wrote it, as an identifier, in LaTeX.

`ŷ`, `y_hat` and `\\hat y` are different spellings; each name keeps the one it came with, and gets
one ASCII identifier that is the same everywhere, never twice the same, never a reserved word.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-aehijklmnoprstuvx", strict=True))
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n", strict=True))
MARKS = {
    "\u0302": ("hat", r"\hat"),
    "\u0304": ("bar", r"\bar"),
    "\u0305": ("bar", r"\bar"),
    "\u0303": ("tilde", r"\tilde"),
    "\u0307": ("dot", r"\dot"),
    "\u20d7": ("vec", r"\vec"),
}
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ℓ": "ell",
}  # fmt: skip
RESERVED = set(keyword.kwlist) | set(keyword.softkwlist) | {
    "np", "forward", "backward", "update", "initial_state", "cache", "main", "abs", "all", "any", "dict",
    "float", "int", "len", "list", "max", "min", "print", "range", "sum", "tuple", "zip", "numpy",
    "PARAMETERS", "INPUTS", "Step", "state", "parameters", "gradients", "sizes", "self", "dtype", "sys",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """One name in its three spellings."""

    text: str
    ascii: str
    latex: str

    def __str__(self) -> str:
        return self.text


def normal(spelling: str) -> str:
    """One key for spellings that mean the same name: `W_1`, `W₁`, `W1`; `ŷ` composed or not."""
    return identifier(spelling)


def pieces(spelling: str) -> tuple[str, list[tuple[str, str]], list[str]]:
    """A spelling taken apart: base word, marks as (word, LaTeX), subscripts."""
    text = unicodedata.normalize("NFD", spelling)
    marks = [MARKS[c] for c in text if c in MARKS]
    text = "".join(c for c in text if c not in MARKS)
    subs: list[str] = []
    text = re.sub(r"_\{([^}]*)\}", lambda m: _keep(subs, m.group(1)), text)
    trailing = "".join(SUBSCRIPTS[c] for c in text if c in SUBSCRIPTS)
    text = "".join(c for c in text if c not in SUBSCRIPTS)
    if trailing:
        subs.insert(0, trailing)
    found = re.fullmatch(r"(.*?[^_\d])_?(\d+)", text)
    if found:
        text = found.group(1)
        subs.insert(0, found.group(2))
    elif "_" in text.strip("_"):
        base, _, sub = text.partition("_")
        if len(base) == 1 or base in GREEK:
            text = base
            subs.insert(0, sub)
    for suffix, mark in (("hat", MARKS["\u0302"]), ("bar", MARKS["\u0304"]), ("tilde", MARKS["\u0303"])):
        if text.endswith(suffix) and len(text) - len(suffix) == 1:
            text = text[: -len(suffix)]
            marks.append(mark)
    return text, marks, subs


def _keep(subs: list[str], sub: str) -> str:
    subs.append(sub)
    return ""


@lru_cache(maxsize=1 << 16)
def identifier(spelling: str) -> str:
    """The ASCII identifier of a spelling (not yet made unique)."""
    base, marks, subs = pieces(spelling)
    word = "".join(GREEK.get(c, c if c.isascii() else _ascii(c)) for c in base)
    word += "".join(mark for mark, _ in marks)
    for sub in subs:
        spelled = "".join(GREEK.get(c, SUBSCRIPTS.get(c, c)) for c in sub)
        clean = re.sub(r"[^A-Za-z0-9]+", "_", spelled.replace("+", "p").replace("-", "m")).strip("_")
        joint = "" if clean[:1].isdigit() and word[-1:].isalpha() else "_"
        word += joint + clean
    word = re.sub(r"\W", "_", word) or "v"
    if word[0].isdigit():
        word = "v" + word
    return word + "_" if word in RESERVED or word == "lambda" else word


def program_word(name: str) -> str:
    """The identifier of a name, where ∂h is the gradient dh."""
    return identifier(name.replace("∂", "d"))


def _ascii(char: str) -> str:
    plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return plain or f"u{ord(char):x}"


def latex(spelling: str) -> str:
    """A spelling in LaTeX."""
    base, marks, subs = pieces(spelling)
    if len(base) == 1:
        text = f"\\{GREEK[base]}" if base in GREEK else base
    elif base in GREEK.values():
        text = f"\\{base}"
    else:
        letters = "".join(f"\\{GREEK[c]} " if c in GREEK else c for c in base).strip()
        text = r"\mathrm{" + letters.replace("_", r"\_") + "}"
    for _, command in marks:
        text = f"{command}{{{text}}}"
    if subs:
        inner = ",".join(subs)
        inner = "".join(f"\\{GREEK[c]} " if c in GREEK else c for c in inner).strip()
        if len(inner) > 1 and inner.isalpha():
            inner = r"\mathrm{" + inner + "}"
        text += f"_{{{inner}}}" if len(inner) > 1 else f"_{inner}"
    return text


class NameTable:
    """Gives each name its identifier, once, without collisions."""

    def __init__(self, written: Mapping[str, str] | None = None) -> None:
        """`written` is the author's own LaTeX for some names, by identifier."""
        self._taken: dict[str, Name] = {}
        self._written = written or {}

    def add(self, spelling: str) -> Name:
        word = identifier(spelling)
        unique, count = word, 2
        while unique in self._taken:
            unique, count = f"{word}_{count}", count + 1
        shown = self._written.get(word) or latex(spelling)
        name = Name(unicodedata.normalize("NFC", spelling), unique, shown)
        self._taken[unique] = name
        return name

    def __contains__(self, ascii_word: str) -> bool:
        return ascii_word in self._taken
