"""Where the boxes and edges of a computational graph stand.

Layers by the longest path from the inputs; edges over several layers are led around by invisible
boxes; the order within a layer follows the neighbours.  Everything is deterministic.
(Sugiyama, Tagawa and Toda 1981.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from symbp.algebra.node import Node
from symbp.calculus.derivation import Derivation
from symbp.emit.document_writer import shape_formula
from symbp.emit.factorization import Factorizer
from symbp.emit.printed import columns
from symbp.ops.scan import PART

LINE, LETTER, PADDING = 17, 7.4, 12
GAP_ACROSS, GAP_DOWN = 26, 46
SWEEPS, PULLS = 8, 30
LONGEST_WAY = 12
"""Layers that an edge is led around; a longer one is drawn straight."""


@dataclass
class Box:
    """One node of the drawing; without lines it only leads an edge around."""

    key: str
    role: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    """(class, text) from top to bottom."""
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    above: list[Box] = field(default_factory=list)
    below: list[Box] = field(default_factory=list)

    @property
    def width(self) -> float:
        return max((columns(text) * LETTER for _, text in self.lines), default=0.0) + 2 * PADDING * bool(
            self.lines
        )

    @property
    def height(self) -> float:
        return LINE * len(self.lines) + PADDING * bool(self.lines)


@dataclass(frozen=True)
class Edge:
    """A forward edge through its boxes, from argument to result."""

    boxes: tuple[Box, ...]
    backward: bool
    """A gradient flows back along it."""


@dataclass(frozen=True)
class Layout:
    """A drawing: its boxes, its edges, and how large it is."""

    boxes: list[Box]
    edges: list[Edge]
    width: float
    height: float


def laid_out(derivation: Derivation, values: Mapping[str, str] | None = None) -> Layout:
    """The graph of a derivation; `values` are numbers to show, by identifier."""
    boxes, edges = _boxes_and_edges(derivation, values or {})
    layers = _layers(boxes, edges)
    drawn = [_led_around(edge, layers) for edge in edges]
    _ordered(layers)
    return Layout(boxes, drawn, *_placed(layers))


# -- what is drawn ----------------------------------------------------------------------------------


def _boxes_and_edges(derivation: Derivation, values: Mapping[str, str]) -> tuple[list[Box], list[Edge]]:
    factorizer = Factorizer(derivation, hidden=True)
    writer = factorizer.writer
    deltas = {a.of: a.name.text for a in derivation.adjoints}
    results = {g.of: g for g in derivation.results}
    asked = {*results, *(g.of for g in derivation.passing)}
    roles = {v.node: v.role for v in derivation.program.variables}
    boxes: dict[Node, Box] = {}
    used = [n for n in roles if factorizer.used_by.get(n)]
    for node in [*used, *factorizer.nodes]:
        name = factorizer.named[node]
        lines = [("name", name.text)]
        if node not in roles and node.op is not PART:
            formula = writer.matrix(node).text
            lines = [("name", f"{name.text} = {formula}" if len(formula) <= 34 else name.text)]
        if node.shape:
            lines.append(("shape", shape_formula(node.shape).text))
        if name.ascii in values:
            lines.append(("value", values[name.ascii]))
        gradient = _gradient_text(writer.derivative(name).text, deltas.get(node), node in asked)
        if gradient:
            lines.append(("gradient", gradient))
        if f"d{name.ascii}" in values:
            lines.append(("gradient", values[f"d{name.ascii}"]))
        boxes[node] = Box(name.ascii, roles.get(node, "equation"), tuple(lines))
    reached = {n for n in boxes if factorizer.paths.get(n) or n in results}
    wanted = _on_the_way(factorizer, results)
    edges = [
        Edge((boxes[node], boxes[user]), node in wanted and user in reached)
        for node in boxes
        for user in factorizer.used_by.get(node, ())
    ]
    return list(boxes.values()), edges


def _gradient_text(derivative: str, delta: str | None, asked: bool) -> str:
    if delta is not None:
        return f"{delta} = {derivative}"
    return derivative if asked else ""


def _on_the_way(factorizer: Factorizer, results: Iterable[Node]) -> set[Node]:
    """The nodes that gradients pass on the way to what they are taken by."""
    wanted = set(results)
    for node in factorizer.nodes:
        if any(part in wanted for part in factorizer.parts(node)):
            wanted.add(node)
    return wanted


# -- where it is drawn ------------------------------------------------------------------------------


def _layers(boxes: list[Box], edges: list[Edge]) -> list[list[Box]]:
    """Longest path from the inputs; inputs go right above their first use."""
    for edge in edges:
        edge.boxes[0].below.append(edge.boxes[1])
        edge.boxes[1].above.append(edge.boxes[0])
    for box in boxes:
        box.layer = max((a.layer + 1 for a in box.above), default=0)
    for box in boxes:
        if not box.above and box.below:
            box.layer = min(b.layer for b in box.below) - 1
    layers: list[list[Box]] = [[] for _ in range(max((b.layer for b in boxes), default=-1) + 1)]
    for box in boxes:
        layers[box.layer].append(box)
    return layers


def _led_around(edge: Edge, layers: list[list[Box]]) -> Edge:
    """The edge through an invisible box in each layer between."""
    first, last = edge.boxes
    if last.layer - first.layer > LONGEST_WAY:
        return edge
    chain = [first]
    for layer in range(first.layer + 1, last.layer):
        chain.append(Box(f"{first.key} to {last.key}", layer=layer))
        layers[layer].append(chain[-1])
    chain.append(last)
    if len(chain) > 2:
        first.below[first.below.index(last)] = chain[1]
        last.above[last.above.index(first)] = chain[-2]
        for upper, middle, lower in zip(chain, chain[1:], chain[2:], strict=False):
            middle.above.append(upper)
            middle.below.append(lower)
    return Edge(tuple(chain), edge.backward)


def _ordered(layers: list[list[Box]]) -> None:
    """The boxes of each layer by the mean place of their neighbours, down and up again."""
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            place = {id(box): i for other in layers for i, box in enumerate(other)}
            means = []
            for i, box in enumerate(layer):
                near = box.above if down else box.below
                means.append((sum(place[id(n)] for n in near) / len(near) if near else float(i), i))
            layer[:] = [layer[i] for _, i in sorted(means)]


def _placed(layers: list[list[Box]]) -> tuple[float, float]:
    """x by the neighbours without overlap, y by the layer; the size of the drawing."""
    for layer in layers:
        x = 0.0
        for box in layer:
            box.x = x + box.width / 2
            x += box.width + GAP_ACROSS
    for sweep in range(PULLS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            _pulled(layer)
    left = min((b.x - b.width / 2 for layer in layers for b in layer), default=0.0) - GAP_ACROSS
    y = float(GAP_DOWN) / 2
    for layer in layers:
        tallest = max((b.height for b in layer), default=0.0)
        for box in layer:
            box.x -= left
            box.y = y + tallest / 2
        y += tallest + GAP_DOWN
    right = max((b.x + b.width / 2 for layer in layers for b in layer), default=0.0)
    return right + GAP_ACROSS, y


LIGHT = 0.05
"""How strongly an input draws, beside the 1 of a result: inputs stand where their uses are."""


def _pulled(layer: list[Box]) -> None:
    """The places of a layer that make the squares of the distances along its edges least.

    Boxes keep their order and the gaps between them: pool adjacent violators (Ayer et al. 1955).
    """
    offset = 0.0
    pools: list[tuple[float, float, int]] = []
    """Mean place, weight and number of boxes that stand as close as they may."""
    offsets = []
    for i, box in enumerate(layer):
        if i:
            offset += (layer[i - 1].width + box.width) / 2 + GAP_ACROSS
        offsets.append(offset)
        near = [(n.x, _weight(box, n)) for n in (*box.above, *box.below)] or [(box.x, LIGHT)]
        weight = sum(w for _, w in near)
        pools.append((sum(x * w for x, w in near) / weight - offset, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, v, m), (b, w, n) = pools[-2:]
            pools[-2:] = [((a * v + b * w) / (v + w), v + w, m + n)]
    places = [mean for mean, _, count in pools for _ in range(count)]
    for box, place, shift in zip(layer, places, offsets, strict=True):
        box.x = place + shift


def _weight(box: Box, other: Box) -> float:
    return 1.0 if {box.role, other.role} <= {"", "equation"} else LIGHT


def waypoints(boxes: tuple[Box, ...], shift: float) -> list[tuple[float, float]]:
    """Where an edge passes, from the side of the first box to the side of the last, `shift` to the right."""
    down = boxes[0].y < boxes[-1].y
    sign = 1.0 if down else -1.0
    points = [(boxes[0].x, boxes[0].y + sign * boxes[0].height / 2)]
    points += [(b.x, b.y) for b in boxes[1:-1]]
    points.append((boxes[-1].x, boxes[-1].y - sign * boxes[-1].height / 2))
    spread = _spread(boxes[0], boxes[-1])
    points[0] = (points[0][0] + spread[0], points[0][1])
    points[-1] = (points[-1][0] + spread[1], points[-1][1])
    return [(x + shift, y) for x, y in points]


def _spread(first: Box, last: Box) -> tuple[float, float]:
    """Where on the sides of the boxes an edge begins and ends: towards the other box."""

    def towards(box: Box, other: Box) -> float:
        reach = max(box.width / 2 - 14, 0)
        return max(-reach, min(reach, (other.x - box.x) * 0.25))

    return towards(first, last), towards(last, first)


_SUBSCRIPT = re.compile(r"_\{((?:[^{}]|\{[^{}]*\})*)\}|_(\w)(?!\w)")


def runs(text: str) -> list[tuple[str, bool]]:
    """z_{h} as z and h, the latter set lower."""
    found: list[tuple[str, bool]] = []
    end = 0
    for match in _SUBSCRIPT.finditer(text):
        inner = re.sub(r"_?[{}]", "", match.group(1) or match.group(2))
        found += [(text[end : match.start()], False), (inner, True)]
        end = match.end()
    return [run for run in [*found, (text[end:], False)] if run[0]]
