"""Names in LaTeX: marks, type styles, subscripts, and the indices among them.

`\\hat{y}_i` is the name ŷ with the index i where some Σ runs over i, and the name ŷ_i elsewhere;
`W_{hh}`, `h_{2}`, `z^{(l)}` and `L_{\\text{reg}}` are names as they stand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from symbp.errors import ModelError, ParseError, Place
from symbp.lang.names import identifier
from symbp.lang.names import latex as latex_of
from symbp.lang.tex_commands import LETTERS, MARKS, STYLES, WORDS
from symbp.lang.tex_document import span
from symbp.lang.tex_scan import Lexeme, argument

_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
MOST_MARKS = 4


@dataclass(frozen=True)
class TexName:
    """A name as it stands: its spelling, its indices, its type style, the lexeme behind it."""

    spelled: str
    indices: tuple[str, ...]
    style: str
    latex: str
    place: Place
    end: int
    is_word: bool = False

    @property
    def key(self) -> str:
        return identifier(self.spelled)


@dataclass(frozen=True)
class _Base:
    letter: str
    marks: str
    groups: tuple[tuple[str, tuple[Lexeme, ...]], ...]
    style: str
    end: int
    is_word: bool


@dataclass
class Names:
    """What is known of the names of a text before any formula is parsed."""

    indices: set[str] = field(default_factory=set)
    """Letters that some Σ runs over, and those that stand where such letters stand."""
    limits: dict[str, str] = field(default_factory=dict)
    """Index letter -> the letter that its Σ ends with: N in Σ_{i=1}^N."""
    known: set[str] = field(default_factory=set)
    """Identifiers that an equation sets or a declaration names."""
    alone: set[str] = field(default_factory=set)
    """Identifiers that stand as an operand somewhere."""
    functions: set[str] = field(default_factory=set)
    """Identifiers that the text defines as functions."""
    listed: set[str] = field(default_factory=set)
    """Identifiers that a list of arguments follows which says nothing: L(θ)."""
    single: dict[str, str] = field(default_factory=dict)
    """Identifier of a name with a list of one name behind it, f(x) = …, -> that name: ∇f is by x."""
    raised: set[str] = field(default_factory=set)
    """Spellings with a raised letter that an equation sets: z^l."""
    layers: set[str] = field(default_factory=set)
    """Raised letters of left sides that count layers: l in z^l = W^l a^{l-1}; `1` where numbers do."""
    squares: set[tuple[str, ...]] = field(default_factory=set)
    """Names whose square an equation sets, as lexemes without braces: σ_B in σ_B^2 = …"""
    roots: dict[str, str] = field(default_factory=dict)
    """Identifier of such a name -> the spelling of its square."""
    unspecified: set[str] = field(default_factory=set)
    """Identifiers of functions that the text uses and does not define, where that is allowed."""
    differentials: set[str] = field(default_factory=set)
    """Identifiers of names x of which the text sets dx = …, the gradient of the loss."""
    loss: str = ""
    """The spelling of the loss that these gradients are of."""
    words: set[str] = field(default_factory=set)
    """Words of several plain letters that an equation sets."""
    declared: bool = False
    summed: set[str] = field(default_factory=set)
    """Letters that a Σ names first: those that it binds."""
    given: set[str] = field(default_factory=set)
    """Letters of given entries: the y of -log p_y."""
    from_zero: bool = False
    """Whether a Σ says that its index begins at 0."""
    slots: set[tuple[str, int, int]] = field(default_factory=set)
    """Where indices stand: base with its sign, number of components, position."""
    spellings: dict[str, TexName] = field(default_factory=dict)
    """Identifier -> its name as it was first written."""

    def note(self, name: TexName) -> None:
        """Remember how a name is written.  ModelError where two names would become one."""
        first = self.spellings.setdefault(name.key, name)
        same = first.style == name.style or first.indices or name.indices
        if first.spelled != name.spelled or not same:
            facts = [f"line {first.place.line} has {first.latex}"]
            hint = "write it the same way everywhere, or give the other one a letter of its own"
            reason = f"{name.latex} and {first.latex} cannot be told apart"
            raise ModelError(reason, name.place, facts, hint)


def read_name(lexemes: Sequence[Lexeme], at: int, names: Names) -> TexName | None:
    """The name that starts at an index, None where none does.  ParseError for a strange subscript."""
    base = _base(lexemes, at, names, 0)
    if base is None:
        return None
    subs: list[str] = []
    indices: list[str] = []
    for sign, content in base.groups:
        components = list(_parts(content))
        for k, (component, place) in enumerate(components):
            _refuse_number(component, (base.letter + sign, len(components), k), names, place)
            found = _as_indices(component, names)
            if found is not None:
                indices += found
                continue
            _refuse_shifted(component, names, place)
            subs.append(component if sign == "_" or component[:1] in "([" else f"({component})")
    spelled = _spelled(base, subs)
    place = span(lexemes[at : base.end])
    latex = place.text.splitlines()[place.line - 1][place.start : place.end] if not indices else ""
    shown = latex if latex and not indices else spelled
    if any(x.kind == "number" and x.place.snippet != x.text for x in lexemes[at : base.end]):
        shown = _at_step(base, subs)
    return TexName(spelled, tuple(indices), base.style, shown, place, base.end, base.is_word)


def _at_step(base: _Base, subs: Sequence[str]) -> str:
    """The LaTeX of a name that was written with a letter for its step: W^{(2)} for W^l."""
    word = latex_of(unicodedata.normalize("NFC", base.letter + base.marks))
    low = ",".join(s for s in subs if s[:1] not in "([")
    high = "".join(s for s in subs if s[:1] in "([")
    word += f"_{{{low}}}" if len(low) > 1 else f"_{low}" if low else ""
    return word + (f"^{{{high}}}" if high else "")


def _spelled(base: _Base, subs: Sequence[str]) -> str:
    word = unicodedata.normalize("NFC", base.letter + base.marks)
    inner = ",".join(subs)
    if not inner:
        return word
    if inner.isascii() and inner.isdigit():
        return word + inner.translate(_DIGITS)
    return f"{word}_{inner}" if len(inner) == 1 else f"{word}_{{{inner}}}"


def _base(lexemes: Sequence[Lexeme], at: int, names: Names, depth: int) -> _Base | None:
    if at >= len(lexemes) or depth > MOST_MARKS:
        return None
    lexeme = lexemes[at]
    if lexeme.kind == "letter":
        word = _set_word(lexemes, at, names)
        start = _Base(word or lexeme.text, "", (), "", at + len(word or "x"), bool(word))
    elif lexeme.text in LETTERS:
        start = _Base(LETTERS[lexeme.text], "", (), "", at + 1, False)
    elif lexeme.text == r"\ell":
        start = _Base("ℓ", "", (), "", at + 1, False)
    elif lexeme.kind == "open":
        content, after = argument(lexemes, at)
        inner = _base(content, 0, names, depth + 1)
        if inner is None or inner.end != len(content):
            return None
        start = replace(inner, end=after)
    elif lexeme.text in MARKS or lexeme.text in STYLES:
        inner = _inside(lexemes, at, names, depth)
        if inner is None:
            return None
        start = inner
    else:
        return None
    return _with_scripts(lexemes, at, start, names)


def bare(lexemes: Sequence[Lexeme]) -> tuple[str, ...]:
    """The texts of lexemes without braces."""
    return tuple(x.text for x in lexemes if x.kind not in ("open", "close"))


def _set_word(lexemes: Sequence[Lexeme], at: int, names: Names) -> str | None:
    """The letters from here on as one word, where the text sets it: net = …"""
    for word in sorted(names.words, key=len, reverse=True):
        run = lexemes[at : at + len(word)]
        if len(run) == len(word) and all(
            x.kind == "letter" and x.text == c for x, c in zip(run, word, strict=True)
        ):
            return word
    return None


def _inside(lexemes: Sequence[Lexeme], at: int, names: Names, depth: int) -> _Base | None:
    """A letter, or a word, in a type style or under a mark."""
    command = lexemes[at].text
    content, after = argument(lexemes, at + 1)
    letters = all(x.kind in ("letter", "number") or x.text in "-_" for x in content)
    if command in WORDS and len(content) > 1 and letters and content[0].kind == "letter":
        if any(x.text == "_" for x in content):
            return None
        return _Base("".join(x.text for x in content).replace("-", "_"), "", (), "", after, True)
    inner = _base(content, 0, names, depth + 1)
    if inner is None or inner.end != len(content):
        return None
    if command in MARKS:
        return replace(inner, marks=inner.marks + MARKS[command], end=after)
    return replace(inner, style=_style(command) + inner.style, end=after)


def _style(command: str) -> str:
    """Styles that look alike are one: all upright ones none, all bold ones bold."""
    if command in (r"\boldsymbol", r"\bm", r"\pmb", r"\textbf", r"\mathbf"):
        return "bold "
    return command[1:] + " " if command in (r"\mathcal", r"\mathscr", r"\mathfrak", r"\mathbb") else ""


def _with_scripts(lexemes: Sequence[Lexeme], first: int, start: _Base, names: Names) -> _Base:
    groups = list(start.groups)
    at = start.end
    while at < len(lexemes) and lexemes[at].text in ("_", "^", "'"):
        if lexemes[at].text == "'":
            if f"{start.letter}'" not in names.raised:
                break
            groups.append(("_", (Lexeme("letter", "prime", lexemes[at].place),)))
            at += 1
            continue
        content, after = argument(lexemes, at + 1)
        if lexemes[at].text == "^" and bare(content) == ("2",) and bare(lexemes[first:at]) in names.squares:
            groups.append(("_", (Lexeme("letter", "sq", lexemes[at].place),)))
            at = after
            break
        if lexemes[at].text == "^" and not _is_label(start.letter, content, names):
            break
        groups.append((lexemes[at].text, tuple(content)))
        at = after
    return replace(start, groups=tuple(groups), end=at)


def _is_label(base: str, content: Sequence[Lexeme], names: Names) -> bool:
    """Whether what stands raised belongs to the name: (l), [1], or indices."""
    texts = [x.text for x in content]
    if len(texts) > 2 and (texts[0], texts[-1]) in (("(", ")"), ("[", "]")):
        return True
    if f"{base}^{''.join(texts)}" in names.raised:
        return True
    if _counts_layers(texts, names.layers) or _is_mark(base, texts):
        return True
    letters = [t for t in texts if t != ","]
    return bool(letters) and all(t in names.indices for t in letters)


def _counts_layers(texts: Sequence[str], layers: set[str]) -> bool:
    """l, l-1, and L as the last of them; 2 where a left side has z^1."""
    if not texts or not layers:
        return False
    shifted = len(texts) == 1 or (len(texts) == 3 and texts[1] in "+-" and texts[2].isdigit())
    number = "1" in layers and texts[0].isdigit()
    return shifted and (number or bool({texts[0], texts[0].lower()} & (layers - {"1"})))


def _is_mark(base: str, texts: Sequence[str]) -> bool:
    """W^Q: no matrix is an exponent."""
    return base.isupper() and len(texts) == 1 and texts[0].isupper() and texts[0] not in ("T", "H")


def _parts(content: Sequence[Lexeme]) -> Iterator[tuple[str, Place]]:
    """The components of a subscript as plain text."""
    if not content:
        return
    text, first = "", 0
    at = 0
    while at < len(content):
        lexeme = content[at]
        at += 1
        if lexeme.text == "," and text:
            yield text, span(content[first : at - 1])
            text, first = "", at
            continue
        text += _plain(lexeme, content, at)
        if lexeme.text in MARKS:
            at = argument(content, at)[1]
    yield text, span(content[first:] or content)


def _plain(lexeme: Lexeme, content: Sequence[Lexeme], at: int) -> str:
    """One lexeme of a subscript as text; braces and type styles say nothing."""
    if lexeme.text in MARKS:
        inner = argument(content, at)[0]
        return unicodedata.normalize("NFC", "".join(x.text for x in inner) + MARKS[lexeme.text])
    if lexeme.text in LETTERS:
        return LETTERS[lexeme.text]
    if lexeme.text in STYLES or lexeme.kind in ("open", "close"):
        return ""
    if lexeme.kind in ("letter", "number") or lexeme.text in ("+", "-", "(", ")", "[", "]", "_", "*"):
        return lexeme.text
    if lexeme.text in (r"\ell", r"\cdot"):
        return lexeme.text[1:]
    raise ParseError(
        f"'{lexeme.text}' cannot stand in a subscript", lexeme.place, hint="write letters and numbers there"
    )


def _as_indices(component: str, names: Names) -> list[str] | None:
    bare = component[1:-1] if component[:1] in "([" else component
    if bare in names.indices:
        return [bare]
    if len(component) > 1 and all(c in names.indices for c in component):
        return list(component)
    return None


def _refuse_number(component: str, slot: tuple[str, int, int], names: Names, place: Place) -> None:
    """x_1 beside Σ_i x_i is one entry of x, which is not read; w_0 is a name of its own."""
    alone = component == "0" and not names.from_zero
    if slot in names.slots and component.strip("()[]").isdigit() and not alone:
        reason = f"'{component}' stands where an index stands elsewhere"
        raise ParseError(reason, place, hint="give this entry a name of its own")


def _refuse_shifted(component: str, names: Names, place: Place) -> None:
    """h_{t-1} beside Σ_t is a recurrence, W^{(l)} beside Σ_l is many matrices: neither is read."""
    found = [c for c in component if c in names.indices]
    if found and not component.isalpha():
        reason = f"'{component}' steps along the index {found[0]}"
        raise ParseError(reason, place, hint="write the steps out, one name for each")
