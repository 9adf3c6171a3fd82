"""One way through the equations of a text, with the shape of every variable given.

An attempt can go back to an equation and on from there: that is how shapes are inferred in time
linear in the number of equations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from symbp.algebra.node import Node, Shape, leaf
from symbp.algebra.size import Size
from symbp.errors import OperandError, ParseError, Place
from symbp.lang.beside import with_both_sums
from symbp.lang.equations import Equations
from symbp.lang.evaluate import evaluate
from symbp.lang.labelled import Labelled
from symbp.lang.labelled_heads import for_head
from symbp.lang.names import Name, NameTable, identifier
from symbp.lang.program import Variable
from symbp.lang.recurrence import Recurrence
from symbp.lang.scope import Scope, Settle
from symbp.lang.syntax import Syntax
from symbp.lang.values import item_of, lifted, node_of
from symbp.ops.kept import kept
from symbp.ops.selection import is_selected, whole
from symbp.ops.structure.whole_numbers import as_index, counts


class Attempt:
    """One way through the equations, with the shape of every variable given."""

    def __init__(
        self,
        model: Equations,
        variables: Mapping[str, tuple[str, tuple[Size, ...], str]],
        unify: Callable[[Any, Any], None] | None = None,
        settle: Settle | None = None,
        states: Mapping[str, Shape] | None = None,
    ) -> None:
        self.model = model
        table = NameTable(model.spellings)
        self.variables: dict[str, Variable] = {}
        self.values: dict[str, Any] = {}
        for key, (spelled, shape, role) in variables.items():
            self.add_variable(key, table.add(spelled), shape, role)
        for key in model.declared.constants:
            self._add_constant(key, table)
        self._add_sizes(set(model.limits.values()) if unify is not None else set())
        self.heads = [table.add(s.head) for s in model.statements]
        self.upstream_names = {
            key: table.add(model.declared.spelled[key]) for key in model.upstreams if key not in variables
        }
        self.nodes: list[Node] = []
        self.selected: set[str] = set()
        """Names of entries that a mask selects; their nodes are the whole arrays."""
        self.scope = replace(self._scope(unify, settle), states=states or {})

    def add_variable(self, key: str, name: Name, shape: tuple[Size, ...], role: str) -> None:
        facts = self.model.facts_of(key, shape)
        dtype = "int" if any(f.startswith("index") for f in facts) else "real"
        node = leaf(name.ascii, shape, dtype, facts)
        self.variables[key] = Variable(name, node, role, self.model.declared.places.get(key))
        self.values[key] = node

    def _add_constant(self, key: str, table: NameTable) -> None:
        declared = self.model.declared
        facts = ["constant"] + (["positive"] if declared.constants[key] > 0 else [])
        name = table.add(declared.spelled[key])
        node = leaf(name.ascii, (), facts=facts)
        self.variables[key] = Variable(name, node, "const", declared.places.get(key))
        self.values[key] = node

    def _add_sizes(self, ends: Collection[str]) -> None:
        """The sizes of the variables, and while shapes are found the ends of sums."""
        for letter, value in self.model.declared.sizes.items():
            self.values.setdefault(letter, value)
        shapes = (variable.shape for variable in self.variables.values())
        letters = {letter for shape in shapes for size in shape for letter in size.letters}
        for letter in sorted(letters.union(ends)):
            self.values.setdefault(letter, Size.letter(letter))

    # -- equations ----------------------------------------------------------------------------

    def run(self) -> Attempt:
        """Evaluate what is not evaluated yet."""
        while len(self.nodes) < len(self.heads):
            index = len(self.nodes)
            if self.model.letters[index] is not None:
                self._run_recurrence(index)
                continue
            statement = self.model.statements[index]
            node = self.side(self.model.expressions[index], self.model.indices[index], statement.item)
            key = identifier(statement.head)
            selected = is_selected(node.shape)
            self.selected |= {key} if selected else set()
            if counts(node):
                node = as_index(node)
            self.nodes += whole([node]) if selected else [node]
            self.values[key] = kept(node) if self.model.keeps_values else node
        return self

    def side(self, expression: Syntax, labels: tuple[str, ...], item: tuple[int, int] | None = None) -> Node:
        """The array that one side of an equation is, or one item of it.  ParseError where it is none."""
        value = evaluate(with_both_sums(expression, labels), self.scope)
        try:
            return self._array(value if item is None else item_of(value, *item), labels)
        except OperandError as error:
            said = isinstance(value, Labelled | Node) or item is not None
            reason = error.reason if said else "the right-hand side is no array"
            hint = error.hint if said else "write an array or a number behind ="
            raise ParseError(reason, expression.place, hint=hint) from None

    @staticmethod
    def _array(value: Any, labels: tuple[str, ...]) -> Node:
        """The array that an equation sets, with an axis for each index on its left side."""
        return for_head(lifted(value), labels) if labels else node_of(value)

    def _run_recurrence(self, index: int) -> None:
        """Evaluate all equations of the recurrence that begins here."""
        model = self.model
        group = next(g for g in model.groups if g[0] == index)
        steps = [step for k in group if (step := model.step(k)) is not None]
        spelled = {s.key: s.statement.head for s in steps}
        recurrence = Recurrence(steps, model.boundaries, self.scope, spelled.__getitem__)
        for step, series in zip(steps, recurrence.read(), strict=True):
            self.nodes.append(series.node)
            self.values[step.key] = series

    def back_to(self, index: int) -> None:
        """Forget the equations from `index` on."""
        for statement in self.model.statements[index : len(self.nodes)]:
            del self.values[identifier(statement.head)]
            self.selected.discard(identifier(statement.head))
        del self.nodes[index:]

    def _scope(self, unify: Callable[[Any, Any], None] | None, settle: Settle | None) -> Scope:
        model = self.model
        where_set = dict(model.declared.places)
        where_set.update({key: s.place for key, s in model.assigned.items()})

        def look_up(name: str) -> Any:
            key = identifier(name)
            if key not in self.values and name not in self.values and name in model.letters:
                raise OperandError(
                    f"{name} counts the steps of a recurrence, it means nothing outside of one",
                    hint="after it, h[T] is the last value, and h without brackets all of them",
                )
            return self.values[key if key in self.values else name]

        def known() -> list[str]:
            named = [v.name.text for v in self.variables.values()]
            heads = [n.text for n in self.heads[: len(self.nodes)]]
            return [*named, *heads, *sorted(model.size_letters)]

        def set_later(name: str) -> Place | None:
            statement = model.assigned.get(identifier(name))
            return statement.place if statement is not None else None

        scope = Scope(look_up, known, where_set, set_later=set_later)
        if unify is None or settle is None:
            return scope
        ends = {index: Size.letter(end) for index, end in model.limits.items()}
        return replace(scope, unify=unify, settle=settle, label_sizes=ends, is_guessing=True)
