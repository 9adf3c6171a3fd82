"""Numbers put beside the formulas of a document."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from symbp.emit import formula
from symbp.emit.document import Document, Line, Section
from symbp.emit.formula import Formula
from symbp.emit.phrases import Phrases
from symbp.emit.wording import worded

Array = np.ndarray[Any, Any]
DIGITS = 6
MOST_ENTRIES = 24


def numbers_formula(array: Array) -> Formula:
    """A number, a row of numbers or a matrix; large arrays by their shape alone."""
    if array.ndim == 0:
        text = number_text(float(array))
        return formula.atom(text, text.replace("−", "-"))
    if array.size > MOST_ENTRIES or array.ndim > 2:
        text = " × ".join(map(str, array.shape))
        return formula.atom(f"[{text}]", rf"\left[{text.replace('×', chr(92) + 'times')}\right]")
    rows = [list(map(number_text, row)) for row in np.atleast_2d(array).tolist()]
    if array.ndim == 1:
        text = "[" + ", ".join(rows[0]) + "]"
        return formula.atom(text, text.replace("−", "-"))
    text = "[" + "; ".join(", ".join(row) for row in rows) + "]"
    inside = r" \\ ".join(" & ".join(row) for row in rows).replace("−", "-")
    return formula.atom(text, rf"\begin{{bmatrix}}{inside}\end{{bmatrix}}")


def number_text(value: float) -> str:
    """Six significant digits, with a minus sign."""
    return f"{value + 0.0:.{DIGITS}g}".replace("-", "−")


def with_numbers(
    document: Document,
    forward: Mapping[str, Array],
    adjoints: Mapping[str, Array],
    gradients: Mapping[str, Array],
    updated: Mapping[str, Array],
    phrases: Phrases,
) -> Document:
    """The document with the value of each name, δ, gradient and updated parameter at its line."""
    tables = {
        "forward": forward,
        "backward": adjoints,
        "gradients": gradients,
        "update": updated,
    }
    sections: list[Section] = []
    for section in document.sections:
        if section.kind == "forward":
            sections.append(_given(document, forward, phrases))
        if section.kind == "step":
            values = adjoints if section.lines[-1].key in adjoints else gradients
            sections.append(_last_line(section, values))
        elif section.kind in tables:
            lines = tuple(_valued(line, tables[section.kind]) for line in section.lines)
            sections.append(dataclasses.replace(section, lines=lines))
        else:
            sections.append(section)
    return dataclasses.replace(document, sections=tuple(sections))


def _given(document: Document, forward: Mapping[str, Array], phrases: Phrases) -> Section:
    """x = 2, W = [1, 2; 3, 4]: what was given."""
    assert document.derivation is not None
    variables = document.derivation.program.variables
    lines = [
        Line(formula.symbol(v.name), (numbers_formula(forward[v.name.ascii]),), key=v.name.ascii)
        for v in variables
        if v.name.ascii in forward
    ]
    return Section(worded(phrases["values"]), tuple(lines), "values")


def _last_line(section: Section, values: Mapping[str, Array]) -> Section:
    return dataclasses.replace(section, lines=(*section.lines[:-1], _valued(section.lines[-1], values)))


def _valued(line: Line, values: Mapping[str, Array]) -> Line:
    if line.key not in values or "[" in line.left.text:
        return line
    return dataclasses.replace(line, right=(*line.right, numbers_formula(values[line.key])))
