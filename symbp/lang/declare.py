"""What a text, and the keywords beside it, say before any equation is read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypedDict

from symbp.errors import ModelError, ParseError, Place
from symbp.lang.names import MARKS, identifier
from symbp.lang.shapes import parse_size
from symbp.lang.statements import Statement

FACTS = {
    "positive", "unit", "prob", "onehot", "binary", "mask", "pm1", "symmetric", "spd", "invertible",
    "unitnorm", "causal", "wellcond", "small", "index",
}  # fmt: skip
DATA_LETTERS = {"x", "y", "t", "X", "Y", "T"}
EXAMPLES = {"const": "const eps = 1e-5", "size": "size n = 128", "assume": "assume T: onehot"}
LONGEST_NUMBER = 400
"""Characters of a number; its exponent may reach as far as float64 does."""
_NAME = re.compile(rf"(?:[^\W\d]|[{''.join(MARKS)}]|ℓ)(?:\w|[{''.join(MARKS)}]|_\{{[^{{}}]*\}}|')*")


class Keywords(TypedDict, total=False):
    """What a model may be told beside its text, as declarations in it would say it."""

    shapes: Mapping[str, str] | None
    params: Sequence[str] | None
    loss: str | None
    outputs: Mapping[str, str] | None
    assume: Mapping[str, str] | None
    constants: Mapping[str, Any] | None
    sizes: Mapping[str, int] | None


@dataclass
class Declarations:
    """Names with their shapes, roles and facts, each with the line that said so."""

    shapes: dict[str, tuple[str, Place | None, str]] = field(default_factory=dict)
    """identifier -> (declared shape, place, role)"""
    spelled: dict[str, str] = field(default_factory=dict)
    facts: dict[str, list[str]] = field(default_factory=dict)
    constants: dict[str, Fraction] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    loss: tuple[str, Place | None] | None = None
    outputs: list[tuple[str, str, Place | None]] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def any_shape(self) -> bool:
        return bool(self.shapes)


def is_plain_name(text: str) -> bool:
    """One name and nothing else."""
    return _NAME.fullmatch(text) is not None


def read_declarations(listed: Sequence[Statement]) -> Declarations:
    """All declarations of a text.  ParseError or ModelError for one that cannot be used."""
    found = Declarations()
    for statement in listed:
        if statement.kind in ("param", "input", "target"):
            _declare(found, statement)
        elif statement.kind == "const":
            _constant(found, statement)
        elif statement.kind == "size":
            _size(found, statement)
        elif statement.kind == "assume":
            _assumption(found, statement)
        elif statement.kind == "loss":
            _checked_name(statement.head, statement.head_place, "loss L")
            found.loss = (identifier(statement.head), statement.head_place)
            found.spelled.setdefault(identifier(statement.head), statement.head)
        elif statement.kind == "output":
            _output(found, statement)
    return found


def _checked_name(spelled: str, place: Place, example: str) -> None:
    if not is_plain_name(spelled):
        reason = f"'{spelled}' is no name" if spelled else "a name is missing here"
        raise ParseError(reason, place, hint=f"it is written {example}")


def _declare(found: Declarations, statement: Statement) -> None:
    place, at = statement.head_place, statement.head_place.start
    for piece in statement.head.split(","):
        spelled = piece.strip()
        start = at + len(piece) - len(piece.lstrip())
        where = Place(place.text, place.line, start, start + max(len(spelled), 1), place.source)
        at += len(piece) + 1
        name, _, rest = statement.head.partition(" ")
        example = (
            f"{statement.kind} {name}: {rest}" if rest and not statement.body else f"{statement.kind} W: n, d"
        )
        _checked_name(spelled, where, example)
        key = identifier(spelled)
        if key in found.shapes:
            first = found.places[key]
            fact = f"first declared on line {first.line}: {first.snippet}"
            raise ModelError(f"{spelled} is declared twice", where, [fact], "keep one of the declarations")
        found.shapes[key] = (statement.body, statement.body_place, statement.kind)
        found.spelled[key] = spelled
        found.places[key] = statement.place


def _output(found: Declarations, statement: Statement) -> None:
    parts = [p.strip() for p in statement.head.split(",")]
    if len(parts) != 2:
        raise ParseError("an output needs its upstream gradient", statement.place, hint="output out, dout")
    for part in parts:
        _checked_name(part, statement.head_place, "output out, dout")
    found.spelled.setdefault(identifier(parts[1]), parts[1])
    found.outputs.append((identifier(parts[0]), identifier(parts[1]), statement.head_place))


def _needs_value(statement: Statement) -> None:
    example = EXAMPLES[statement.kind]
    _checked_name(statement.head, statement.head_place, example)
    if not statement.body:
        reason = f"{statement.kind} {statement.head} needs a value"
        raise ParseError(reason, statement.place, hint=f"it is written {example}")


def _constant(found: Declarations, statement: Statement) -> None:
    _needs_value(statement)
    value = parse_number(statement.body)
    if value is None:
        hint = f"it is written {EXAMPLES['const']}"
        raise ParseError(f"'{statement.body}' is no number", statement.body_place, hint=hint)
    key = identifier(statement.head)
    found.constants[key] = value
    found.spelled[key] = statement.head
    found.places[key] = statement.place


def parse_number(text: str) -> Fraction | None:
    """`1e-5`, `0.5` or `1/3` as an exact number; None where it is none, or far too long."""
    spelled = text.replace("−", "-").strip()
    exponent = re.search(r"[eE][+-]?(\d+)$", spelled)
    if len(spelled) > LONGEST_NUMBER or (exponent and int(exponent.group(1)) > LONGEST_NUMBER):
        return None
    try:
        return Fraction(spelled)
    except (ValueError, ZeroDivisionError):
        return None


def _size(found: Declarations, statement: Statement) -> None:
    _needs_value(statement)
    size = parse_size(statement.body, statement.body_place)
    if not size.is_constant or size.constant < 1:
        hint = f"it is written {EXAMPLES['size']}"
        raise ParseError("a size is fixed to a positive integer", statement.body_place, hint=hint)
    letter = str(parse_size(statement.head, statement.head_place))
    found.sizes[letter] = size.constant
    found.places[letter] = statement.place


def _assumption(found: Declarations, statement: Statement) -> None:
    if not statement.body:
        raise ParseError(
            "a fact is missing here", statement.place, hint=f"it is written {EXAMPLES['assume']}"
        )
    for fact in statement.body.split(","):
        words = _fact(fact, statement.body_place.within(fact.strip()))
        for spelled in statement.head.split(","):
            key = identifier(spelled.strip())
            found.facts.setdefault(key, []).append(" ".join(words))
            found.spelled.setdefault(key, spelled.strip())
            found.places.setdefault("assume " + key, statement.head_place.within(spelled.strip()))


def _fact(text: str, place: Place | None = None) -> list[str]:
    """The words of a fact.  ParseError where the first one is none that is known."""
    words = text.replace(":", " ").split()
    if words and words[0] in FACTS:
        return words
    near = difflib.get_close_matches(words[0] if words else "", sorted(FACTS), n=1)
    hint = f"did you mean {near[0]}?" if near else "known facts: " + ", ".join(sorted(FACTS))
    raise ParseError(f"'{text.strip()}' is no fact that can be assumed", place, hint=hint)


def add_keywords(
    found: Declarations,
    *,
    shapes: Mapping[str, str] | None = None,
    params: Sequence[str] | None = None,
    loss: str | None = None,
    outputs: Mapping[str, str] | None = None,
    assume: Mapping[str, str] | None = None,
    constants: Mapping[str, Any] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> None:
    """What `symbp.parse` was told beside the text."""
    wanted = {identifier(p) for p in params or ()}
    for name, shape in (shapes or {}).items():
        key = identifier(name)
        role = "param" if key in wanted or (params is None and key[:1] not in DATA_LETTERS) else "input"
        found.shapes[key] = (shape, None, role)
        found.spelled[key] = name
    for name, fact in (assume or {}).items():
        found.facts.setdefault(identifier(name), []).append(" ".join(_fact(fact)))
    for name, value in (constants or {}).items():
        number = parse_number(str(value))
        if number is None:
            raise ModelError(
                f"the constant {name} is no number: {value!r}", hint="give a number, such as 1e-5"
            )
        found.constants[identifier(name)] = number
        found.spelled[identifier(name)] = name
    found.sizes.update(sizes or {})
    if loss is not None:
        found.loss = (identifier(loss), None)
    for name, upstream in (outputs or {}).items():
        found.spelled[identifier(upstream)] = upstream
        found.outputs.append((identifier(name), identifier(upstream), None))
