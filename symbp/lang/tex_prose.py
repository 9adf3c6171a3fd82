"""What stands between the formulas of a document: the words before and after each, its sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ABBREVIATION = re.compile(
    r"\b(e\.\s?g|i\.\s?e|cf|resp|w\.\s?r\.\s?t|eqs?|figs?|secs?|s\.\s?p\.\s?d)\.", re.IGNORECASE
)
_PARAGRAPH = re.compile(r"\n[ \t]*\n|\\par\b|\\item\b|\\(?:sub)*section\b|\\paragraph\b|\n#+ ")
_SENTENCE = re.compile(r"[.!?](?=\s|$)")
_END = re.compile(r"(?:\\end\{\w+\*?\}\s*)+$")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_COMMAND = re.compile(r"\\[A-Za-z]+\*?|[{}~*_]")


@dataclass(frozen=True)
class Prose:
    """The words of the same sentence before and after a formula, and which sentence and paragraph it is."""

    before: str = ""
    after: str = ""
    sentence: int = 0
    paragraph: int = 0


NO_PROSE = Prose()


def prose_round(text: str, regions: Sequence[tuple[int, int]]) -> list[Prose]:
    """The prose round each stretch of mathematics, given by the offsets of what stands inside its signs.

    >>> text = "Let $A$ be symmetric. Then $f$ is convex."
    >>> [(p.before, p.after, p.sentence) for p in prose_round(text, [(5, 6), (28, 29)])]
    [('let', 'be symmetric', 0), ('then', 'is convex', 1)]
    """
    edges = [0, *(end for _, end in regions)]
    gaps = [text[a:b] for a, b in zip(edges, [*(start for start, _ in regions), len(text)], strict=True)]
    found: list[Prose] = []
    sentence = paragraph = 0
    for k, (start, end) in enumerate(regions):
        pieces, breaks = _cut(gaps[k])
        sentence, paragraph = sentence + len(pieces) - 1, paragraph + breaks
        ends = _END.sub("", text[start:end]).rstrip().endswith(".")
        following = "" if ends else _cut(gaps[k + 1])[0][0]
        found.append(Prose(_words(pieces[-1]), _words(following), sentence, paragraph))
        sentence += ends
    return found


def _cut(gap: str) -> tuple[list[str], int]:
    """The parts of sentences in a stretch of prose, and how many paragraphs end in it."""
    plain = _ABBREVIATION.sub(lambda m: m.group(1).replace(".", ""), _COMMENT.sub("", gap))
    paragraphs = _PARAGRAPH.split(plain)
    return [piece for p in paragraphs for piece in _SENTENCE.split(p)], len(paragraphs) - 1


def _words(piece: str) -> str:
    """Lower-case words and signs, without commands and the signs that open and close formulas."""
    plain = _COMMAND.sub(" ", piece.replace("\\(", " ").replace("\\)", " ").replace("$", " "))
    return " ".join(plain.lower().split())
