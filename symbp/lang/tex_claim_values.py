"""The values of a text's formulas in the scope of a model, with gradients as leaves of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symbp.algebra.node import Node, adjoint_leaf
from symbp.algebra.size import Size
from symbp.errors import ClaimError, OperandError, ParseError, Place
from symbp.lang.beside import with_both_sums
from symbp.lang.evaluate import evaluate
from symbp.lang.labelled import filled, for_head
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import Step
from symbp.lang.program import Program
from symbp.lang.reach import with_reach
from symbp.lang.scope import Scope
from symbp.lang.syntax import Syntax
from symbp.lang.tex_document import span
from symbp.lang.tex_functions import TextFunctions
from symbp.lang.tex_labels import with_given_indices
from symbp.lang.tex_model import parsed
from symbp.lang.tex_names import TexName
from symbp.lang.tex_scan import Part
from symbp.lang.tex_statements import TexDocument
from symbp.lang.values import lifted, node_of


class ClaimValues:
    """What the formulas of a text mean, each in the light of the steps before it."""

    def __init__(self, document: TexDocument, program: Program) -> None:
        self.program, self.nodes = program, program.nodes
        self.letters = {letter: Size.letter(letter) for letter in program.size_letters}
        self.names, self.functions, self.facts = document.names, TextFunctions(document), document.facts
        self.local: dict[str, Any] = {}
        self.steps: list[Step] = []
        self.gradients: dict[Node, tuple[Node | None, str]] = {}
        self.parsed: dict[int, Syntax] = {}
        self.outputs = {output for output, upstream in program.outputs if upstream is None}

    def syntax(self, part: Part) -> Syntax:
        if id(part) not in self.parsed:
            found = parsed(part, self.names, self.functions)
            self.parsed[id(part)] = with_given_indices(found, self.names)
        return self.parsed[id(part)]

    def value_of(self, part: Part, name: TexName) -> Node:
        expression = with_both_sums(with_reach(self.syntax(part), name.indices), name.indices)
        node = self.nodes.get(name.key)
        ends = node.shape if node is not None and node.rank == len(name.indices) else ()
        sizes = dict(zip(name.indices, ends, strict=False))
        scope = Scope(self.look_up(span(part)), self.known, {}, slope=self.slope, label_sizes=sizes)
        value = evaluate(expression, scope)
        try:
            return for_head(lifted(value), name.indices) if name.indices else node_of(value)
        except OperandError as error:
            raise ParseError(error.reason, expression.place, hint=error.hint) from None

    def with_labels(self, part: Part, sizes: Mapping[str, Size]) -> Node:
        """The array that a formula means, with an axis for each index whose size is given."""
        expression = with_both_sums(with_reach(self.syntax(part), tuple(sizes)), tuple(sizes))
        scope = Scope(self.look_up(span(part)), self.known, {}, slope=self.slope, label_sizes=sizes)
        value = evaluate(expression, scope)
        try:
            return filled(lifted(value), sizes) if sizes else node_of(value)
        except OperandError as error:
            hint = error.hint or "give both sides the same indices"
            raise ParseError(error.reason, expression.place, hint=hint) from None

    def look_up(self, place: Place) -> Any:
        def find(name: str) -> Any:
            key = identifier(name)
            for table in (self.local, self.nodes):
                if key in table:
                    return table[key]
            if name.startswith("∂²"):
                raise ClaimError("a second derivative is read left of = only", place, hint="write it out")
            if name.startswith("∂"):
                return self.gradient(name, place)
            return self.letters[name]

        return find

    def gradient(self, name: str, place: Place) -> Node:
        """∂L/∂z in a formula: a leaf, which whoever compares replaces by the true gradient."""
        of, by = (identifier(n) for n in name[1:].split("/∂"))
        known = of not in self.nodes or of in self.outputs or not self.nodes[of].shape
        if not known or by not in self.nodes:
            raise ClaimError(f"the derivative {name} is not known here", place, hint="give it a name first")
        is_output = of in self.outputs or of not in self.nodes
        found = adjoint_leaf(f"d{of}_d{by}", self.nodes[by].shape)
        self.gradients[found] = (None if is_output else self.nodes[of], by)
        return found

    def slope(self, value: Node, by: str) -> Node:
        """∇_W of a formula, as a leaf too."""
        key = identifier(by)
        if key not in self.nodes:
            raise OperandError(
                f"{by} is no name of the model",
                hint=f"its names are {', '.join(n.text for n in self.program.names.values())}",
            )
        if value.shape:
            raise OperandError(
                "a gradient is that of a number", hint="sum what is differentiated, or average it"
            )
        found = adjoint_leaf(f"slope_{len(self.gradients)}_d{key}", self.nodes[key].shape)
        self.gradients[found] = (value, key)
        return found

    def known(self) -> list[str]:
        return [*(n.text for n in self.program.names.values()), *self.local, *self.letters]

    def same(self, a: TexName, b: TexName) -> bool:
        """Whether two names are one, or mean one thing in the model."""
        node = self.nodes.get(a.key)
        return a.key == b.key or (node is not None and node is self.nodes.get(b.key))

    def sizes_of(self, labels: Sequence[str], name: TexName) -> dict[str, Size]:
        """The sizes of the axes that have indices.  ClaimError where not all axes have one."""
        node = self.nodes[name.key]
        if node.rank != len(labels):
            indices, axes = len(labels), node.rank
            reason = f"{name.latex} has {indices} ind{'ex' if indices == 1 else 'ices'} here, "
            reason += f"and {axes} ax{'is' if axes == 1 else 'es'}"
            raise ClaimError(
                reason,
                name.place,
                hint=f"give it {axes} ind{'ex' if axes == 1 else 'ices'}" if axes else "leave the index out",
            )
        return dict(zip(labels, node.shape, strict=False))
