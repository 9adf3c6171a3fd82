"""Loops over blocks of rows, written out: how many rows a block has, and the arrays of each round."""

from __future__ import annotations

from typing import Protocol

from symbp.algebra.size import Size
from symbp.emit.fast.layout import Layout, Loop, Operand
from symbp.emit.fast.roles import MERGED, leading, rows_in
from symbp.emit.fast.short_buffers import LONG_ROW, SMALL_BUFFER
from symbp.emit.numpy_layout import WIDTH, statement
from symbp.emit.numpy_names import Names, Page

BLOCK_BYTES = 2**19
INDENT = "    "


class Surface(Protocol):
    """What the writer of a step offers to its loops."""

    layout: Layout
    page: Page
    names: Names
    display: dict[int, str]
    used: dict[str, None]

    def view(self, key: int, view: str) -> str: ...


class Rounds:
    """One loop: its variables, which are made once for each round, and the rows of arguments."""

    def __init__(self, writer: Surface, loop: Loop) -> None:
        self.writer, self.loop = writer, loop
        self.name = writer.page.size(Size.letter(loop.block))
        own = writer.names.own
        self.rows, self.some, self.first, self.fitting = (
            own("rows"),
            own("some"),
            own("start"),
            own("fitting"),
        )
        self.variables: dict[str, str] = {}
        """name -> what it is made of"""
        self.heads: dict[str, str] = {}
        """The same for rows of arguments, made in each round of each call."""
        self.ahead: dict[str, str] = {}
        """Views of arguments, made before the loop."""
        self._named: dict[str, str] = {}
        self.is_held = bool(loop.quiet or loop.runs)
        """Whether the loop stands in a block in which NumPy behaves otherwise."""

    def operand(self, operand: Operand) -> str | None:
        """The rows of this round; None where the operand is the same for all rounds."""
        value, name = self.writer.layout.values[operand.key], self.writer.display[operand.key]
        if value.shape[:1] == (Size.letter(self.loop.block),):
            self.writer.used[name] = None
            start, have = f"{name}[{self.some}]", value.shape[1:]
            if not operand.is_whole:
                return self._variable(name, viewed(start, operand.view))
            text = start + self._reshape(operand, have)
            return self._variable(name, text, own=text == start)
        if rows_in(self.writer.layout, operand, self.loop.rows) is None:
            return None
        depth = leading(value.shape, self.loop.rows) or 1
        have = value.shape[depth:] if operand.is_whole else ()
        view = operand.view
        if operand.is_whole:
            view = "" if depth == 1 else f".reshape({self._sizes(have)})"
        tail = self._reshape(operand, have) if operand.is_whole else ""
        if value.place in ("workspace", "constant", "result"):
            whole = self.writer.view(operand.key, view) if view else name
            self.writer.used[whole] = None
            return self._variable(name, f"{whole}[{self.rows}]{tail}")
        whole = self._fresh(f"{name}_view", viewed(name, view), self.ahead) if view else name
        return self._fresh(f"{name}_rows", f"{whole}[{self.rows}]{tail}", self.heads)

    def _variable(self, name: str, text: str, own: bool = False) -> str:
        if own:
            self.variables[name] = text
            return name
        return self._fresh(f"{name}_rows", text, self.variables)

    def _fresh(self, word: str, text: str, where: dict[str, str]) -> str:
        if text not in self._named:
            self._named[text] = self.writer.names.fresh(word)
        where[self._named[text]] = text
        return self._named[text]

    def _reshape(self, operand: Operand, have: tuple[Size, ...]) -> str:
        """What gives the rows of a whole array the axes of the operand."""
        shape = operand.shape or ()
        depth = leading(shape, self.loop.rows) or MERGED
        wanted = shape[max(depth, 1) :]
        return "" if depth and wanted == have else f".reshape({self._sizes(wanted)})"

    def _sizes(self, sizes: tuple[Size, ...]) -> str:
        return ", ".join(["-1", *map(self.writer.page.size, sizes)])

    # -- text -------------------------------------------------------------------------------------

    def size_lines(self) -> list[str]:
        """How many rows a block has."""
        rows, width = self.writer.page.size(self.loop.rows), self.writer.page.size(self.loop.width)
        if not self.loop.width.is_at_least(1):
            width = f"max(1, {width})"  # halves of one row are one row and none
        elif " " in width:
            width = f"({width})"
        return [
            f"        # Rows of about {BLOCK_BYTES // 1024} KiB at a time stay in the cache.",
            f"        {self.fitting} = {BLOCK_BYTES} // ({width} * np.dtype(dtype).itemsize)",
            statement(f"{self.name} = max(1, min({rows}, {self.fitting}))", 2),
            *self._buffer_lines(),
        ]

    def _buffer_lines(self) -> list[str]:
        """How many entries NumPy copies at a time when it broadcasts: none of rows that are as long."""
        if not self.loop.runs:
            return []
        texts = [self.writer.page.size(run) for run in self.loop.runs]
        shortest = texts[0] if len(texts) == 1 else f"min({', '.join(texts)})"
        known = all(run.is_constant for run in self.loop.runs)
        chosen = (
            f"{SMALL_BUFFER}" if known else f"{SMALL_BUFFER} if {shortest} >= {LONG_ROW} else np.getbufsize()"
        )
        return [
            "        # Long rows are broadcast without copies where the buffer for those is short.",
            statement(f"self.{self.name}_buffer = {chosen}", 2),
        ]

    def init_lines(self) -> list[str]:
        """The arrays of each round."""
        rows, own, first = self.writer.page.size(self.loop.rows), self.rows, self.first
        parts = [self.rows, *self.variables.values()]
        entry = statement(f"self.{self.name}s.append(({', '.join(parts)}))", 3)
        if len(entry) > WIDTH:
            wrapped = [f"{INDENT * 5}{part}," for part in parts]
            head, tail = f"{INDENT * 3}self.{self.name}s.append(", f"{INDENT * 3})"
            lines = [head, f"{INDENT * 4}(", *wrapped, f"{INDENT * 4})", tail]
            if any(len(line) > WIDTH for line in wrapped):
                lines = [f"{INDENT * 3}# fmt: off", *lines, f"{INDENT * 3}# fmt: on"]
            entry = "\n".join(lines)
        return [
            f"        self.{self.name}s = []",
            f"        for {first} in range(0, {rows}, {self.name}):",
            f"            {own} = slice({first}, min({first} + {self.name}, {rows}))",
            *(
                [f"            {self.some} = slice(0, {own}.stop - {first})"]
                if f"[{self.some}" in entry
                else []
            ),
            entry,
        ]

    def head_lines(self) -> list[str]:
        """for rows, … in self.blocks:"""
        names = [self.rows, *self.variables]
        depth = 3 if self.is_held else 2
        lines = [_unbroken(f"{INDENT * 2}{n} = {t}") for n, t in self.ahead.items()]
        if self.is_held:
            ignored = ", ".join(f'{kind}="ignore"' for kind in self.loop.quiet)
            lines += [f"        with np.errstate({ignored}):"]
        if self.loop.runs:
            lines += [f"            np.setbufsize(self.{self.name}_buffer)"]
        head = f"{INDENT * depth}for {', '.join(names)} in self.{self.name}s:"
        if len(head) > WIDTH:
            inside = [f"{INDENT * (depth + 1)}{n}," for n in names]
            start, end = f"{INDENT * depth}for (", f"{INDENT * depth}) in self.{self.name}s:"
            head = "\n".join([start, *inside, end])
        lines.append(head)
        return [*lines, *(statement(f"{n} = {t}", depth + 1) for n, t in self.heads.items())]


def _unbroken(line: str) -> str:
    """A statement on its line, however long."""
    if len(line) <= WIDTH:
        return line
    return f"{INDENT * 2}# fmt: off\n{line}\n{INDENT * 2}# fmt: on"


def viewed(name: str, view: str) -> str:
    """A view of a value: its text after the name, or around it where it holds an @."""
    return view.replace("@", name) if "@" in view else name + view
