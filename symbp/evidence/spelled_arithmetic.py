"""Arithmetic and comparisons as NumPy text."""

from __future__ import annotations

from symbp.algebra.node import Node, number
from symbp.algebra.signs import COMPARISON_SIGNS
from symbp.evidence.spelled_text import (
    COMPARE,
    PLUS,
    POWER,
    TIMES,
    UNARY,
    Page,
    Text,
    Writer,
    at,
    left_factor,
    registering,
)

WRITERS: dict[str, Writer] = {}
writes = registering(WRITERS)


@writes("add")
def _add(page: Page, node: Node, parts: list[Text]) -> Text:
    a, b = parts
    if node.args[0] is node.args[1]:
        return f"2*{at(a, TIMES + 1)}", TIMES
    if b[1] == UNARY and b[0].startswith("-"):
        return f"{at(a, PLUS)} - {b[0][1:]}", PLUS
    return f"{at(a, PLUS)} + {at(b, PLUS)}", PLUS


@writes("subtract")
def _subtract(page: Page, node: Node, parts: list[Text]) -> Text:
    first, second = node.args
    if first.op.name == "negative" and first.args[0] is second and first not in page.names:
        return f"-2*{at(parts[1], TIMES + 1)}", UNARY
    return f"{at(parts[0], PLUS)} - {at(parts[1], PLUS + 1)}", PLUS


@writes("multiply")
def _multiply(page: Page, node: Node, parts: list[Text]) -> Text:
    a, b = parts
    if number(node.args[0]) == -1:
        return f"-{at(b, POWER)}", UNARY
    return f"{left_factor(a)}*{at(b, TIMES + 1)}", TIMES


@writes("divide")
def _divide(page: Page, node: Node, parts: list[Text]) -> Text:
    return f"{left_factor(parts[0])}/{at(parts[1], TIMES + 1)}", TIMES


@writes("negative")
def _negative(page: Page, node: Node, parts: list[Text]) -> Text:
    return f"-{at(parts[0], TIMES)}" if "@" not in parts[0][0] else f"-({parts[0][0]})", UNARY


@writes("power")
def _power(page: Page, node: Node, parts: list[Text]) -> Text:
    return f"{at(parts[0], POWER + 1)}**{at(parts[1], POWER)}", POWER


@writes("square")
def _square(page: Page, node: Node, parts: list[Text]) -> Text:
    return f"{at(parts[0], POWER + 1)}**2", POWER


@writes(*COMPARISON_SIGNS)
def _compared(page: Page, node: Node, parts: list[Text]) -> Text:
    return (
        f"{at(parts[0], COMPARE + 1)} {COMPARISON_SIGNS[node.op.name]} {at(parts[1], COMPARE + 1)}",
        COMPARE,
    )


OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}


@writes("logical_not")
def _not(page: Page, node: Node, parts: list[Text]) -> Text:
    inner = node.args[0]
    sign = COMPARISON_SIGNS.get(inner.op.name, "")
    if sign in OPPOSITE and inner not in page.names:
        a, b = (page.piece(x) for x in inner.args)
        return f"{at(a, COMPARE + 1)} {OPPOSITE[sign]} {at(b, COMPARE + 1)}", COMPARE
    return page.call("logical_not", parts)
