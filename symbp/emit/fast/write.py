"""The text of a step: what `__init__` allocates, and the calls of `__call__`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

from symbp.emit.fast.layout import Call, Layout, Operand, Value
from symbp.emit.numpy_layout import WIDTH, bracketed, statement
from symbp.emit.numpy_plan import IDENTIFIER, Names, Page
from symbp.emit.numpy_text import tuple_text

MARK = re.compile(r"(operand_\d+_)(?:\[:\])?")
DTYPES = {"real": "dtype", "bool": "bool", "int": "np.intp"}


class Writer:
    """One layout written out."""

    def __init__(self, layout: Layout, page: Page, names: Names) -> None:
        self.layout, self.page, self.names = layout, page, names
        self.display = _display_names(layout)
        self.views: dict[tuple[int, str], str] = {}
        self.used: dict[str, None] = {}
        self.texts = [self._call_text(call) for call in layout.calls]

    # -- operands -------------------------------------------------------------------------------

    def operand(self, operand: Operand) -> str:
        """The name of a value, or of a view of it that was made once."""
        value = self.layout.values[operand.key]
        name = self.display[operand.key]
        if value.place in ("workspace", "constant", "result"):
            base, turned = (operand.view[:-2], ".T") if operand.view.endswith(".T") else (operand.view, "")
            if base:
                return self._view(operand.key, base) + turned
            self.used[name] = None
        return name + operand.view

    def _view(self, key: int, view: str) -> str:
        name = self.display[key]
        if (key, view) not in self.views:
            same = [v for (k, w), v in self.views.items() if w == view and self.display[k] == name]
            word = f"{name}_{_view_word(view)}"
            self.views[key, view] = same[0] if same else self.names.fresh(word)
        self.used[self.views[key, view]] = None
        return self.views[key, view]

    def _call_text(self, call: Call) -> str:
        reads = [self.operand(o) for o in call.reads]
        out = "" if call.out is None else self.operand(call.out)
        text = call.text
        if "operand_" in text:
            text = MARK.sub(lambda m: self.operand(self.layout.marks[m[1]]), text)
        for k, read in enumerate(reads):
            text = text.replace(f"{{{k}}}", read)
        return text.replace("{out}", out)

    # -- the two functions ------------------------------------------------------------------------

    def init_lines(self) -> list[str]:
        """Memory, constants and views, as assignments."""
        lines = []
        for owner, members in self._slots().items():
            value = self.layout.values[owner]
            targets_ = " = ".join(members)
            lines.append(statement(f"{targets_} = {self._empty(value)}", 2))
        for owner, key in self._reshaped():
            sizes = ", ".join(self.page.size(s) for s in self.layout.values[key].shape)
            lines.append(statement(f"{self.display[key]} = {self.display[owner]}.reshape({sizes})", 2))
        for key, value in enumerate(self.layout.values):
            if value.place == "constant" and self._is_used(key):
                lines.append(statement(f"{value.name} = {value.made}", 2))
        seen: set[str] = set()
        for (key, view), name in self.views.items():
            if name not in seen:
                seen.add(name)
                lines.append(statement(f"{name} = {self.display[key]}{view}", 2))
        return lines

    def _is_used(self, key: int) -> bool:
        return self.display[key] in self.used or any(k == key for k, _ in self.views)

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
        slot = self.layout.slots[key]
        group = (k for k, s in enumerate(self.layout.slots) if s == slot and self._is_used(k))
        return next(group)

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
        return list(self.used)

    def words(self, extra: Iterable[str] = ()) -> set[str]:
        return {w for text in (*self.texts, *extra) for w in IDENTIFIER.findall(text)}

    def call_lines(self, sections: Sequence[str]) -> list[str]:
        """The calls; `sections` holds for each call the comment that heads its part, or the same again."""
        lines: list[str] = []
        current = ""
        for call, text, section in zip(self.layout.calls, self.texts, sections, strict=True):
            if section and section != current:
                lines.append(f"        # {section}")
                current = section
            lines += [statement(part, 2) for part in text.split("\n")]
            if call.note:
                lines[-1] += f"  # {call.note}"
        return lines

    def returned(self) -> str:
        outputs = [self.operand(o) for o in self.layout.outputs]
        result = outputs[0] if len(outputs) == 1 else f"({', '.join(outputs)})"
        entries = [f'"{name}": {self.operand(o)}' for name, o in self.layout.results]
        return bracketed(f"return {result}, ", "{}", entries, "", depth=2, literal=True)


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
