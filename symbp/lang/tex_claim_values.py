"""The values of a text's formulas in the scope of a model, with gradients as leaves of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symbp.algebra.node import Node, adjoint_leaf
from symbp.algebra.size import Size
from symbp.errors import ClaimError, OperandError, ParseError, Place, ShapeError
from symbp.lang.beside import with_both_sums
from symbp.lang.evaluate import evaluate
from symbp.lang.labelled_heads import filled, for_head
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
from symbp.ops.axes import transpose


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
        self.stacked: dict[str, str] = {}
        """Capital letters that nothing sets -> how they were read: X with the x_i as its rows or columns."""
        self.as_columns = False

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
        value = self.evaluated(expression, scope)
        try:
            return for_head(lifted(value), name.indices) if name.indices else node_of(value)
        except OperandError as error:
            raise ParseError(error.reason, expression.place, hint=error.hint) from None

    def evaluated(self, expression: Syntax, scope: Scope) -> Any:
        """The value, with the x_i as the rows of an X that nothing sets; as columns if only that fits."""
        self.stacked.clear()
        try:
            return evaluate(expression, scope)
        except ShapeError:
            if not self.stacked:
                raise
        self.as_columns = True
        try:
            return evaluate(expression, scope)
        finally:
            self.as_columns = False

    def matrix_of(self, name: str) -> Node | None:
        """The matrix X of the rows x_i, where the text has x_i and no X."""
        letter = name.lower()
        node = self.nodes.get(letter)
        is_indexed = (f"{letter}_", 1, 0) in self.names.slots
        if len(name) != 1 or not name.isupper() or node is None or node.rank != 2 or not is_indexed:
            return None
        self.stacked[name] = f"the {letter}_i are the {'columns' if self.as_columns else 'rows'} of {name}"
        return transpose(node) if self.as_columns else node

    def with_labels(self, part: Part, sizes: Mapping[str, Size]) -> Node:
        """The array that a formula means, with an axis for each index whose size is given."""
        expression = with_both_sums(with_reach(self.syntax(part), tuple(sizes)), tuple(sizes))
        scope = Scope(self.look_up(span(part)), self.known, {}, slope=self.slope, label_sizes=sizes)
        value = self.evaluated(expression, scope)
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
            matrix = None if name in self.letters else self.matrix_of(name)
            return self.letters[name] if matrix is None else matrix

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
