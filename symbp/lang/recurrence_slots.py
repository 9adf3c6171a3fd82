"""The body of a recurrence as a graph of its own: what one step reads, as placeholders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from symbp.algebra.node import Node
from symbp.errors import OperandError
from symbp.lang.names import identifier
from symbp.lang.recurrence_steps import Times
from symbp.lang.scope import Scope
from symbp.lang.values import TimeIndex, TimeSeries, node_of
from symbp.ops.scan import placeholder


class Slots:
    """The placeholders of a body, made as the equations ask for them."""

    def __init__(
        self, times: Times, outer: Scope, spelled: Callable[[str], str], first: Mapping[str, Node]
    ) -> None:
        self.times, self.outer = times, outer
        before = f"{times.letter}+1" if times.reverse else f"{times.letter}-1"
        self.states = {k: placeholder(f"{spelled(k)}[{before}]", f.shape) for k, f in first.items()}
        self.sequences: dict[str, Node] = {}
        self.sequence_values: list[Node] = []
        self.fixed: dict[str, Node] = {}
        self.fixed_values: list[Node] = []

    def scope(self, values: Mapping[str, Node]) -> Scope:
        def look_up(name: str) -> Any:
            if name == self.times.letter:
                return TimeIndex(0)
            key = identifier(name)
            if key in self.times.reads:
                return TimeSeries(lambda shift: self._at(key, name, shift, values))
            value = self.outer.look_up(name)
            return (
                self._fixed(key, name, value)
                if isinstance(value, Node) and value.args + value.params
                else value
            )

        return replace(self.outer, look_up=look_up)

    def _at(self, key: str, name: str, shift: int, values: Mapping[str, Node]) -> Node:
        letter = self.times.letter
        if key in self.times.own:
            if shift:
                return self.states[key]
            if key not in values:
                raise OperandError(
                    f"{name}[{letter}] is read before the equation that sets it",
                    hint="write the equations of a step in the order of computing",
                )
            return values[key]
        if shift:
            raise OperandError(
                f"only the recurrence's own names are read at {letter}±1, {name} is not one of them",
                hint=f"give the sequence that is meant a name of its own and read it at {letter}",
            )
        if key not in self.sequences:
            sequence = self._sequence(name)
            self.sequences[key] = placeholder(f"{name}[{letter}]", sequence.shape[1:], sequence.dtype)
            self.sequence_values.append(sequence)
        return self.sequences[key]

    def _sequence(self, name: str) -> Node:
        try:
            sequence = node_of(self.outer.look_up(name))
        except KeyError:
            hint = f"declare it, such as: input {name}: T, n, d"
            raise OperandError(f"{name} is not defined", hint=hint) from None
        if not sequence.shape:
            raise OperandError(
                f"{name} is a number, it has no {self.times.letter}-th entry", hint=f"write {name} alone"
            )
        return sequence

    def _fixed(self, key: str, name: str, value: Node) -> Node:
        if key not in self.fixed:
            self.fixed[key] = placeholder(name, value.shape, value.dtype)
            self.fixed_values.append(value)
        return self.fixed[key]
