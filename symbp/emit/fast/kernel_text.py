"""The text of a loop over rows that Numba compiles: a run of calls, entry by entry.

For each row come inner loops over its entries, as few as there can be, and between them numbers of
the row: sums, and what is made of them.  What only one inner loop needs is a variable; what later ones
need stands in memory, in one row of it where nothing else reads it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from symbp.emit.fast.grid import (
    ENTRIES,
    NUMBER,
    NUMBERS,
    ROW,
    SUM_INTO,
    TABLE,
    Grid,
    is_ones,
    is_row_sum,
    is_sum_over_rows,
    memory,
    ufunc,
)
from symbp.emit.fast.layout import Call, Fused, Layout, Operand
from symbp.emit.fast.rules_classes import is_of_classes
from symbp.emit.fast.rules_rows import is_softmax
from symbp.emit.numpy_layout import bracketed, statement
from symbp.emit.numpy_names import IDENTIFIER, Names, Page
from symbp.emit.numpy_text import words

OF_ENTRIES = {
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "negative": "-{0}",
    "square": "{0} * {0}",
    "reciprocal": "real(1.0) / {0}",
    "sqrt": "np.sqrt({0})",
    "abs": "abs({0})",
    "exp": "exp_of({0})",
    "tanh": "tanh_of({0})",
    "maximum": "larger({0}, {1})",
    "minimum": "smaller({0}, {1})",
    "copyto": "{0}",
    "greater": "{0} > {1}",
    "greater_equal": "{0} >= {1}",
    "less": "{0} < {1}",
    "less_equal": "{0} <= {1}",
    "equal": "{0} == {1}",
    "not_equal": "{0} != {1}",
}
OF_NUMBERS = {**OF_ENTRIES, **{name: f"np.{name}({{0}})" for name in ("exp", "log", "log1p", "expm1")}}
HELPERS = words(
    "compiled exp_of tanh_of larger smaller row_sum row_dot row_max shifted_exponentials shifted_class"
)
ARRAYS = ("np.array(", "np.full(", "np.zeros(")
"""How constants are made that are no plain numbers."""
LITERAL = re.compile(r"np\.array\((-?[\d.e+-]+), dtype\)")
TOKEN = re.compile(r"⟨(\d+)⟩")
Place = tuple[int, Hashable]


@dataclass
class _Line:
    """A variable of an inner loop; without an operand it is a sum that grows."""

    name: str
    text: str
    operand: Operand | None = None
    is_read: bool = False
    """Something reads it from memory."""
    is_last: bool = True
    """Nothing comes into its memory after it."""


@dataclass
class _Stage:
    """Numbers of the row, and the inner loop after them."""

    numbers: list[str] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)


class Kernel:
    """One loop over rows: its text, with marks for names, and what it is called with."""

    def __init__(self, layout: Layout, page: Page, fused: Fused, display: Mapping[int, str]) -> None:
        self.layout, self.page, self.fused, self.display = layout, page, fused, display
        self.grid = Grid(fused.rows, fused.width)
        self.words: list[str] = []
        self.parameters: dict[tuple[str, Place], tuple[str, Operand]] = {}
        self.stages: list[_Stage] = []
        self.head: list[str] = []
        self.tail: list[str] = []
        self.entries: dict[Place, tuple[int, _Line | None]] = {}
        """Entries that the kernel makes -> the stage of their inner loop, and the variable; or only the first
        stage that may read them from memory."""
        self.numbers: dict[Place, tuple[int, str]] = {}
        """Numbers of the row -> the stage that they stand before, and the variable."""
        self.constants: dict[Place, str] = {}
        self.free: dict[int, int] = {}
        """Memory -> the first stage that may write to it."""
        self.rows = self._single_rows()
        for call in fused.calls:
            self._add(call)
        self.lines = self._lines()

    # -- text -------------------------------------------------------------------------------------

    def source(self, name: str, helper_names: Mapping[str, str], about: str) -> str:
        """The function under a name; `about` says what it works out."""
        own = {"i", "j", "np", "real", "range", "abs", name, *HELPERS, *helper_names.values()}
        names = Names(own)
        named = [names.fresh(word) for word in self.words]

        def filled(text: str) -> str:
            text = TOKEN.sub(lambda m: named[int(m[1])], text)
            return IDENTIFIER.sub(lambda m: helper_names.get(m[0], m[0]) if m[0] in HELPERS else m[0], text)

        given = [filled(token) for token, _ in self.parameters.values()]
        decorator = helper_names.get("compiled", "compiled")
        head = bracketed(f"def {name}", "()", given, ":")
        lines = [f"@{decorator}()", head, f'    """{about}"""']
        for line in self.lines:
            depth = (len(line) - len(line.lstrip())) // 4
            lines.append(statement(filled(line.lstrip()), depth))
        return "\n".join(lines)

    @property
    def operands(self) -> list[Operand]:
        """What it is called with."""
        return [operand for _, operand in self.parameters.values()]

    def _lines(self) -> list[str]:
        """The body with marks."""
        inners = [[text for line in stage.lines for text in self._written(line)] for stage in self.stages]
        body: list[str] = []
        for stage, inner in zip(self.stages, inners, strict=True):
            body += [f"        {text}" for text in stage.numbers]
            if inner:
                body += [f"        for j in range({self._extent(1)}):", *(f"            {t}" for t in inner)]
        rows = [f"    for i in range({self._extent(0)}):", *body]
        heads = [f"    {text}" for text in self.head]
        tails = [f"    {text}" for text in self.tail]
        texts = [*heads, *rows, *tails]
        real = [f"    real = {self._written_array()}.dtype.type"] if any("real(" in t for t in texts) else []
        return [*real, *texts]

    def _written(self, line: _Line) -> list[str]:
        """A variable and, where it is to be read later, its memory."""
        if line.operand is None:
            return [f"{line.name} = {line.text}"]
        is_kept = line.is_last and line.operand.key not in self.fused.ended
        if not line.is_read and not is_kept:
            return [f"{line.name} = {line.text}"]
        return [f"{line.name} = {line.text}", f"{self._in_memory(line.operand)} = {line.name}"]

    def _extent(self, axis: int) -> str:
        token = next(t for (part, _), (t, _) in self.parameters.items() if part == ENTRIES)
        return f"{token}.shape[{axis}]"

    def _written_array(self) -> str:
        """An array of the step, which has its dtype."""
        written = {memory(self.layout, o) for call in self.fused.calls for o in call.writes}
        found = [
            token
            for (_, place), (token, operand) in self.parameters.items()
            if place in written and self.layout.values[operand.key].kind == "real"
        ]
        return found[0]

    # -- names ------------------------------------------------------------------------------------

    def _token(self, word: str) -> str:
        self.words.append(word)
        return f"⟨{len(self.words) - 1}⟩"

    def _parameter(self, operand: Operand, part: str) -> str:
        key = (part, memory(self.layout, operand))
        if key not in self.parameters:
            flat = self.grid.flat(self.page, self.layout, operand, part)
            self.parameters[key] = (self._token(self.display[operand.key]), flat)
        return self.parameters[key][0]

    def _stage(self, number: int) -> _Stage:
        while len(self.stages) <= number:
            self.stages.append(_Stage())
        return self.stages[number]

    def _single_rows(self) -> set[int]:
        """Memory that holds nothing which anything else needs: one row of it is enough."""
        slots, ended = self.layout.slots, self.fused.ended
        touched = {o.key for call in self.fused.calls for o in call.operands}
        return {slots[k] for k in ended} - {slots[k] for k in touched - ended}

    def _row(self, place: Place) -> str:
        return "0" if place[0] in self.rows else "i"

    def _in_memory(self, operand: Operand) -> str:
        return f"{self._parameter(operand, ENTRIES)}[{self._row(memory(self.layout, operand))}, j]"

    # -- operands ---------------------------------------------------------------------------------

    def _stage_of(self, operand: Operand) -> int:
        """The first stage in which an inner loop can read it."""
        part, place = self.grid.part(operand), memory(self.layout, operand)
        if part == ENTRIES and place in self.entries:
            return self.entries[place][0]
        return self.numbers[place][0] if part == NUMBERS and place in self.numbers else 0

    def _stage_after(self, operand: Operand) -> int:
        """The first stage before which all its entries are there."""
        found = self.entries.get(memory(self.layout, operand))
        return 0 if found is None else found[0] + (found[1] is not None)

    def _read(self, operand: Operand, stage: int) -> str:
        """An operand as the inner loop of a stage sees it."""
        part, place = self.grid.part(operand), memory(self.layout, operand)
        if part == NUMBER:
            return self._constant(operand)
        if part == NUMBERS:
            return self._number(operand)
        if part == ROW:
            return f"{self._parameter(operand, ROW)}[j]"
        if part == TABLE:
            token = self._parameter(operand, TABLE)
            return f"{token}[i % {token}.shape[0], j]"
        found = self.entries.get(place)
        if found is not None and found[0] == stage and found[1] is not None:
            return found[1].name
        self._reads_memory(operand, stage)
        return self._in_memory(operand)

    def _reads_memory(self, operand: Operand, stage: int) -> None:
        place = memory(self.layout, operand)
        self._line_of(place).is_read = True
        self._touch(place, stage)

    def _line_of(self, place: Place) -> _Line:
        """The line that made what stands in memory; one that does not matter where that was there before."""
        _, line = self.entries.get(place, (0, None))
        return line or _Line("", "")

    def _as_factor(self, operand: Operand, text: str) -> str:
        """A mask as 0 or 1."""
        return f"real({text})" if self.layout.values[operand.key].kind == "bool" else text

    def _touch(self, place: Place, stage: int) -> None:
        self.free[place[0]] = max(self.free.get(place[0], 0), stage)

    def _constant(self, operand: Operand) -> str:
        """A number that is the same for all rows, known before the loop."""
        value = self.layout.values[operand.key]
        key = memory(self.layout, operand)
        if key not in self.constants:
            literal = LITERAL.fullmatch(value.made)
            if literal:
                name = self._token(value.name)
                self.head.append(f"{name} = real({literal[1]})")
            elif value.place == "constant" and not value.made.startswith(ARRAYS):
                name = self._parameter(operand, NUMBER)
            else:
                token = self._parameter(operand, NUMBER)
                name = self._token(f"{value.name}_value")
                self.head.append(f"{name} = {token}{'.flat[0]' if '{row}' in value.made else '[()]'}")
            self.constants[key] = name
        return self.constants[key]

    def _number(self, operand: Operand) -> str:
        """A number of the row; one that is there before is read first of all."""
        place = memory(self.layout, operand)
        if place not in self.numbers:
            token = self._parameter(operand, NUMBERS)
            name = self._token(f"{self.display[operand.key]}_i")
            self._stage(0).numbers.append(f"{name} = {token}[i]")
            self.numbers[place] = (0, name)
        return self.numbers[place][1]

    def _set_number(self, operand: Operand, stage: int, text: str | None = None, name: str = "") -> None:
        """A number of the row before a stage, stored where anything else reads it."""
        place = memory(self.layout, operand)
        name = name or self._token(f"{self.layout.values[operand.key].name}_i")
        lines = self._stage(stage).numbers
        if text is not None:
            lines.append(f"{name} = {text}")
        if operand.key not in self.fused.ended:
            lines.append(f"{self._parameter(operand, NUMBERS)}[i] = {name}")
        self.numbers[place] = (stage, name)

    def _whole_row(self, operand: Operand, stage: int) -> str:
        """A row as an argument of a sum before a stage."""
        self._reads_memory(operand, stage)
        return f"{self._parameter(operand, ENTRIES)}[{self._row(memory(self.layout, operand))}]"

    # -- calls --------------------------------------------------------------------------------------

    def _add(self, call: Call) -> None:
        assert call.out is not None
        part = self.grid.part(call.out)
        if is_softmax(call):
            self._add_softmax(call)
        elif is_of_classes(call):
            self._add_classes(call)
        elif is_row_sum(call):
            self._add_sum(call)
        elif is_sum_over_rows(call):
            self._add_sum_over_rows(call)
        elif part == ENTRIES:
            self._add_entries(call, call.out)
        elif part == NUMBERS:
            stage = max((self._stage_of(o) for o in call.reads), default=0)
            texts = [self._read(o, stage) for o in call.reads]
            self._set_number(call.out, stage, OF_NUMBERS[ufunc(call)].format(*texts))
        else:
            self._add_after(call, call.out)

    def _add_entries(self, call: Call, out: Operand) -> None:
        place, name = memory(self.layout, out), ufunc(call)
        stage = max([self.free.get(place[0], 0), *map(self._stage_of, call.reads)])
        texts = [self._read(o, stage) for o in call.reads]
        is_mask = self.layout.values[out.key].kind == "bool"
        if name != "copyto" or not is_mask:
            texts = [self._as_factor(o, t) for o, t in zip(call.reads, texts, strict=True)]
        self._set_entries(out, stage, OF_ENTRIES[name].format(*texts))

    def _set_entries(self, out: Operand, stage: int, text: str) -> None:
        place = memory(self.layout, out)
        line = _Line(self._token(f"{self.layout.values[out.key].name}_ij"), text, out)
        self._stage(stage).lines.append(line)
        self._line_of(place).is_last = False
        self.entries[place] = (stage, line)
        self._touch(place, stage)

    def _add_sum(self, call: Call) -> None:
        """A sum along the row, before the stage after the one that makes its entries."""
        assert call.out is not None
        stage = max(map(self._stage_after, call.reads))
        rows = []
        for operand in call.reads:
            if self.grid.part(operand) == ENTRIES:
                rows.append(self._whole_row(operand, stage))
            elif not is_ones(self.layout, operand):
                rows.append(self._parameter(operand, ROW))
        self._set_number(call.out, stage, f"{'row_sum' if len(rows) == 1 else 'row_dot'}({', '.join(rows)})")

    def _add_sum_over_rows(self, call: Call) -> None:
        """A row that grows with each row."""
        assert call.out is not None
        factors, x = call.reads
        alone = is_ones(self.layout, factors)
        stage = max(self._stage_of(x), 0 if alone else self._stage_of(factors))
        total = self._parameter(call.out, ROW)
        if call.text != SUM_INTO:
            self.head.append(f"{total}[:] = real(0.0)")
        if alone and self.layout.values[x.key].place == "argument":
            self._add_ahead(total, x)
            return
        part = self._read(x, stage)
        part = part if alone else f"{self._read(factors, stage)} * {part}"
        self._stage(stage).lines.append(_Line(f"{total}[j]", f"{total}[j] + {part}"))

    def _add_ahead(self, total: str, x: Operand) -> None:
        """The sum of what is given, before anything else: the less a loop holds, the better it stays in the
        cache, where x is from then on."""
        rows = self._parameter(x, ENTRIES)
        self.head.append(f"for i in range({rows}.shape[0]):")
        self.head.append(f"    for j in range({rows}.shape[1]):")
        self.head.append(f"        {total}[j] = {total}[j] + {rows}[i, j]")

    def _add_after(self, call: Call, out: Operand) -> None:
        """What is done to a row that was added up."""
        texts = [
            self._constant(o) if self.grid.part(o) == NUMBER else f"{self._parameter(o, ROW)}[j]"
            for o in call.reads
        ]
        target = self._parameter(out, ROW)
        self.tail.append(f"for j in range({target}.shape[0]):")
        self.tail.append(f"    {target}[j] = {OF_ENTRIES[ufunc(call)].format(*texts)}")

    def _add_softmax(self, call: Call) -> None:
        """e = exp(x) and its sum; with the largest entry taken off where the sum leaves the range."""
        source, _, low, high = call.reads
        assert call.out is not None
        e, _, total, _ = call.also
        stage = max(self._stage_of(source), self.free.get(memory(self.layout, e)[0], 0))
        self._set_entries(e, stage, f"exp_of({self._read(source, stage)})")
        rows = [self._whole_row(o, stage + 1) for o in (source, e)]
        numbers = self._stage(stage + 1).numbers
        top, sums = (self._token(f"{self.display[o.key]}_i") for o in (call.out, total))
        numbers += [f"{sums} = row_sum({rows[1]})", f"{top} = real(0.0)"]
        numbers += [f"if not ({self._constant(low)} < {sums} < {self._constant(high)}):"]
        numbers += [f"    {top} = row_max({rows[0]})"]
        numbers += [f"    {sums} = shifted_exponentials({rows[0]}, {top}, {rows[1]})"]
        self._set_number(call.out, stage + 1, name=top)
        self._set_number(total, stage + 1, name=sums)
        self.entries[memory(self.layout, e)] = (stage + 1, None)

    def _add_classes(self, call: Call) -> None:
        """e = exp(x), its chosen entry, which makes room for 0, and the sums without and with that."""
        source, index, low, high = call.reads
        e = call.out
        assert e is not None
        stage = max(self._stage_of(source), self.free.get(memory(self.layout, e)[0], 0))
        self._set_entries(e, stage, f"exp_of({self._read(source, stage)})")
        rows = [self._whole_row(o, stage + 1) for o in (source, e)]
        at = self._number(index)
        names = [self._token(f"{self.display[o.key]}_i") for o in call.also]
        chosen, others, more, total = names
        self._stage(stage + 1).numbers += [
            f"{chosen} = {rows[1]}[{at}]",
            f"{rows[1]}[{at}] = real(0.0)",
            f"{others} = row_sum({rows[1]})",
            f"{more} = real(0.0)",
            f"{total} = {others} + {chosen}",
            f"if not ({total} < {self._constant(high)} and {others} * {chosen} > {self._constant(low)}):",
            f"    {', '.join(names)} = shifted_class({rows[0]}, {at}, {rows[1]})",
        ]
        for operand, name in zip(call.also, names, strict=True):
            self._set_number(operand, stage + 1, name=name)
        self.entries[memory(self.layout, e)] = (stage + 1, None)
