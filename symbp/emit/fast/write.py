"""The text of a step: what `__init__` allocates, and the calls of `__call__`."""

from __future__ import annotations

import builtins
import re
import textwrap
from collections.abc import Sequence

import numpy as np

from symbp.algebra.size import Size
from symbp.emit.fast.kernels import Kernels
from symbp.emit.fast.layout import Call, Layout, Operand, Value, time_spans
from symbp.emit.fast.rounds import Rounds, viewed
from symbp.emit.fast.rows_in_full import MOST_REPEATED
from symbp.emit.fast.short_rows import MOST_COPIED
from symbp.emit.fast.write_time import TimeNames
from symbp.emit.numpy_layout import WIDTH, bracketed, statement
from symbp.emit.numpy_names import IDENTIFIER, Names, Page
from symbp.emit.numpy_text import tuple_text

MARK = re.compile(r"(operand_\d+_)(?:\[:\])?")
OWN = re.compile(r"\{own (\w+)\}")
FUNCTION = re.compile(r"\bnp\.([a-z]\w*)\(")
DTYPES = {"real": "dtype", "bool": "bool", "int": "np.intp"}


class Writer:
    """One layout written out."""

    def __init__(self, layout: Layout, page: Page, names: Names) -> None:
        self.layout, self.page, self.names = layout, page, names
        self.display = _display_names(layout)
        self.views: dict[tuple[int, str], str] = {}
        self.view_names: dict[tuple[str, str], str] = {}
        self.viewed: set[int] = set()
        self.used: dict[str, None] = {}
        self.functions: dict[str, str] = {}
        """NumPy's name -> the name of the file's own."""
        self.owners: dict[int, int] = {}
        """Slot -> the first value that is used of those that share it."""
        self.rounds = [Rounds(self, loop) for loop in layout.loops]
        self.steps = [TimeNames(names, span) for span in time_spans(layout.calls)]
        self.loop: int | None = None
        self.step: TimeNames | None = None
        self.texts = [self._text_at(k, call) for k, call in enumerate(layout.calls)]
        self.kernels = Kernels(layout, page, names, self.display)
        self.kernel_calls = {fused.start: self._kernel_text(k) for k, fused in enumerate(layout.fused)}

    # -- operands -------------------------------------------------------------------------------

    def _text_at(self, position: int, call: Call) -> str:
        inside = (k for k, loop in enumerate(self.layout.loops) if loop.start <= position < loop.stop)
        self.loop = next(inside, None)
        self.step = next((steps for steps in self.steps if steps.start <= position < steps.stop), None)
        text = self._call_text(call)
        self.loop = self.step = None
        return text

    def _kernel_text(self, number: int) -> str:
        """The call of a compiled loop over rows."""
        name, operands = self.kernels.called[number]
        inside = ", ".join(f"{{{k}}}" for k in range(len(operands)))
        call = Call(f"{name}({inside})", tuple(operands), None, "kernel")
        return self._text_at(self.layout.fused[number].start, call)

    def operand(self, operand: Operand, is_set: bool = False) -> str:
        """The name of a value, or of a view of it that was made once."""
        inside = None if self.loop is None else self.rounds[self.loop].operand(operand)
        if inside is not None:
            return inside
        value = self.layout.values[operand.key]
        name = self.display[operand.key]
        if self.step is not None and self.step.varies(operand):
            if operand.shape == () and value.place in ("workspace", "constant", "result"):
                self.used[name] = None
            self.viewed.add(operand.key)
            return self.step.entry(name, operand, value, is_set)
        if value.place in ("workspace", "constant", "result"):
            base, turned = (operand.view[:-2], ".T") if operand.view.endswith(".T") else (operand.view, "")
            if base:
                return self.view(operand.key, base) + turned
            self.used[name] = None
        return viewed(name, operand.view)

    def view(self, key: int, view: str) -> str:
        """The name of a view that is made once."""
        name = self.display[key]
        if (key, view) not in self.views:
            if (name, view) not in self.view_names:
                self.view_names[name, view] = self.names.fresh(f"{name}_{_view_word(view)}")
            self.views[key, view] = self.view_names[name, view]
            self.viewed.add(key)
        self.used[self.views[key, view]] = None
        return self.views[key, view]

    def _call_text(self, call: Call) -> str:
        text = call.in_block if self.loop is not None and call.in_block else call.text
        if call.kind != "plain":
            text = FUNCTION.sub(lambda m: self._function(m[1]), text)
        if "operand_" in text:
            text = MARK.sub(lambda m: self.operand(self.layout.marks[m[1]]), text)
        text = OWN.sub(lambda m: self.names.own(m[1]), text)
        places = [(str(k), o) for k, o in enumerate(call.reads)]
        places += [("out", call.out)] if call.out is not None else []
        places += [(f"a{k}", o) for k, o in enumerate(call.also)]
        for word, operand in places:
            if f"{{{word}}}" in text:
                text = text.replace(f"{{{word}}}", self.operand(operand, word == "out"))
        return text

    def _function(self, name: str) -> str:
        """`add(` for `np.add(`, where that hides no function of Python's own."""
        function = getattr(np, name, None)
        word = getattr(function, "__name__", name)
        if not callable(function) or isinstance(function, type) or hasattr(builtins, word):
            return f"np.{name}("
        if word not in self.functions:
            self.functions[word] = self.names.fresh(word)
        return f"{self.functions[word]}("

    def function_lines(self) -> list[str]:
        """NumPy's functions under names of their own."""
        return [f"{own} = np.{name}" for name, own in self.functions.items()]

    # -- the two functions ------------------------------------------------------------------------

    def init_lines(self) -> list[str]:
        """Memory, constants and views, as assignments."""
        lines = [line for rounds in self.rounds for line in rounds.size_lines()]
        for owner, members in self._slots().items():
            value = self.layout.values[owner]
            targets_ = " = ".join(members)
            lines.append(statement(f"{targets_} = {self._empty(value)}", 2))
        for owner, key in self._reshaped():
            sizes = ", ".join(self.page.size(s) for s in self.layout.values[key].shape) or "()"
            lines.append(statement(f"{self.display[key]} = {self.display[owner]}.reshape({sizes})", 2))
        for key, value in enumerate(self.layout.values):
            if value.place == "constant" and self._is_used(key):
                made = value.made.replace("{shape}", self._shape_text(value.shape))
                made = made.replace("{row}", self._rows_text(value, MOST_REPEATED))
                made = made.replace("{few}", self._rows_text(value, MOST_COPIED))
                if value.steps is not None:
                    made = made.replace("{steps}", self.page.size(value.steps))
                made = made.replace("{count}", "".join(map(self.page.size, value.shape[:1])))
                lines.append(statement(f"{value.name} = {made}", 2))
        seen: set[str] = set()
        for (key, view), name in self.views.items():
            if name not in seen:
                seen.add(name)
                lines.append(statement(f"{name} = {viewed(self.display[key], view)}", 2))
        for rounds in self.rounds:
            lines += rounds.init_lines()
        for steps in self.steps:
            lines += steps.init_lines(self.page)
        return lines

    def _shape_text(self, shape: Sequence[Size]) -> str:
        """16 for one axis, (n, 16) for more."""
        sizes = [self.page.size(s) for s in shape]
        return sizes[0] if len(sizes) == 1 else tuple_text(sizes) if sizes else "()"

    def _rows_text(self, value: Value, most: int) -> str:
        """The shape of a row that may be repeated; the row alone where the whole would be large."""
        whole = self._shape_text(value.shape)
        if not value.row or value.entries.is_constant:
            return whole
        entries = self.page.size(value.entries)
        return f"{whole} if {entries} <= {most} else {self._shape_text(value.row)}"

    def _is_used(self, key: int) -> bool:
        return self.display[key] in self.used or key in self.viewed

    def _slots(self) -> dict[int, list[str]]:
        """Owner of memory -> the names of all values of its shape that use it."""
        found: dict[int, list[str]] = {}
        for key, value in enumerate(self.layout.values):
            if value.place not in ("workspace", "result") or not self._is_used(key):
                continue
            owner = self._memory(key)
            names = found.setdefault(owner, [])
            if self.display[key] not in names and value.shape == self.layout.values[owner].shape:
                names.append(self.display[key])
        return found

    def _memory(self, key: int) -> int:
        """The first value that is used of those that share this memory."""
        if not self.owners:
            for k, slot in enumerate(self.layout.slots):
                if slot not in self.owners and self._is_used(k):
                    self.owners[slot] = k
        return self.owners[self.layout.slots[key]]

    def _reshaped(self) -> list[tuple[int, int]]:
        """(owner, value) where the value has another shape than its memory; each name once."""
        found: dict[str, tuple[int, int]] = {}
        for key, value in enumerate(self.layout.values):
            if value.place == "workspace" and self._is_used(key):
                owner = self._memory(key)
                if value.shape != self.layout.values[owner].shape:
                    found.setdefault(self.display[key], (owner, key))
        return list(found.values())

    def _empty(self, value: Value) -> str:
        shape = tuple_text(self.page.size(s) for s in value.shape) if value.shape else "()"
        return f"np.empty({shape}, {DTYPES[value.kind]})"

    def arrays(self) -> list[str]:
        """The names that the step takes from the object, in the order of their use."""
        heads = [text for steps in self.steps for text in steps.heads.values()]
        texts = [*self.texts, *self.kernel_calls.values(), *heads, self.returned()]
        outside = {word for text in texts for word in IDENTIFIER.findall(text)}
        along = {name for rounds in self.rounds for name in rounds.variables}
        return [name for name in self.used if name in outside and name not in along]

    def words(self) -> set[str]:
        """The names that the calls and the loops around them use."""
        heads = [t for rounds in self.rounds for t in (*rounds.ahead.values(), *rounds.heads.values())]
        heads += [text for steps in self.steps for text in steps.heads.values()]
        texts = (*self.texts, *self.kernel_calls.values(), *heads, self.returned())
        return {w for text in texts for w in IDENTIFIER.findall(text)}

    def call_lines(self, sections: Sequence[str]) -> list[str]:
        """The calls; `sections` holds for each call the comment that heads its part, or the same again."""
        lines: list[str] = []
        current = ""
        depth = 2
        stops = {fused.start: fused.stop for fused in self.layout.fused}
        stop = -1
        for position, (text, section) in enumerate(zip(self.texts, sections, strict=True)):
            if position == stop:
                depth, current = depth - 1, ""
            for rounds, loop in zip(self.rounds, self.layout.loops, strict=True):
                if loop.start == position:
                    lines += rounds.head_lines()
                    depth = 4 if rounds.is_held else 3
                elif loop.stop == position:
                    depth = 2
            for steps in self.steps:
                if steps.start == position:
                    lines += steps.head_lines()
                    depth = 4 if steps.loop.quiet else 3
            if self.layout.calls[position].kind == "again":
                depth, current = 2, ""
            if not text:
                continue
            if section and section != current:
                lines.append(f"{'    ' * depth}# {section}")
                current = section
            if position in stops:
                stop = stops[position]
                lines += [
                    f"{'    ' * depth}if {self.page.helper('numba')}:",
                    statement(self.kernel_calls[position], depth + 1),
                    f"{'    ' * depth}else:",
                ]
                depth += 1
            lines += [statement(part, depth) for part in text.split("\n")]
        return lines

    def returned(self) -> str:
        outputs = [self._output(o) for o in self.layout.outputs]
        result = outputs[0] if len(outputs) == 1 else f"({', '.join(outputs)})"
        entries = [f'"{name}": {self.operand(o)}' for name, o in self.layout.results]
        return bracketed(f"return {result}, ", "{}", entries, "", depth=2, literal=True)

    def _output(self, operand: Operand) -> str:
        """An output; a number out of an array of the step is a number of its own."""
        text = self.operand(operand)
        owned = self.layout.values[operand.key].place in ("workspace", "constant", "result")
        return f"{text}[()]" if owned and operand.shape == () else text


