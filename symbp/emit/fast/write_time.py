"""The text of loops over time: what `__init__` lists for each step, and the head of the loop."""

from __future__ import annotations

import textwrap

from symbp.emit.fast.layout import Operand, TimeLoop, Value
from symbp.emit.numpy_layout import WIDTH, statement
from symbp.emit.numpy_names import IDENTIFIER, Names, Page

INDENT = "    "
OWN = ("workspace", "constant", "result")


class TimeNames:
    """The variables of one loop: views of the step's own arrays, made once for each step in time, and of
    arguments, made in the loop."""

    def __init__(self, names: Names, span: tuple[int, int, TimeLoop]) -> None:
        self.names = names
        self.start, self.stop, self.loop = span
        self.listed: dict[str, str] = {}
        """Variable -> what it is made of, for arrays of the step."""
        self.heads: dict[str, str] = {}
        """The same for arguments, and what is made at each call."""
        self.known: dict[str, str] = {}
        self.items = False
        """Whether items of arrays are set, which takes the variable of time."""
        self.attribute = names.fresh("steps")

    def varies(self, operand: Operand) -> bool:
        """Another part of the array at each step."""
        return self.loop.time in IDENTIFIER.findall(operand.view)

    def entry(self, name: str, operand: Operand, value: Value, is_set: bool = False) -> str:
        """The variable that stands for the operand inside the loop; an item that is set stands for itself."""
        text = operand.view.replace("@", name) if "@" in operand.view else name + operand.view
        is_number = operand.shape == ()
        if is_number and is_set:
            self.items = True
            return text
        if text not in self.known:
            variable = self.names.fresh(f"{name.removesuffix('_all')}{_word(self.loop.time, operand.view)}")
            self.known[text] = variable
            is_listed = value.place in OWN and not is_number
            (self.listed if is_listed else self.heads)[variable] = text
        return self.known[text]

    @property
    def variables(self) -> list[str]:
        return [*([self.loop.time] if self.heads or self.items else []), *self.listed]

    def init_lines(self, page: Page) -> list[str]:
        """The views of all steps."""
        timed = [self.loop.time] if self.heads or self.items else []
        parts = [*timed, *self.listed.values()] or [self.loop.time]
        steps = f"range({page.size(self.loop.length)})"
        if parts == [self.loop.time]:
            return [f"        self.{self.attribute} = {steps}{'[::-1]' if self.loop.reverse else ''}"]
        steps = f"reversed({steps})" if self.loop.reverse else steps
        inside = f"({', '.join(parts)})" if len(parts) > 1 else parts[0]
        line = f"        self.{self.attribute} = [{inside} for {self.loop.time} in {steps}]"
        if len(line) <= WIDTH:
            return [line]
        body = f"            {inside} for {self.loop.time} in {steps}"
        if len(body) <= WIDTH:
            return [f"        self.{self.attribute} = [", body, "        ]"]
        body = f"            {inside}"
        tail = [f"            for {self.loop.time} in {steps}", "        ]"]
        if len(body) <= WIDTH:
            return [f"        self.{self.attribute} = [", body, *tail]
        wrapped = textwrap.wrap(", ".join(parts) + ",", WIDTH - 16, break_long_words=False)
        lines = ["            (", *(f"                {line}" for line in wrapped), "            )"]
        head = ["        # fmt: off", f"        self.{self.attribute} = ["]
        return [*head, *lines, *tail, "        # fmt: on"]

    def head_lines(self) -> list[str]:
        """for z_t, h_t in self.steps:"""
        depth = 3 if self.loop.quiet else 2
        lines = ['        with np.errstate(over="ignore"):'] if self.loop.quiet else []
        variables = self.variables or [self.loop.time]
        heads = [statement(f"{name} = {text}", depth + 1) for name, text in self.heads.items()]
        outer, inner = INDENT * depth, INDENT * (depth + 1)
        line = f"{outer}for {', '.join(variables)} in self.{self.attribute}:"
        if len(line) <= WIDTH:
            return [*lines, line, *heads]
        step = self.names.fresh("step")
        wrapped = textwrap.wrap(", ".join(variables) + ",", WIDTH - len(inner) - 4)
        lines += [f"{outer}for {step} in self.{self.attribute}:", f"{inner}# fmt: off", f"{inner}("]
        lines += [f"{inner}    {names}" for names in wrapped]
        return [*lines, f"{inner}) = {step}", f"{inner}# fmt: on", *heads]


def _word(time: str, view: str) -> str:
    """z[t] -> z_t, z[t + 1] -> z_later; further views are told apart by numbers."""
    head, _, rest = view.partition("]")
    word = "_later" if "+ 1" in head else "_t"
    if rest.startswith(".reshape"):
        word += "_flat"
    elif rest.startswith("["):
        word += "_part"
    return word + ("_T" if view.endswith(".T") else "")
