"""A document to its formulas: prose is skipped, environments are opened, lines are cut and joined.

Read are `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]` and the display environments; a text with none of these is
one formula per line.  `param W: h, d` may stand in a comment, or on a line of a text without prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from symbp.errors import ParseError, Place
from symbp.lang.statements import DECLARATION, Statement, statement_at
from symbp.lang.tex_commands import ARROWS, IGNORED, RELATIONS, SPELLINGS, WITH_ARGUMENT, WORDS
from symbp.lang.tex_decoration import undecorated
from symbp.lang.tex_macros import expanded, read_macros, without_definitions
from symbp.lang.tex_prose import NO_PROSE, Prose, prose_round
from symbp.lang.tex_scan import Document, Lexeme, argument, matched, outer, scan, spaced, word_of

DISPLAYS = (
    "equation", "align", "gather", "multline", "eqnarray", "flalign", "alignat", "displaymath", "math",
    "aligned", "gathered", "split",
)  # fmt: skip
_LITERAL = "verbatim|lstlisting|minted|comment|Verbatim"
_OPENER = re.compile(
    r"(?P<skip>```.*?(?:```|\Z)|<!--.*?-->|`[^`\n]+`|\\\$|\\\\"
    rf"|\\begin\{{(?P<literal>{_LITERAL})\}}.*?(?:\\end\{{(?P=literal)\}}|\Z))"
    r"|(?P<comment>%[^\n]*)|(?P<double>\$\$)|(?P<single>\$)|(?P<bracket>\\\[)|(?P<paren>\\\()"
    rf"|\\begin\{{(?P<env>(?:{'|'.join(DISPLAYS)})\*?)\}}",
    re.DOTALL,
)
_KEPT = {"cases", "dcases", "array", "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "smallmatrix"}
_OPERATORS = {"+", "-", "*", "/", r"\cdot", r"\odot", r"\times", r"\circ"}
TEXTS = {r"\text", r"\mbox", r"\textrm", r"\textit"}
PROSE = {"and", "where", "with", "for", "forall", "foreach", "if", "so", "then", "thus", "hence", "let", "or"}
_BARS = {r"\|", r"\Vert", "|"}
_SEPARATORS = {",", ";", r"\quad", r"\qquad", "."} | ARROWS


@dataclass(frozen=True)
class Formula:
    """One statement of a document, with the prose round it."""

    lexemes: tuple[Lexeme, ...]
    display: bool
    prose: Prose = NO_PROSE

    @property
    def place(self) -> Place:
        return span(self.lexemes)


def span(lexemes: Sequence[Lexeme]) -> Place:
    """From the first to the last lexeme, as far as that is on one line."""
    first = lexemes[0].place
    same = [x.place for x in lexemes if x.place.line == first.line]
    start, end = min(p.start for p in same), max(p.end for p in same)
    return Place(first.text, first.line, start, end, first.source)


@dataclass(frozen=True)
class Region:
    """A stretch of mathematics: offsets, whether it is displayed."""

    start: int
    end: int
    display: bool


def read_document(text: str, source: str) -> tuple[list[Formula], list[Statement]]:
    """All formulas of a text in order, and its declarations.  ParseError with its place."""
    document = Document(text, source)
    regions, comments = _regions(document)
    declared = [d for start, end in comments for d in _declaration(document, start, end)]
    if not regions and not _is_prose(text):
        regions = []
        for start, end in _lines(text):
            found = list(_declaration(document, start, end))
            declared += found
            if not found:
                regions.append(Region(start, end, True))
    formulas: list[Formula] = []
    macros = read_macros(document)
    prose = prose_round(text, [(region.start, region.end) for region in regions])
    for region, words in zip(regions, prose, strict=True):
        lexemes = without_definitions(scan(document, region.start, region.end))
        rows = _rows(undecorated(expanded(lexemes, macros) if macros else lexemes))
        parts = [found for row in rows for found in _parts(row)]
        for k, (remark, part) in enumerate(parts):
            before = remark or (words.before if k == 0 else "")
            after = words.after if k == len(parts) - 1 else parts[k + 1][0]
            own = replace(words, before=before, after=after)
            formulas.append(Formula(tuple(part), region.display, own))
    return formulas, declared


def _is_prose(text: str) -> bool:
    return r"\begin{document}" in text


def _declaration(document: Document, start: int, end: int) -> Iterator[Statement]:
    piece = document.text[start:end].strip().rstrip(";")
    at = document.text.find(piece, start)
    if piece and DECLARATION.match(piece):
        yield statement_at(piece, document.place(at, at + len(piece)))


# -- where mathematics stands -------------------------------------------------------------------


def _regions(document: Document) -> tuple[list[Region], list[tuple[int, int]]]:
    """The stretches of mathematics, and the comments that may hold declarations."""
    text, at = document.text, 0
    comments_count = document.source.endswith(".tex") or _is_prose(text) or not _has_math(text)
    if r"\begin{document}" in text:
        at = text.index(r"\begin{document}")
    found: list[Region] = []
    comments: list[tuple[int, int]] = []
    while (match := _OPENER.search(text, at)) is not None:
        at = match.end()
        kind = match.lastgroup
        if match.group("comment"):
            line = text[match.start() + 1 : match.end()]
            comments += [(match.start() + 1, match.end())] if DECLARATION.match(line) else []
            at = match.end() if comments_count or DECLARATION.match(line) else match.start() + 1
        elif kind not in ("skip", "literal"):
            region, at = _region(document, match)
            found += [region] if region is not None else []
    return found, comments


def _has_math(text: str) -> bool:
    return any(
        m.lastgroup not in ("skip", "literal", "comment") for m in _OPENER.finditer(text) if m.lastgroup
    )


def _region(document: Document, match: re.Match[str]) -> tuple[Region | None, int]:
    """The stretch that an opening sign opens, and the offset behind its closing one."""
    text, start = document.text, match.end()
    if match.group("env"):
        return _environment(document, match)
    closing = {"double": r"\$\$", "bracket": r"\\\]", "paren": r"\\\)", "single": r"(?<!\\)\$"}
    kind = match.lastgroup or "single"
    found = re.compile(closing[kind]).search(text, start)
    if kind == "single":
        paragraph = text.find("\n\n", start)
        if found is None or (0 <= paragraph < found.start()):
            return None, start
        return Region(start, found.start(), False), found.end()
    if found is None:
        reason = f"this '{match.group()}' is never closed"
        raise ParseError(
            reason, document.place(match.start(), match.end()), hint="close it behind the formula"
        )
    return Region(start, found.start(), kind != "paren"), found.end()


def _environment(document: Document, match: re.Match[str]) -> tuple[Region, int]:
    name = re.escape(match.group("env"))
    depth = 1
    for edge in re.compile(rf"\\(begin|end)\{{{name}\}}").finditer(document.text, match.end()):
        depth += 1 if edge.group(1) == "begin" else -1
        if depth == 0:
            return Region(match.start(), edge.end(), True), edge.end()
    place = document.place(match.start(), match.end())
    raise ParseError(
        f"this environment '{match.group('env')}' is never ended",
        place,
        hint=f"add \\end{{{match.group('env')}}}",
    )


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """The statements of a text without prose: lines and what stands between semicolons."""
    depth, start = 0, 0
    for found in re.finditer(r"%[^\n]*|\\begin|\\end|\\.|[{}()\[\];\n]", text):
        sign = found.group()
        if sign in ("{", "(", "[", r"\begin"):
            depth += 1
        elif sign in ("}", ")", "]", r"\end"):
            depth = max(0, depth - 1)
        elif sign in (";", "\n") and depth == 0:
            if sign == "\n" and _continues(text, start, found.start()):
                continue
            yield start, found.start()
            start = found.end()
    yield start, len(text)


def _continues(text: str, start: int, end: int) -> bool:
    """Whether a line goes on below: it ends with an operator, or the next one starts with one."""
    rest = text[end:].lstrip(" \t")[1:].lstrip(" \t")
    before = text[start:end].rstrip()
    signs = (r"\cdot", r"\odot", r"\times")
    after_sign = before.endswith(("=", "+", "-", "*", "/", "&", *signs))
    return bool(before) and (after_sign or rest.startswith(("=", "&", "+", "-", *signs)))


# -- rows and parts -----------------------------------------------------------------------------


def _rows(lexemes: Sequence[Lexeme]) -> list[list[Lexeme]]:
    """The rows of a region; a row that starts or ends with an operator goes on in the next one."""
    matched(lexemes)
    rows: list[list[Lexeme]] = [[]]
    depth = kept = 0
    for lexeme in _cleaned(lexemes):
        depth += {"open": 1, "close": -1}.get(lexeme.kind, 0)
        kept += {r"\begin": 1, r"\end": -1}.get(lexeme.text, 0)
        if lexeme.text == "\\\\" and depth == 0 and kept == 0:
            rows.append([])
        elif lexeme.text not in ("\\\\", "&") or kept:
            rows[-1].append(lexeme)
    joined: list[list[Lexeme]] = []
    for row in rows:
        starts = bool(row) and (row[0].text in _OPERATORS or row[0].text in RELATIONS)
        before = _last(joined[-1]) if joined else None
        ends = before is not None and (before in _OPERATORS or before in RELATIONS or _is_open(joined[-1]))
        if joined and joined[-1] and (starts or ends):
            joined[-1] += row
        elif row:
            joined.append(row)
    return joined


def _last(row: Sequence[Lexeme]) -> str | None:
    texts = [x.text for x in row if x.text not in (r"\quad", r"\qquad")]
    return texts[-1] if texts else None


def _is_open(row: Sequence[Lexeme]) -> bool:
    """Whether a bracket of the row is closed on a later one."""
    opened = sum({"(": 1, "[": 1, ")": -1, "]": -1}.get(x.text, 0) for x in row)
    return opened > 0


def _cleaned(lexemes: Sequence[Lexeme]) -> Iterator[Lexeme]:
    """Without space, sizes, labels, and the environments that only align."""
    at, kept = 0, 0
    one_sided = _one_sided(lexemes)
    while at < len(lexemes):
        lexeme = lexemes[at]
        if lexeme.text in (r"\begin", r"\end"):
            name, after = argument(lexemes, at + 1)
            word = "".join(x.text for x in name).rstrip("*")
            if word in _KEPT:
                kept += 1 if lexeme.text == r"\begin" else -1
                yield from lexemes[at:after]
            elif lexeme.text == r"\begin" and word.startswith("alignat"):
                after = argument(lexemes, after)[1]
            at = after
        elif lexeme.text in WITH_ARGUMENT:
            at = argument(lexemes, at + 1)[1]
        elif at in one_sided or (lexeme.text in IGNORED and lexeme.text not in (r"\quad", r"\qquad")):
            at += 1
        else:
            yield lexeme
            at += 1


def _one_sided(lexemes: Sequence[Lexeme]) -> set[int]:
    """Indices of the brackets of \\left\\{ … \\right. and of \\left. … \\right\\}."""
    opened: list[int] = []
    dropped: set[int] = set()
    for at, lexeme in enumerate(lexemes[:-1]):
        if lexeme.text == r"\left":
            opened.append(at + 1)
        elif lexeme.text == r"\right":
            if not opened:
                hint = r"leave out \right, or add \left with its bracket"
                raise ParseError(r"this \right has no \left", lexeme.place, hint=hint)
            start = opened.pop()
            if "." in (lexemes[start].text, lexemes[at + 1].text):
                dropped |= {start, at + 1}
    if opened:
        hint = r"add \right with its bracket, or leave out \left"
        raise ParseError(r"this \left has no \right", lexemes[opened[-1] - 1].place, hint=hint)
    return dropped


def _parts(row: Sequence[Lexeme]) -> Iterator[tuple[str, list[Lexeme]]]:
    """The statements of a row, which commas, spaces, words and arrows set apart; the words before each."""
    part: list[Lexeme] = []
    cuts = {at for at, lexeme in outer(row) if lexeme.text in _SEPARATORS}
    remarks = {at for at, lexeme in outer(row) if lexeme.text in TEXTS and _is_remark(row, at)}
    skip = -1
    remark = ""
    for at, lexeme in enumerate(row):
        if at < skip:
            continue
        is_remark = at in remarks or (lexeme.text in WORDS and not part and _is_prose_word(row, at))
        if not is_remark and at not in cuts:
            part.append(lexeme)
            continue
        if part:
            yield remark, part
            part, remark = [], ""
        if is_remark:
            content, skip = argument(row, at + 1)
            remark = " ".join([*remark.split(), spaced(content)])
    if part:
        yield remark, part


def _is_remark(row: Sequence[Lexeme], at: int) -> bool:
    """Whether a \\text is prose beside a formula: several words, or signs in them, or a word that joins."""
    content = argument(row, at + 1)[0]
    word = word_of(content).lower()
    apart = any(a.place.end < b.place.start for a, b in pairwise(content) if a.place.line == b.place.line)
    signs = any(x.kind not in ("letter", "number") and x.text not in "-_" for x in content)
    between_bars = sum(x.text in _BARS for x in row[:at]) % 2
    if between_bars:
        return False
    return _is_prose_word(row, at) or (
        (apart or signs) and word not in {s.replace(" ", "") for s in SPELLINGS}
    )


def _is_prose_word(row: Sequence[Lexeme], at: int) -> bool:
    word = "".join(x.text for x in argument(row, at + 1)[0]).strip().lower()
    return word in PROSE
