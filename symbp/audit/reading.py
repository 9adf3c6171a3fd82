"""What one interpretation of a pair gives: outputs, claims, and with which arguments they came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from symbp.algebra.node import Node


@dataclass(frozen=True)
class Claim:
    """A gradient that the code states: its name there, of what, its value, and how it was read."""

    name: str
    target: str
    node: Node
    of: Node
    how: str = "returned"
    """"returned", "attribute", "update" (read off a changed parameter), or "local" (a name of backward's)."""
    others: tuple[str, ...] = ()
    """Other arguments of forward that it may be the gradient by, where nothing says by which."""


@dataclass
class Calls:
    """With which arguments constructor, forward and backward were interpreted."""

    construct: dict[str, Any] = field(default_factory=dict)
    forward: dict[str, Any] = field(default_factory=dict)
    backward: dict[str, Any] = field(default_factory=dict)
    prepared: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Methods that were called before forward, with their arguments."""
    filled: dict[str, Any] = field(default_factory=dict)
    """Empty lists of the object into which layers were put."""
    fed: dict[str, Any] = field(default_factory=dict)
    fed_back: dict[str, Any] = field(default_factory=dict)
    """Attributes that are set before forward, and before backward, by whoever holds the object."""
    drawn: int = 0
    """How many random arrays had been drawn before."""


@dataclass(frozen=True)
class LossCall:
    """A loss that the author has written for what forward gives: its value, and how it was called."""

    node: Node
    name: str
    is_method: bool
    named: dict[str, Any]


@dataclass
class Reading:
    """What one interpretation of a pair gave."""

    outputs: list[tuple[Node, Node]]
    """Outputs with their upstream gradients."""
    claims: list[Claim]
    inputs: dict[str, Node]
    parameters: dict[str, Node]
    target: Node | None = None
    """The right answers that only backward gets: the loss is not stated."""
    slope: bool = False
    loss: bool = False
    """No upstream gradient: what forward gives is a loss, or the slope of a function is meant."""
    stated: list[LossCall] = field(default_factory=list)
    """Losses of what forward gives that stand beside it; the one that is meant, where one is."""
    implied: str = ""
    """The usual loss that is taken where the author may mean another one than is stated, or states none."""
    state: dict[str, Node] = field(default_factory=dict)
    guessed: str = ""
    """An argument of backward of which nothing says what it is."""
    assumed: str = ""
    """What the caller has to see to, such as "self.v is v"."""
    unclaimed: int = 0
    """Arrays that backward returns, and that are not recognised as gradients of anything."""
    updated: dict[Node, Node] = field(default_factory=dict)
    """Parameters -> what backward has made of them."""
    unused: str = ""
    """The upstream gradient of a loss, where backward takes it for one and does not use it."""
    calls: Calls = field(default_factory=lambda: Calls())