def _view_word(view: str) -> str:
    if view.startswith(".reshape("):
        return "flat" if view.count(",") == 0 else "rows"
    return "view"


def _display_names(layout: Layout) -> dict[int, str]:
    """Key -> name in the file: a run of calls in place keeps one name, the model's where there is one."""
    display = {k: v.name for k, v in enumerate(layout.values)}
    run: dict[int, list[int]] = {}
    for call in layout.calls:
        if call.out is None or call.kind != "entrywise" or call.out.key in run:
            continue
        key = call.out.key
        before = [
            o.key for o in call.reads if _same_memory(layout, o.key, key) and not layout.values[o.key].given
        ]
        members = [*run.get(before[0], [before[0]]), key] if before else [key]
        run[key] = members
        if before:
            name = layout.values[key].name if layout.values[key].given else display[before[0]]
            for member in members:
                display[member] = name
    return display


def _same_memory(layout: Layout, a: int, b: int) -> bool:
    return a != b and layout.slots[a] == layout.slots[b] and layout.values[a].shape == layout.values[b].shape


def unpacking(names: Sequence[str]) -> str:
    """a, b, … = self.arrays, filled like a paragraph where it is long."""
    if len(names) > 1 and len(text := f"        {', '.join(names)} = self.arrays") <= WIDTH:
        return text
    return "\n".join([*_paragraph("(", names), "        ) = self.arrays", "        # fmt: on"])


def packing(names: Sequence[str]) -> str:
    """self.arrays = (a, b, …)"""
    if len(names) > 1 and len(text := f"        self.arrays = ({', '.join(names)})") <= WIDTH:
        return text
    return "\n".join([*_paragraph("self.arrays = (", names), "        )", "        # fmt: on"])


def _paragraph(head: str, names: Sequence[str]) -> list[str]:
    inside = textwrap.wrap(", ".join(names) + ",", WIDTH - 12)
    return ["        # fmt: off", f"        {head}", *(f"            {line}" for line in inside)]
