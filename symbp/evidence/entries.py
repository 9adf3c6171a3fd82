"""From nodes to normal forms: the index equation of every operation, as a polynomial.

`Translator.entry(node, at)` is the entry of a node at index expressions.  Nodes in `cut` are
treated as leaves: what is proved with them holds for all their values.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from fractions import Fraction
from typing import Any

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node, facts, number
from symbp.algebra.size import Size
from symbp.evidence.facts import Facts
from symbp.evidence.index_terms import Affine, Ix, Lookup, digit
from symbp.evidence.normal import (
    F1,
    Access,
    Algebra,
    AtLeastZero,
    Base,
    Budget,
    Delta,
    Function,
    GivenUp,
    Letter,
    Poly,
    Term,
    constant,
    fresh,
    monomial,
    replace_poly,
    size_poly,
)
from symbp.ops.contract import CONTRACT
from symbp.ops.registry import Elementwise


class Translator:
    """Entries of nodes as polynomials in normal form."""

    def __init__(
        self,
        algebra: Algebra,
        cut: Container[Node] = (),
        represent: Callable[[Node], Node] = lambda node: node,
    ) -> None:
        self.algebra = algebra
        self.cut = cut
        self.represent = represent
        self.templates: dict[Node, tuple[tuple[Ix, ...], Poly]] = {}
        self.opaque: dict[tuple[object, ...], Node] = {}

    def entry(self, node: Node, at: Sequence[Affine]) -> Poly:
        """The entry of `node` at the given index expressions."""
        self._prepare(node)
        return self._at(node, at)

    def _prepare(self, root: Node) -> None:
        """Templates of everything below, arguments first: nothing recurses over depth."""
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node in self.templates or node.dtype == "int":
                continue
            if ready:
                self.templates[node] = self._template(node)
                continue
            stack.append((node, True))
            if node in self.cut or node.is_leaf:
                continue
            meaning = node.op.definition(node)
            below = node.args if meaning is None else (meaning,)
            stack.extend((b, False) for b in below)

    def _template(self, node: Node) -> tuple[tuple[Ix, ...], Poly]:
        indices = tuple(Ix(size) for size in node.shape)
        at = tuple(
            Affine.of(0) if size.is_one else Affine.of(i) for i, size in zip(indices, node.shape, strict=True)
        )
        return indices, self._polynomial(node, at)

    def _at(self, node: Node, at: Sequence[Affine]) -> Poly:
        indices, poly = self.templates[node]
        mapping = {i: a for i, a in zip(indices, at, strict=True) if a.single is not i}
        if not poly:
            return ()
        return self.algebra.collect(replace_poly(fresh(poly), mapping))

    # -- one operation --------------------------------------------------------------------------

    def _polynomial(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        if node in self.cut or node.is_leaf:
            return self._opaque(node, at)
        meaning = node.op.definition(node)
        if meaning is not None:
            return self._at(meaning, at)
        op = node.op
        if op is CONSTANT:
            return constant(node.params[0])
        if op is SIZE:
            return size_poly(node.params[0])
        if op is SYMBOLIC:
            return monomial(Letter(node.params[0]))
        if op is CONTRACT:
            return self._contraction(node, at)
        if isinstance(op, Elementwise):
            return self._elementwise(node, at)
        rule = _RULES.get(op.name)
        if rule is not None:
            return rule(self, node, at)
        return self._opaque(node, at)

    def _opaque(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        own = self.represent(node)
        if "constant" in facts(own):
            return monomial(Access(own, ()))
        if node.is_leaf or node in self.cut:
            return monomial(Access(own, at))
        return self._named_by_meaning(node, at)

    def _named_by_meaning(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        """An operation without a normal form, named by the normal forms of its arguments.

        So max(x) is the same atom however x is written; inv(Xᵀ)_ij is inv(X)_ji.
        """
        if node.op.name in _KEEPDIMS:
            axes, keepdims = node.params
            if keepdims:
                at = tuple(a for axis, a in enumerate(at) if axis not in axes)
        texts = [self._argument_text(arg, False) for arg in node.args]
        key = (node.op.name, node.params[:1], *texts)
        if node.op.name == "inv" and node.rank == 2:
            turned = (node.op.name, node.params[:1], self._argument_text(node.args[0], True))
            if turned < key:
                key, at = turned, (at[1], at[0])
        return monomial(Access(self.opaque.setdefault(key, node), at))

    def _argument_text(self, arg: Node, turned: bool) -> str:
        """The canonical text of an argument (of its transpose where `turned`)."""
        if arg.dtype == "int":
            return f"integers {self.algebra.writer.node(arg)}"
        indices = tuple(Ix(s) for s in arg.shape)
        names = {i: f"p{k}" for k, i in enumerate(reversed(indices) if turned else indices)}
        at = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in indices]
        poly = self._at(arg, at)
        return f"{[str(s) for s in arg.shape]} {self.algebra.writer.poly(poly, names)}"

    def argument(self, node: Node, k: int, at: Sequence[Affine]) -> Poly:
        """The entry of argument k at `at`, aligned to the right, size-1 axes at 0."""
        arg = node.args[k]
        own = at[len(at) - arg.rank :] if arg.rank else ()
        aligned = [Affine.of(0) if s.is_one else a for s, a in zip(arg.shape, own, strict=True)]
        return self._at(arg, aligned)

    def _contraction(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        inputs, out, sizes = node.params
        where: dict[int, Affine] = {}
        deltas: list[tuple[Any, Fraction]] = []
        for label, a in zip(out, at, strict=True):
            if label in where:
                deltas.append((Delta(where[label] - a), F1))
            else:
                where[label] = a
        bound: list[Ix] = []
        for label, size in enumerate(sizes):
            if label not in where:
                index = Ix(size)
                bound.append(index)
                where[label] = Affine.of(0) if size.is_one else Affine.of(index)
        result: Poly = (Term(F1, (), tuple(deltas)),)
        for arg, labels in zip(node.args, inputs, strict=True):
            if arg.dtype == "int":
                raise GivenUp("integers in a product")
            result = self.algebra.multiply(result, self._at(arg, [where[label] for label in labels]))
        return self.algebra.total(result, tuple(bound))

    def _elementwise(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        algebra = self.algebra
        name = node.op.name
        if any(a.dtype == "int" for a in node.args):
            return self._of_integers(node, at)
        args = [self.argument(node, k, at) for k in range(len(node.args))]
        match name:
            case "add":
                return algebra.add(*args)
            case "subtract":
                return algebra.add(args[0], algebra.negate(args[1]))
            case "negative":
                return algebra.negate(args[0])
            case "multiply":
                return algebra.multiply(args[0], args[1])
            case "divide":
                return algebra.multiply(args[0], self.raised(node.args[1], at, Fraction(-1)))
            case "power":
                return self._power(node, args, at)
            case "exp":
                return algebra.exp(args[0])
            case "log":
                return algebra.log(args[0])
            case "greater":
                return algebra.step(algebra.add(args[0], algebra.negate(args[1])))
            case "greater_equal":
                less = algebra.step(algebra.add(args[1], algebra.negate(args[0])))
                return algebra.add(constant(1), algebra.negate(less))
            case "sign":
                below = algebra.step(algebra.negate(args[0]))
                return algebra.add(algebra.step(args[0]), algebra.negate(below))
            case "equal":
                return constant(1) if algebra.is_zero(algebra.add(args[0], algebra.negate(args[1]))) else ()
        return self._function(name, args)

    def raised(self, node: Node, at: Sequence[Affine], exponent: Fraction) -> Poly:
        """node ** exponent; a whole power of a product or power is taken inside, unexpanded."""
        own = at[len(at) - node.rank :] if node.rank else ()
        aligned = [Affine.of(0) if s.is_one else a for s, a in zip(node.shape, own, strict=True)]
        if exponent.denominator == 1 and node not in self.cut and not node.is_leaf:
            meaning = node.op.definition(node)
            if meaning is not None and meaning.op.name in ("multiply", "divide", "power"):
                return self.raised(meaning, aligned, exponent)
            if node.op.name == "multiply":
                a, b = (self.raised(arg, aligned, exponent) for arg in node.args)
                return self.algebra.multiply(a, b)
            if node.op.name == "divide":
                a = self.raised(node.args[0], aligned, exponent)
                return self.algebra.multiply(a, self.raised(node.args[1], aligned, -exponent))
            inner = number(node.args[1]) if node.op.name == "power" else None
            if inner is not None:
                return self.raised(node.args[0], aligned, inner * exponent)
        return self.algebra.power(self._at(node, aligned), exponent)

    def _power(self, node: Node, args: list[Poly], at: Sequence[Affine]) -> Poly:
        exponent = number(node.args[1])
        if exponent is not None and exponent < 0:
            return self.raised(node.args[0], at, exponent)
        if exponent is not None:
            return self.algebra.power(args[0], exponent)
        return self.algebra.exp(self.algebra.multiply(args[1], self.algebra.log(args[0])))

    def _function(self, name: str, args: list[Poly]) -> Poly:
        """A function without laws, odd and even ones with the sign in front."""
        if len(args) == 1 and name in _ODD | _EVEN and args[0]:
            texts = sorted(args[0], key=lambda t: self.algebra.writer.term(t, self.algebra.names))
            if texts[0].coefficient < 0:
                inner = self._function(name, [self.algebra.negate(args[0])])
                return inner if name in _EVEN else self.algebra.negate(inner)
        if len(args) == 1 and not args[0]:
            return constant(1) if name == "cos" else ()
        return monomial(Function(name, tuple(args)))

    def _of_integers(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        if node.op.name != "equal":
            raise GivenUp("integers beside numbers")
        sides = []
        for arg in node.args:
            own = at[len(at) - arg.rank :] if arg.rank else ()
            sides.append(self.index_value(arg, own))
        return self.algebra.collect([Term(F1, (), ((Delta(sides[0] - sides[1]), F1),))])

    # -- moved entries --------------------------------------------------------------------------

    def moved(self, node: Node, k: int, at: Sequence[Affine]) -> Poly:
        return self._at(node.args[k], at)

    def summed(self, node: Node, k: int, inner: tuple[Ix, ...], guards: list[Any]) -> Poly:
        """Σ over inner of argument k at inner, times the guards."""
        at = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in inner]
        body = self._at(node.args[k], at)
        factor: Poly = (Term(F1, (), tuple((g, F1) for g in guards)),)
        return self.algebra.total(self.algebra.multiply(body, factor), inner)

    def index_value(self, node: Node, at: Sequence[Affine]) -> Affine:
        """The entry of an integer array as an index expression."""
        at = [Affine.of(0) if s.is_one else a for s, a in zip(node.shape, at, strict=True)]
        if node.op is CONSTANT:
            return Affine.of(int(node.params[0]))
        if node.op is SIZE:
            return Affine.of(node.params[0])
        if node.op.name == "arange":
            start, step = node.params
            return at[0].times(Size.of(step)).plus(start)
        if node.op.name == "integer_array" and all(not a.terms and a.const.is_constant for a in at):
            value = node.params[0]
            for a in at:
                value = value[a.const.constant]
            return Affine.of(value)
        if node.op.name == "getitem":
            return self.index_value(node.args[0], _key_places(node.params[0], at))
        if node.op.name == "reshape":
            places = _reshape_places(node.args[0].shape, node.shape, at)
            if places is not None:
                return self.index_value(node.args[0], places)
        if node.op is CONTRACT and len(node.args) == 1:
            (labels,), out, _ = node.params
            if len(set(out)) == len(out) and set(labels) <= set(out):
                where = dict(zip(out, at, strict=True))
                return self.index_value(node.args[0], [where[label] for label in labels])
        return Affine.of(Lookup(self.represent(node), tuple(at)))


_ODD = {"sin", "arctan", "arcsin", "erf"}
_EVEN = {"cos"}
_KEEPDIMS = {"max", "min", "prod"}


def _key_places(key: Any, at: Sequence[Affine]) -> list[Affine]:
    """Where an entry of x[key] stands in x."""
    places: list[Affine] = []
    k = 0
    for part in key:
        if part is None:
            k += 1
        elif part.drop:
            places.append(Affine.of(part.start))
        else:
            places.append(at[k].times(Size.of(part.step)).plus(part.start))
            k += 1
    return places


def _getitem(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    places = _key_places(node.params[0], at)
    shape = node.args[0].shape
    return self.moved(node, 0, [Affine.of(0) if s.is_one else p for s, p in zip(shape, places, strict=True)])


def _put_zeros(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    """Σ_o x[o] δ(key(o), a)."""
    inner = tuple(Ix(s) for s in node.args[0].shape)
    places = _key_places(node.params[0], [Affine.of(i) for i in inner])
    return self.summed(node, 0, inner, [Delta(p - a) for p, a in zip(places, at, strict=True)])


def _pad(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    inner = tuple(Ix(s) for s in node.args[0].shape)
    deltas = [
        Delta(Affine.of(i).plus(before) - a)
        for i, a, (before, _) in zip(inner, at, node.params[0], strict=True)
    ]
    return self.summed(node, 0, inner, deltas)


def _concatenate(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    (axis,) = node.params
    start = Size.of(0)
    parts: list[Poly] = []
    for k, arg in enumerate(node.args):
        inner = Ix(arg.shape[axis])
        where = list(at)
        where[axis] = Affine.of(0) if inner.size.is_one else Affine.of(inner)
        body = self.moved(node, k, where)
        guard: Poly = (Term(F1, (), ((Delta(Affine.of(inner).plus(start) - at[axis]), F1),)),)
        parts.append(self.algebra.total(self.algebra.multiply(body, guard), (inner,)))
        start = start + arg.shape[axis]
    return self.algebra.add(*parts)


def _windows(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    (frames,) = node.params
    rank = node.args[0].rank
    places = list(at[:rank])
    for (axis, _, stride, dilation), w in zip(frames, at[rank:], strict=True):
        places[axis] = places[axis].times(Size.of(stride)) + w.times(Size.of(dilation))
    return self.moved(node, 0, places)


def _fold(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    """Σ_{o,w} y[o, w] δ(o·stride + w·dilation, a)."""
    (frames,) = node.params
    inner = tuple(Ix(s) for s in node.args[0].shape)
    rank = len(at)
    places = [Affine.of(i) for i in inner[:rank]]
    for (axis, _, stride, dilation), w in zip(frames, inner[rank:], strict=True):
        places[axis] = places[axis].times(Size.of(stride)) + Affine.of(w).times(Size.of(dilation))
    return self.summed(node, 0, inner, [Delta(p - a) for p, a in zip(places, at, strict=True)])


def _reshape(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    places = _reshape_places(node.args[0].shape, node.shape, at)
    if places is None:
        raise GivenUp("a reshape whose axes do not match up")
    return self.moved(node, 0, places)


def _reshape_places(
    inner: Sequence[Size], outer: Sequence[Size], at: Sequence[Affine]
) -> list[Affine] | None:
    """Where an entry of a reshaped array stands: groups of axes with equal products match up.

    One inner axis against several outer ones is their mixed-radix number; several inner axes are
    the digits of the outer number.
    """
    places: list[Affine] = []
    i, o = 0, 0
    while i < len(inner) or o < len(outer):
        group = _next_group(inner, outer, i, o)
        if group is None:
            return None
        to_i, to_o = group
        flat = _mixed_radix(outer[o:to_o], at[o:to_o])
        if to_i - i == 1:
            places.append(flat)
        else:
            stride = Size.of(1)
            digits: list[Affine] = []
            for size in reversed(inner[i:to_i]):
                digits.append(Affine.of(0) if size.is_one else digit(flat, stride, size))
                stride = stride * size
            places += reversed(digits)
        i, o = to_i, to_o
    return places


def _next_group(inner: Sequence[Size], outer: Sequence[Size], i: int, o: int) -> tuple[int, int] | None:
    """The shortest runs of axes from (i, o) whose numbers of entries are equal."""
    if i < len(inner) and inner[i].is_one and (o >= len(outer) or not outer[o].is_one):
        return i + 1, o
    if o < len(outer) and outer[o].is_one and (i >= len(inner) or not inner[i].is_one):
        return i, o + 1
    left = Size.of(1)
    for to_i in range(i + 1, len(inner) + 1):
        left = left * inner[to_i - 1]
        right = Size.of(1)
        for to_o in range(o + 1, len(outer) + 1):
            right = right * outer[to_o - 1]
            if left == right:
                return to_i, to_o
    return None


def _mixed_radix(sizes: Sequence[Size], at: Sequence[Affine]) -> Affine:
    value = Affine.of(0)
    for size, a in zip(sizes, at, strict=True):
        value = value.times(size) + a
    return value


def _gather(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    return self.moved(node, 0, _gather_places(self, node, node.args[0].rank, at))


def _gather_places(self: Translator, node: Node, rank: int, at: Sequence[Affine]) -> list[Affine]:
    """Where an entry of x[i1, i2, …] stands in x."""
    axes, first = node.params
    indices = node.args[1:]
    width = max(i.rank for i in indices)
    index_at = list(at[first : first + width])
    rest = [*at[:first], *at[first + width :]]
    places: list[Affine] = []
    for axis in range(rank):
        if axis in axes:
            index = indices[axes.index(axis)]
            own = index_at[width - index.rank :]
            places.append(self.index_value(index, own))
        else:
            places.append(rest.pop(0))
    return places


def _scatter(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    """Σ_o g[o] δ(places(o), a)."""
    inner = tuple(Ix(s) for s in node.args[0].shape)
    where = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in inner]
    places = _gather_places(self, node, len(at), where)
    return self.summed(node, 0, inner, [Delta(p - a) for p, a in zip(places, at, strict=True)])


def _onehot(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    delta = Delta(self.index_value(node.args[0], at[:-1]) - at[-1])
    return self.algebra.collect([Term(F1, (), ((delta, F1),))])


def _triangle(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    kind, k = node.params
    difference = (at[0] - at[1]).plus(Size.of(k)) if kind == "lower" else (at[1] - at[0]).plus(Size.of(-k))
    return self.algebra.collect([Term(F1, (), ((AtLeastZero(difference), F1),))])


def _cumsum(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    axis, from_end = node.params
    inner = Ix(node.shape[axis])
    where = list(at)
    where[axis] = Affine.of(inner)
    difference = Affine.of(inner) - at[axis] if from_end else at[axis] - Affine.of(inner)
    guard: Poly = (Term(F1, (), ((AtLeastZero(difference), F1),)),)
    return self.algebra.total(self.algebra.multiply(self.moved(node, 0, where), guard), (inner,))


def _same(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    return self.moved(node, 0, at)


def _prod(self: Translator, node: Node, at: tuple[Affine, ...]) -> Poly:
    """Π x = e^(Σ log x) where the entries are known to be positive."""
    axes, keepdims = node.params
    (arg,) = node.args
    inner = {axis: Ix(arg.shape[axis]) for axis in axes}
    rest = list(at) if keepdims else [at[k] for k in range(len(at))]
    where = []
    for axis in range(arg.rank):
        own = rest.pop(0) if keepdims or axis not in axes else None
        where.append(Affine.of(inner[axis]) if axis in axes else own or Affine.of(0))
    body = self.moved(node, 0, where)
    if len(body) == 1 and self.algebra.is_positive(Base(body)):
        return self.algebra.exp(self.algebra.total(self.algebra.log(body), tuple(inner.values())))
    return self._named_by_meaning(node, at)


_RULES: dict[str, Callable[[Translator, Node, tuple[Affine, ...]], Poly]] = {
    "getitem": _getitem,
    "put_zeros": _put_zeros,
    "pad": _pad,
    "concatenate": _concatenate,
    "windows": _windows,
    "fold": _fold,
    "reshape": _reshape,
    "gather": _gather,
    "scatter": _scatter,
    "onehot": _onehot,
    "triangle": _triangle,
    "cumsum": _cumsum,
    "stop_gradient": _same,
    "prod": _prod,
}


def free_names(rank: int, sizes: Sequence[Size]) -> tuple[tuple[Ix, ...], dict[Ix, str]]:
    """Free indices for the entries of an array, with their texts."""
    indices = tuple(Ix(s) for s in sizes)
    return indices, {i: f"f{k}" for k, i in enumerate(indices[:rank])}


def same_normal_form(
    a: Node,
    b: Node,
    cut: Container[Node] = (),
    represent: Callable[[Node], Node] = lambda node: node,
    known: Facts | None = None,
    budget: Budget | None = None,
) -> bool:
    """Whether a and b, of one shape, have the same normal form.  GivenUp where that is too large."""
    indices, names = free_names(a.rank, a.shape)
    algebra = Algebra(names, known or Facts(), budget)
    translator = Translator(algebra, cut, represent)
    at = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in indices]
    left = translator.entry(a, at)
    right = translator.entry(b, at)
    return algebra.is_zero(algebra.add(left, algebra.negate(right)))
