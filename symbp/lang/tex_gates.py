"""The rows of a cases environment, and their conditions without words."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.lang.tex_commands import STYLES
from symbp.lang.tex_scan import Lexeme, argument, word_of


def rows(lexemes: Sequence[Lexeme]) -> list[list[list[Lexeme]]]:
    """Rows of cells; those of an environment inside stay together."""
    rows: list[list[list[Lexeme]]] = [[[]]]
    depth = 0
    for lexeme in lexemes:
        depth += {r"\begin": 1, r"\end": -1}.get(lexeme.text, 0)
        if lexeme.text == "\\\\" and depth == 0:
            rows.append([[]])
        elif lexeme.text == "&" and depth == 0:
            rows[-1].append([])
        else:
            rows[-1][-1].append(lexeme)
    return [row for row in rows if any(row)]


def condition(cells: Sequence[Sequence[Lexeme]]) -> list[Lexeme]:
    """The condition of a case without its words; empty for `otherwise`."""
    found = [x for cell in cells for x in cell]
    while found and (found[0].text in STYLES or found[0].text == ","):
        content, after = argument(found, 1) if found[0].text in STYLES else ((), 1)
        word = word_of(content).lower()
        if word.startswith(("otherwise", "else")):
            return []
        if content and word not in ("if", "for", "when"):
            break
        found = found[after:]
    return [x for k, x in enumerate(found) if not (x.text in (",", ".") and k == len(found) - 1)]
