"""Long statements broken over lines, exactly as ruff format (and black) break them.

Only the statements that cannot be made short by naming parts come here: signatures, literals,
tuples and calls with many entries.
"""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 88
INDENT = "    "


def bracketed(
    prefix: str,
    brackets: str,
    entries: Sequence[str],
    suffix: str = "",
    depth: int = 0,
    literal: bool = False,
) -> str:
    """prefix ( entries ) suffix: on one line, with the entries on a line, or one a line.

    The entries of a `literal` (a list, a tuple, a dict) are never put together on a second line.
    """
    margin = INDENT * depth
    comma = "," if brackets == "()" and literal and len(entries) == 1 else ""
    one_line = f"{margin}{prefix}{brackets[0]}{', '.join(entries)}{comma}{brackets[1]}{suffix}"
    if len(one_line) <= WIDTH or not entries:
        return one_line
    head, tail = f"{margin}{prefix}{brackets[0]}", f"{margin}{brackets[1]}{suffix}"
    inner = margin + INDENT
    together = inner + ", ".join(entries)
    if len(together) <= WIDTH and not (literal and len(entries) > 1) and not comma:
        return "\n".join([head, together, tail])
    lines = [f"{inner}{entry}," for entry in entries]
    unbreakable = any(len(line) > WIDTH for line in lines) and not suffix
    return "\n".join([head, *lines, f"{tail}  # fmt: skip" if unbreakable else tail])


def statement(text: str, depth: int = 1) -> str:
    """One planned statement; where a call in it is too long, its arguments move to lines of their own."""
    bare = text.lstrip(" ")
    depth += (len(text) - len(bare)) // len(INDENT)
    text = bare
    margin = INDENT * depth
    if len(margin) + len(text) <= WIDTH:
        return margin + text
    cut = _outer_call(text)
    if cut is not None:
        target, entries = cut
        literal = target.endswith("((")
        if not literal:
            laid_out = bracketed(target[:-1], "()", entries, "", depth)
            if all(len(line) <= WIDTH for line in laid_out.split("\n")):
                return laid_out
    return f"{margin}{text}  # fmt: skip"


def _outer_call(text: str) -> tuple[str, list[str]] | None:
    """`name = f(` and the arguments, where the whole right-hand side is one call with several."""
    at = text.find("(")
    if at < 0 or not text.endswith(")") or not (text[at - 1].isalnum() or text[at - 1] in "_."):
        return None
    if " " in text[text.index(" = ") + 3 : at] if " = " in text[:at] else " " in text[:at]:
        return None
    entries: list[str] = []
    depth, start, quote = 0, at + 1, ""
    for i in range(at, len(text)):
        char = text[i]
        if char in "\"'" and quote in ("", char):
            quote = "" if quote else char
        elif quote:
            continue
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                if i != len(text) - 1:
                    return None
                entries.append(text[start:i].strip())
        elif char == "," and depth == 1:
            entries.append(text[start:i].strip())
            start = i + 1
    return (text[: at + 1], entries) if len(entries) > 1 else None


def targets(names: Sequence[str], value: str, depth: int = 1) -> str:
    """a, b, c = value, with brackets around the names where they do not fit."""
    margin = INDENT * depth
    if len(names) == 1:
        return f"{margin}({names[0]},) = {value}"
    text = f"{margin}{', '.join(names)} = {value}"
    if len(text) <= WIDTH:
        return text
    return bracketed("", "()", names, f" = {value}", depth, literal=True)


def assignment(name: str, entries: Sequence[str], brackets: str, depth: int = 0) -> str:
    """name = {…}, a literal."""
    return bracketed(f"{name} = ", brackets, entries, "", depth, literal=True)


def quoted(text: str) -> str:
    """A Python string literal in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def docstring_line(text: str) -> str:
    """The user's text as a line of a docstring: nothing in it can end the docstring."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return clean.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip()
