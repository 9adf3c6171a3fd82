"""One sweep backwards: the gradient of a scalar by every array, by the chain rule.

Every node gets one adjoint, the sum of what its consumers contribute (a fork adds up), in the
reverse of the order in which the forward pass computes.  Time and size are linear in the number
of nodes, and nothing recurses over depth.  (Linnainmaa 1970; Griewank and Walther 2008, ch. 3.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from symbp.algebra.node import Node, adjoint_leaf, rebuild, replace, topological
from symbp.calculus.recurrence import scan_adjoints
from symbp.ops.arithmetic import total
from symbp.ops.scan import SCAN

Simplifier = Callable[[Node], Node]
Namer = Callable[[Node, Node, int], Node]
"""(forward node, its adjoint, how often the adjoint is used) -> what stands for it from here on."""


@dataclass
class Sweep:
    """What a sweep found: for each forward node its adjoint and where it came from.

    `contributions[x]` lists (consumer, term) in the order of the sweep; their sum is `adjoints[x]`.
    """

    adjoints: dict[Node, Node] = field(default_factory=dict)
    contributions: dict[Node, list[tuple[Node | None, Node]]] = field(default_factory=dict)

    def add(self, node: Node, consumer: Node | None, term: Node) -> None:
        self.contributions.setdefault(node, []).append((consumer, term))


def sweep(
    seeds: Iterable[tuple[Node, Node]],
    wrt: Iterable[Node],
    simplify: Simplifier = lambda node: node,
    name: Namer = lambda node, adjoint, uses: adjoint,
) -> Sweep:
    """Adjoints of Σ ⟨seed, output⟩ for all nodes between the outputs and `wrt`.

    `seeds` are pairs (output, upstream gradient).  `name` may put a name in place of an adjoint
    before it is passed on, so that formulas stay as long as the equations are.
    """
    seeds = list(seeds)
    wanted = set(wrt)
    order = topological([output for output, _ in seeds], stop=lambda n: n in wanted and not n.args)
    needed = _depends_on(order, wanted)
    result = Sweep()
    for output, upstream in seeds:
        result.add(output, None, upstream)
    for node in reversed(order):
        terms = result.contributions.get(node)
        if terms is None:
            continue
        uses = sum(a in needed for a in node.args)
        adjoint = name(node, simplify(total([term for _, term in terms])), uses)
        result.adjoints[node] = adjoint
        if not uses:
            continue
        for arg, term in zip(node.args, local_adjoints(node, adjoint, simplify), strict=True):
            if term is not None and arg in needed:
                result.add(arg, node, simplify(term))
    return result


def _depends_on(order: list[Node], wanted: set[Node]) -> set[Node]:
    needed: set[Node] = set()
    for node in order:
        if node.dtype == "real" and (node in wanted or any(a in needed for a in node.args)):
            needed.add(node)
    return needed


def local_adjoints(node: Node, upstream: Node, simplify: Simplifier) -> Sequence[Node | None]:
    """What one operation passes on to its arguments.

    Where the operation states no form of its own, it follows from its definition by the same
    sweep (definitions nest a few levels, not with the depth of the network).
    """
    if node.dtype != "real" and node.args:
        return [None] * len(node.args)
    if node.op is SCAN:
        return scan_adjoints(node, upstream, simplify, _body_adjoints)
    try:
        return node.op.adjoints(node, upstream)
    except NotImplementedError:
        meaning = node.meaning
        if meaning is None:
            raise
    opaque = _opaque(node.args)
    kept = node.op.definition(rebuild(node, tuple(opaque[a] for a in node.args)))
    assert kept is not None
    back = {slot: arg for arg, slot in opaque.items()}
    if replace([kept], back)[0] is meaning:
        inner = sweep_between(meaning, upstream, node.args, simplify)
    else:  # the definition merged with what its arguments are: Σ_i Σ_j became one sum
        found = sweep_between(kept, upstream, list(back), simplify)
        inner = dict(zip((back[s] for s in found), replace(found.values(), back), strict=True))
    # an array that stands for two arguments got the sum of both: it is passed on once
    return [inner.pop(arg, None) if arg.dtype == "real" else None for arg in node.args]


def _opaque(args: Sequence[Node]) -> dict[Node, Node]:
    """Each argument with a name in its place, into which no definition can look."""
    return {a: adjoint_leaf(f"argument {k}", a.shape) if a.args else a for k, a in enumerate(args)}


def _body_adjoints(
    seeds: Sequence[tuple[Node, Node]], inputs: Sequence[Node], simplify: Simplifier, name: Namer
) -> dict[Node, Node]:
    return sweep(seeds, inputs, simplify, name).adjoints


def sweep_between(
    output: Node, upstream: Node, inputs: Sequence[Node], simplify: Simplifier
) -> dict[Node, Node]:
    """Adjoints of `inputs`, taken as independent, for one output above them."""
    stop = set(inputs)
    order = topological([output], stop=lambda n: n in stop)
    needed = _depends_on(order, stop)
    terms: dict[Node, list[Node]] = {output: [upstream]}
    result: dict[Node, Node] = {}
    for node in reversed(order):
        if node not in terms:
            continue
        adjoint = simplify(total(terms[node]))
        if node in stop:
            result[node] = adjoint
            continue
        if not any(a in needed for a in node.args):
            continue
        for arg, term in zip(node.args, local_adjoints(node, adjoint, simplify), strict=True):
            if term is not None and arg in needed:
                terms.setdefault(arg, []).append(simplify(term))
    return result
