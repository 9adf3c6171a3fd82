"""The computational graph drawn on a page of a PDF."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from symbp.emit.graph_layout import LINE, PADDING, Box, Edge, Layout, runs, waypoints

LINE_INK, BACK_INK = (51, 65, 85), (220, 38, 38)
BOXES = {"param": ((239, 246, 255), (29, 78, 216)), "equation": ((255, 255, 255), LINE_INK)}
DATA_BOX = ((248, 250, 252), (148, 163, 184))
TEXTS = {
    "name": (14.0, (15, 23, 42)),
    "shape": (12.0, (100, 116, 139)),
    "value": (12.0, (21, 128, 61)),
    "gradient": (13.0, (185, 28, 28)),
}
"""Kind of line -> size and colour, as in the SVG."""


def draw_graph(pdf: Any, layout: Layout, x: float, y: float, scale: float, font: str) -> None:
    """With its upper left corner at (x, y)."""
    pen = _Pen(pdf, x, y, scale, font)
    for edge in layout.edges:
        pen.edge(edge)
    for box in layout.boxes:
        pen.box(box)


class _Pen:
    def __init__(self, pdf: Any, x: float, y: float, scale: float, font: str) -> None:
        self.pdf, self.x, self.y, self.scale, self.font = pdf, x, y, scale, font

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.x + x * self.scale, self.y + y * self.scale

    def edge(self, edge: Edge) -> None:
        shift = 4.0 if edge.backward else 0.0
        self._curve(waypoints(edge.boxes, -shift), LINE_INK, None)
        if edge.backward:
            self._curve(waypoints(tuple(reversed(edge.boxes)), shift), BACK_INK, 5 * self.scale)

    def _curve(
        self, points: list[tuple[float, float]], colour: tuple[int, int, int], dash: float | None
    ) -> None:
        self.pdf.set_draw_color(*colour)
        self.pdf.set_fill_color(*colour)
        self.pdf.set_line_width(1.2 * self.scale)
        self.pdf.set_dash_pattern(dash or 0, (dash or 0) * 0.6)
        for (x, y), (u, v) in itertools.pairwise(points):
            middle = (y + v) / 2
            corners = [self.at(x, y), self.at(x, middle), self.at(u, middle), self.at(u, v)]
            self.pdf.bezier(corners)
        self.pdf.set_dash_pattern(0, 0)
        (x, y), before = points[-1], points[-2]
        back = -7.0 if y > before[1] else 7.0
        self.pdf.polygon([self.at(x, y), self.at(x - 3.2, y + back), self.at(x + 3.2, y + back)], style="F")

    def box(self, box: Box) -> None:
        fill, line = BOXES.get(box.role, DATA_BOX)
        self.pdf.set_fill_color(*fill)
        self.pdf.set_draw_color(*line)
        self.pdf.set_line_width(1.1 * self.scale)
        left, top = self.at(box.x - box.width / 2, box.y - box.height / 2)
        size = {"w": box.width * self.scale, "h": box.height * self.scale}
        radius = 6 * self.scale
        self.pdf.rect(left, top, **size, style="DF", round_corners=True, corner_radius=radius)
        for number, (kind, text) in enumerate(box.lines):
            baseline = box.y - box.height / 2 + PADDING / 2 + LINE * (number + 0.75)
            self._line(text, box.x, baseline, *TEXTS[kind])

    def _line(self, text: str, middle: float, y: float, size: float, colour: tuple[int, int, int]) -> None:
        """A line of text around its middle, its subscripts set lower."""
        self.pdf.set_text_color(*colour)
        parts = []
        for part, low in _raised(text):
            self.pdf.set_font(self.font, size=size * self.scale * (0.75 if low else 1))
            parts.append((part, low, self.pdf.get_string_width(part)))
        x, baseline = self.at(middle, y)
        x -= sum(width for _, _, width in parts) / 2
        for part, low, width in parts:
            self.pdf.set_font(self.font, size=size * self.scale * (0.75 if low else 1))
            self.pdf.text(x, baseline + 4 * self.scale * low, part)
            x += width


def _raised(text: str) -> Iterator[tuple[str, int]]:
    """Runs of text and how they stand: 1 lower, -1 raised (the font has no raised T)."""
    for part, lower in runs(text):
        for number, piece in enumerate(part.split("ᵀ")):
            if number:
                yield "T", -1
            if piece:
                yield piece, int(lower)
