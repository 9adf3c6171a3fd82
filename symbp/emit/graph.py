"""The computational graph as SVG: forward edges, gradients that flow back, shapes and values."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from html import escape

from symbp.calculus.derivation import Derivation
from symbp.emit.graph_layout import LINE, PADDING, Box, Layout, laid_out, runs, waypoints


def graph_svg(derivation: Derivation, values: Mapping[str, str] | None = None) -> str:
    """The graph of a derivation; `values` are numbers to show, by identifier."""
    return _drawing(laid_out(derivation, values))


STYLE = """
.box{fill:#fff;stroke:#334155;stroke-width:1.2}
.param .box{fill:#eff6ff;stroke:#1d4ed8}
.input .box,.target .box,.const .box,.upstream .box{fill:#f8fafc;stroke:#94a3b8}
.graph text{font:14px "STIX Two Text","DejaVu Serif",Georgia,serif;text-anchor:middle;fill:#0f172a}
.graph .shape{fill:#64748b;font-size:12px}
.graph .value{fill:#15803d;font-size:12px}
.graph .gradient{fill:#b91c1c;font-size:13px}
.forward{fill:none;stroke:#334155;stroke-width:1.3}
.backward{fill:none;stroke:#dc2626;stroke-width:1.2;stroke-dasharray:5 3}
"""


def _drawing(layout: Layout) -> str:
    width, height = layout.width, layout.height
    parts = [
        f'<svg class="graph" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">',
        f"<style>{STYLE}</style>",
        _arrow("to", "#334155"),
        _arrow("back", "#dc2626"),
    ]
    for edge in layout.edges:
        shift = 4.0 if edge.backward else 0.0
        parts.append(f'<path class="forward" d="{_curve(edge.boxes, -shift)}" marker-end="url(#to)"/>')
        if edge.backward:
            back = tuple(reversed(edge.boxes))
            parts.append(f'<path class="backward" d="{_curve(back, shift)}" marker-end="url(#back)"/>')
    parts += [_box(box) for box in layout.boxes]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _arrow(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
    )


def _curve(boxes: tuple[Box, ...], shift: float) -> str:
    """A smooth line from the edge of the first box to the edge of the last."""
    points = waypoints(boxes, shift)
    text = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for (x, y), (u, v) in itertools.pairwise(points):
        middle = (y + v) / 2
        text += f" C{x:.1f},{middle:.1f} {u:.1f},{middle:.1f} {u:.1f},{v:.1f}"
    return text


def _lowered(text: str) -> str:
    """z_{h} and δ_P with the subscript set lower."""
    low = '<tspan dy="4" font-size="75%">{}</tspan><tspan dy="-4">\u200b</tspan>'
    return "".join(low.format(escape(part)) if lower else escape(part) for part, lower in runs(text))


def _box(box: Box) -> str:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    parts = [
        f'<g class="{box.role}"><rect class="box" x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="6"/>'
    ]
    for number, (kind, text) in enumerate(box.lines):
        y = top + PADDING / 2 + LINE * (number + 0.75)
        parts.append(f'<text class="{kind}" x="{box.x:.1f}" y="{y:.1f}">{_lowered(text)}</text>')
    return "".join([*parts, "</g>"])
