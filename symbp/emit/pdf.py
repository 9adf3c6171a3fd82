"""A derivation as a PDF without a TeX installation: formulas set by ziamath, pages made by fpdf2.

Both are optional dependencies.  Lengths are points.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from symbp.emit.document import Document, Line, Section, title
from symbp.emit.graph_layout import Layout, laid_out
from symbp.emit.latex_rows import block, shape_of
from symbp.emit.pdf_graph import draw_graph
from symbp.emit.phrases import Phrases
from symbp.emit.wording import Words
from symbp.errors import SymbpError

try:
    import fpdf
    import ziafont
    import ziamath
except ImportError:
    fpdf = ziafont = ziamath = None

WIDTH, HEIGHT, MARGIN = 595.28, 841.89, 54.0
SIZE, LEADING = 10.5, 6.0
FONT = "STIX"
INK, GREY, RULE = (15, 23, 42), (100, 116, 139), (226, 232, 240)
BORN = datetime(2000, 1, 1, tzinfo=UTC)
"""The date in every file, so that it is the same on every run."""


def page(document: Document, phrases: Phrases) -> bytes:
    """The whole file.  SymbpError where ziamath or fpdf2 is not installed, or the language has no font."""
    if fpdf is None or ziamath is None:
        hint = "pip install symbp[pdf]"
        raise SymbpError("PDF needs the packages fpdf2 and ziamath, which are not both installed", hint=hint)
    if phrases.language != "en":
        hint = "--format html, which any browser prints"
        raise SymbpError(f"the PDF has no letters for '{phrases.language}'", hint=hint)
    setter = _Setter()
    setter.title(title(document, phrases))
    for section in document.sections:
        setter.section(section)
    if document.derivation is not None:
        setter.graph(phrases["graph"], laid_out(document.derivation))
    if document.notes:
        setter.heading(Words(phrases["notes"], phrases["notes"]))
        for note in document.notes:
            setter.sentence(note)
    return bytes(setter.pdf.output())


@dataclass(frozen=True)
class _Set:
    """A formula as a picture: the SVG, its width, and its height above and below the baseline."""

    svg: bytes
    width: float
    above: float
    below: float


_FENCE = re.compile(r"\\(left|right)(?![A-Za-z])\s*(\\[A-Za-z]+|\\.|.)")
_TALL = re.compile(r"\\sum_|\\prod_|\\operatorname\{(?:max|min)\}_")


def _sized(latex: str) -> str:
    """Brackets of one size around sums with limits: ziamath 0.13 stretches those without end."""
    opened: list[re.Match[str]] = []
    spelled: dict[int, str] = {}
    for fence in _FENCE.finditer(latex):
        if fence.group(1) == "left":
            opened.append(fence)
        elif opened:
            first = opened.pop()
            if _TALL.search(latex, first.end(), fence.start()):
                spelled[first.start()] = _bracket("Biggl", first.group(2))
                spelled[fence.start()] = _bracket("Biggr", fence.group(2))
    return _FENCE.sub(lambda f: spelled.get(f.start(), f.group()), latex)


def _bracket(size: str, sign: str) -> str:
    return "" if sign == "." else f"\\{size}{sign}"


@lru_cache(maxsize=4096)
def typeset(latex: str, size: float = SIZE) -> _Set:
    """One formula, its glyphs as paths."""
    before = ziafont.config.svg2, ziafont.config.precision
    ziafont.config.svg2, ziafont.config.precision = False, 2
    try:
        drawing = ziamath.Latex(_sized(latex), size=size).svgxml()
    finally:
        ziafont.config.svg2, ziafont.config.precision = before
    _, top, width, height = map(float, drawing.attrib["viewBox"].split())
    return _Set(ET.tostring(drawing), width, -top, height + top)


class _Setter:
    """Sets one thing below the other, page after page."""

    def __init__(self) -> None:
        self.pdf: Any = fpdf.FPDF(unit="pt", format="A4")
        self.pdf.set_creation_date(BORN)
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(MARGIN)
        self.pdf.add_font(FONT, fname=Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf")
        self.y = HEIGHT
        self._room(0)

    def _room(self, height: float) -> None:
        """A new page where the rest of this one is too small."""
        if self.y + height > HEIGHT - MARGIN:
            self.pdf.add_page()
            self.y = MARGIN

    def _text(self, x: float, baseline: float, text: str, size: float, colour: tuple[int, int, int]) -> None:
        self.pdf.set_font(FONT, size=size)
        self.pdf.set_text_color(*colour)
        self.pdf.text(x, baseline, text)

    def _wide(self, text: str, size: float) -> float:
        self.pdf.set_font(FONT, size=size)
        return float(self.pdf.get_string_width(text))

    def _formula(self, x: float, baseline: float, found: _Set, room: float) -> None:
        """A formula that is wider than the room is made smaller."""
        scale = min(1.0, room / found.width)
        box = {"w": found.width * scale, "h": (found.above + found.below) * scale}
        self.pdf.image(io.BytesIO(found.svg), x=x, y=baseline - found.above * scale, **box)

    # -- parts ----------------------------------------------------------------------------------

    def title(self, text: str) -> None:
        self._text(MARGIN, self.y + 18, text, 21, INK)
        self.y += 34

    def heading(self, words: Words) -> None:
        self._room(80)
        self.y += 8
        self._words(words, 13.5)
        self.pdf.set_draw_color(*RULE)
        self.pdf.set_line_width(0.8)
        self.pdf.line(MARGIN, self.y + 1, WIDTH - MARGIN, self.y + 1)
        self.y += 9

    def sentence(self, words: Words) -> None:
        self._words(words, SIZE)
        self.y += 3

    def _words(self, words: Words, size: float) -> None:
        """Words and formulas in lines as wide as the page."""
        parts = re.split(r"\$([^$]*)\$", words.latex)
        pieces: list[str | _Set] = []
        for number, part in enumerate(parts):
            pieces += [typeset(part, size)] if number % 2 else re.findall(r"\S+\s*|\s+", part)
        line: list[str | _Set] = []
        used = 0.0
        for piece in pieces:
            width = self._wide(piece, size) if isinstance(piece, str) else piece.width
            if used + width > WIDTH - 2 * MARGIN and line:
                self._words_line(line, size)
                line, used = [], 0.0
            line.append(piece)
            used += width
        self._words_line(line, size)

    def _words_line(self, pieces: list[str | _Set], size: float) -> None:
        formulas = [p for p in pieces if not isinstance(p, str)]
        above = max([size * 0.75, *(f.above for f in formulas)])
        below = max([size * 0.3, *(f.below for f in formulas)])
        self._room(above + below)
        x = MARGIN
        for piece in pieces:
            if isinstance(piece, str):
                self._text(x, self.y + above, piece, size, INK)
                x += self._wide(piece, size)
            else:
                self._formula(x, self.y + above, piece, WIDTH)
                x += piece.width
        self.y += above + below

    # -- formulas -------------------------------------------------------------------------------

    def section(self, section: Section) -> None:
        self.heading(section.title)
        lefts = [typeset(line.left.latex) for line in section.lines if line.left.text]
        column = min(max((f.width for f in lefts), default=0.0), (WIDTH - 2 * MARGIN) / 2.5)
        for line in section.lines:
            self._line(line, MARGIN + column + 4)

    def _line(self, line: Line, x: float) -> None:
        room = WIDTH - MARGIN - x
        rows = [typeset(row) for row in block(line, room / SIZE).rows]
        left = typeset(line.left.latex) if line.left.text else None
        beside = self._beside(line)
        fits = rows[-1].width + 14 + beside <= room
        for number, row in enumerate(rows):
            first = left if number == 0 else None
            above = max(row.above, first.above if first else 0.0)
            below = max(row.below, first.below if first else 0.0)
            self._room(above + below + LEADING)
            baseline = self.y + above
            if first is not None:
                self._formula(max(MARGIN, x - 4 - first.width), baseline, first, x - MARGIN)
            self._formula(x, baseline, row, room)
            if beside and fits and number == len(rows) - 1:
                self._put_beside(line, WIDTH - MARGIN - beside, baseline)
            self.y += above + below + LEADING
        if beside and not fits:
            self._room(SIZE + LEADING)
            self._put_beside(line, WIDTH - MARGIN - beside, self.y + SIZE - 3)
            self.y += SIZE + LEADING

    def _beside(self, line: Line) -> float:
        """How wide shape and remark are."""
        shape = shape_of(line)
        width = typeset(shape.latex, 9).width if shape is not None else 0.0
        return width + (self._wide(line.note, 9) + 8 if line.note else 0.0)

    def _put_beside(self, line: Line, x: float, baseline: float) -> None:
        shape = shape_of(line)
        if shape is not None:
            found = typeset(shape.latex, 9)
            self._formula(x, baseline, found, WIDTH)
            x += found.width + 8
        if line.note:
            self._text(x + (0 if shape is not None else 8), baseline, line.note, 9, GREY)

    # -- the graph ------------------------------------------------------------------------------

    def graph(self, heading: str, layout: Layout) -> None:
        """The graph as large as it fits, on a page of its own where the rest of this one is too low."""
        tallest = HEIGHT - 2 * MARGIN - 50
        scale = min(0.8, (WIDTH - 2 * MARGIN) / layout.width, tallest / layout.height)
        self._room(layout.height * scale + 50)
        self.heading(Words(heading, heading))
        x = (WIDTH - layout.width * scale) / 2
        draw_graph(self.pdf, layout, x, self.y, scale, FONT)
        self.y += layout.height * scale + LEADING
