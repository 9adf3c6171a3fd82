"""Layers and time steps that a text counts: Σ and ∏ with numbers as ends, h_t for each t.

A text may write one equation for all steps, h_t = tanh(W h_{t-1} + U x_t), with t from 1 to T.  Where
the number of steps is known, each formula with a t stands for one formula per step, and Σ_{t=1}^T and
∏_{t=2}^T for the terms and factors written out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from symbp.errors import ParseError
from symbp.lang.tex_document import Formula
from symbp.lang.tex_scan import CLOSING, OPENING, Lexeme, argument, limits_of, outer

MOST_STEPS = 32
LONGEST = 20_000
_SIGNS = {"+", "-", "=", ",", r"\leftarrow", r"\Rightarrow", ";"}
_BARS = {r"\|", r"\Vert", r"\lVert", r"\rVert", "|"}
_FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac"}


def with_numbers(formulas: Sequence[Formula]) -> list[Formula]:
    """The formulas, with every Σ and ∏ written out that counts steps or layers and ends at numbers."""
    return [
        replace(f, lexemes=tuple(_written_out(list(f.lexemes), {}, ())))
        if any(x.text in (r"\sum", r"\prod") for x in f.lexemes)
        else f
        for f in formulas
    ]


def _written_out(listed: list[Lexeme], known: Mapping[str, int], steps: Collection[str]) -> list[Lexeme]:
    """One formula with its Σ and ∏ over steps written out, from the left to the right."""
    at = 0
    while at < len(listed):
        if listed[at].text in (r"\sum", r"\prod"):
            found = _ends(listed, at, known)
            if found is not None:
                letter, first, last, start = found
                stop = _reach(listed, at, start, letter)
                body = listed[start:stop]
                if listed[at].text == r"\prod" or letter in steps or _counts(body, letter):
                    new = _terms(listed[at], body, letter, first, last)
                    listed = [*listed[:at], *new, *listed[stop:]]
                    if len(listed) > LONGEST:
                        raise ParseError(
                            "this is too long when it is written out",
                            listed[at].place,
                            hint="take fewer steps, or let a letter be the upper limit",
                        )
                    continue
        at += 1
    return listed


def _ends(listed: Sequence[Lexeme], at: int, known: Mapping[str, int]) -> tuple[str, int, int, int] | None:
    """Letter, first and last number of the Σ or ∏ at an index, and the index behind its limits."""
    below, above, start = limits_of(listed, at)
    texts = [x.text for x in below]
    if len(texts) < 3 or texts[1] != "=" or below[0].kind != "letter":
        return None
    first, last = _number(texts[2:], known), _number([x.text for x in above], known)
    if first is None or last is None:
        return None
    if last - first >= MOST_STEPS:
        raise ParseError(
            f"at most {MOST_STEPS} steps are written out",
            listed[at].place,
            hint="take fewer steps, or let a letter be the upper limit",
        )
    return texts[0], first, last, start


def _number(texts: Sequence[str], known: Mapping[str, int]) -> int | None:
    """3, T, n+1 as a number."""
    total, sign = 0, 1
    if not texts:
        return None
    for text in texts:
        if text in ("+", "-"):
            sign = 1 if text == "+" else -1
        elif text.isdigit() or text in known:
            total += sign * (int(text) if text.isdigit() else known[text])
            sign = 1
        else:
            return None
    return total


def _reach(listed: Sequence[Lexeme], at: int, start: int, letter: str) -> int:
    """The index behind what a Σ or ∏ works on.

    A Σ reaches as far as a product does; a ∏ takes the factors that have its index.
    """
    if listed[at].text == r"\prod":
        return _factors_with(listed, start, letter)
    depth = bars = 0
    for k in range(start, len(listed)):
        text = listed[k].text
        depth += (text in OPENING) - (text in CLOSING)
        bars += text in _BARS
        if depth < 0 or (depth == 0 and bars % 2 == 0 and text in _SIGNS and k > start):
            return k
    return len(listed)


def _factors_with(listed: Sequence[Lexeme], start: int, letter: str) -> int:
    stop = at = start
    while at < len(listed):
        if listed[at].text in _FRACTIONS:
            end = argument(listed, argument(listed, at + 1)[1])[1]
        elif listed[at].text in (r"\cdot", r"\,", r"\times"):
            at += 1
            continue
        elif listed[at].text in _SIGNS or listed[at].text in CLOSING:
            break
        else:
            end = argument(listed, at)[1]
            while end < len(listed) and listed[end].text in ("_", "^"):
                end = argument(listed, end + 1)[1]
        if not any(x.text == letter for x in listed[at:end]):
            break
        stop = at = end
    return stop


def _counts(body: Sequence[Lexeme], letter: str) -> bool:
    """Whether an index counts steps or layers: it stands in brackets, W^{(l)}, or is shifted, h_{t-1}."""
    for at, lexeme in enumerate(body):
        if lexeme.text in ("_", "^") and at + 1 < len(body):
            texts = [x.text for x in argument(body, at + 1)[0]]
            inner = texts[1:-1] if texts[:1] in (["("], ["["]) else texts
            if letter in inner and (len(inner) > 1 or inner != texts) and "," not in inner:
                return len(inner) == 1 or inner[1] in ("+", "-")
    return False


def _terms(head: Lexeme, body: Sequence[Lexeme], letter: str, first: int, last: int) -> list[Lexeme]:
    """The terms of a Σ in brackets, or the factors of a ∏.

    Jacobians do not commute: the factors go from the last one down, as the chain rule has them.
    """
    found: list[Lexeme] = []
    product = head.text == r"\prod"
    steps = range(first, last + 1)
    for k in reversed(steps) if product else steps:
        if found and not product:
            found.append(Lexeme("sign", "+", head.place))
        found += at_step(body, {letter: k})
    if product:
        return found
    left, right = (Lexeme("sign", bracket, head.place) for bracket in "()")
    return [left, *found, right]


def at_step(listed: Sequence[Lexeme], values: Mapping[str, int]) -> list[Lexeme]:
    """Formulas at one step: t, t-1 and T in scripts as numbers."""
    found: list[Lexeme] = []
    at = 0
    while at < len(listed):
        lexeme = listed[at]
        found.append(lexeme)
        at += 1
        if lexeme.text in ("_", "^") and at < len(listed):
            content, after = argument(listed, at)
            transposes = lexeme.text == "^" and [x.text for x in content] == ["T"]
            if any(x.text in values for x in content) and not transposes:
                place = content[0].place
                inner = _components(content, values)
                found += [Lexeme("open", "{", place), *inner, Lexeme("close", "}", place)]
                at = after
    return found


def _components(content: Sequence[Lexeme], values: Mapping[str, int]) -> list[Lexeme]:
    """A script with t-1 and the like worked out, component by component."""
    found: list[Lexeme] = []
    part: list[Lexeme] = []
    for lexeme in (*content, None):
        if lexeme is not None and lexeme.text not in (",", "(", ")", "[", "]"):
            part.append(lexeme)
            continue
        number = _number([x.text for x in part], values) if any(x.text in values for x in part) else None
        found += part if number is None else [Lexeme("number", str(number), part[0].place)]
        found += [] if lexeme is None else [lexeme]
        part = []
    return found


# -- steps of a text ------------------------------------------------------------------------------


def step_letters(formulas: Sequence[Formula]) -> dict[str, set[str]]:
    """Letters that count steps -> the letters for the last one: t -> T, where h_t = … h_{t-1} … and h_T.

    A letter counts steps where a left side has it and a right side has it shifted.
    """
    found: dict[str, set[str]] = {}
    for formula in formulas:
        cut = next((at for at, x in outer(formula.lexemes) if x.text == "="), None)
        if cut is None:
            continue
        heads = {text for texts in _scripts(formula.lexemes[:cut]) if len(texts) == 1 for text in texts}
        shifted = {
            t[0] for t in _scripts(formula.lexemes[cut:]) if len(t) == 3 and t[1] in "+-" and t[2] == "1"
        }
        for letter in heads & shifted:
            found.setdefault(letter, set())
    for formula in formulas:
        for at, lexeme in enumerate(formula.lexemes):
            if lexeme.text in (r"\sum", r"\prod"):
                below, above, _ = limits_of(formula.lexemes, at)
                if below and below[0].text in found and len(above) == 1 and above[0].kind == "letter":
                    found[below[0].text].add(above[0].text)
        for texts in _scripts(formula.lexemes):
            for letter in found:
                if texts == [letter.upper()] and letter.islower():
                    found[letter].add(letter.upper())
    return {letter: ends for letter, ends in found.items() if ends}


def _scripts(listed: Sequence[Lexeme]) -> Iterator[list[str]]:
    """The components of all scripts, without brackets; no transposes, and no limits of sums."""
    for at, lexeme in enumerate(listed):
        if lexeme.text not in ("_", "^") or at + 1 >= len(listed):
            continue
        texts = [x.text for x in argument(listed, at + 1)[0]]
        if "=" in texts or (lexeme.text == "^" and texts == ["T"]):
            continue
        part: list[str] = []
        for text in (*texts, ","):
            if text not in (",", "(", ")", "[", "]"):
                part.append(text)
            elif part:
                yield part
                part = []


def unrolled(formulas: Sequence[Formula], letters: Mapping[str, set[str]], steps: int) -> list[Formula]:
    """One formula per step for each formula that counts steps, all Σ and ∏ over them written out."""
    last = {end: steps for ends in letters.values() for end in ends}
    heads = {x.text for f in formulas for x in f.lexemes[:1]}
    counts = {end: steps for end in last if end not in heads}
    found: list[Formula] = []
    for formula in formulas:
        listed = at_step(_written_out(list(formula.lexemes), last, letters), last)
        listed = _with_counts(listed, counts)
        counted = [*letters, *_lower_ends(listed, letters)]
        free = [letter for letter in counted if any(letter in texts for texts in _scripts(listed))]
        for values in _steps_of(listed, free, steps):
            written = at_step(_written_out(listed, {**last, **values}, letters), values)
            found.append(replace(formula, lexemes=tuple(written)))
    return found


def _lower_ends(listed: Sequence[Lexeme], letters: Collection[str]) -> Iterator[str]:
    """The n of ∏_{i=n+1}^N, which is a step, too."""
    for at, lexeme in enumerate(listed):
        if lexeme.text in (r"\sum", r"\prod"):
            below = [x.text for x in limits_of(listed, at)[0]]
            if below[:1] and below[0] in letters:
                yield from (text for text in below[2:3] if text.isalpha() and text not in letters)


def _with_counts(listed: Sequence[Lexeme], counts: Mapping[str, int]) -> list[Lexeme]:
    """The T of 1/T, which is no name, as the number of steps; what stands in scripts is left alone."""
    found: list[Lexeme] = []
    at = 0
    while at < len(listed):
        lexeme = listed[at]
        stop = argument(listed, at + 1)[1] if lexeme.text in ("_", "^") and at + 1 < len(listed) else at + 1
        if lexeme.kind == "letter" and lexeme.text in counts:
            found.append(replace(lexeme, kind="number", text=str(counts[lexeme.text])))
        else:
            found += listed[at:stop]
        at = stop
    return found


def _steps_of(listed: Sequence[Lexeme], free: Sequence[str], steps: int) -> Iterator[dict[str, int]]:
    """The steps at which a formula stands: those where t-1 is at least 0 and t+1 at most the last."""
    if not free:
        yield {}
        return
    letter = free[0]
    shifts = [0]
    shifts += [
        int(texts[2]) * (1 if texts[1] == "+" else -1)
        for texts in _scripts(listed)
        if len(texts) == 3 and texts[0] == letter and texts[1] in "+-" and texts[2].isdigit()
    ]
    for k in range(max(1, -min(shifts)), steps - max(shifts) + 1):
        yield dict.fromkeys(free, k)
