"""Edits of names, indices, comparisons and functions: the right formula with the wrong array."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node, facts, topological
from symbp.evidence.claim_text import Edit, parsed, shown
from symbp.evidence.mutations import MASKS
from symbp.evidence.scene import Scene
from symbp.ops.registry import Elementwise

MOST_NAMED = 24
OTHER_FUNCTION = {
    "tanh": ("sigmoid",),
    "sigmoid": ("tanh",),
    "sin": ("cos",),
    "cos": ("sin",),
    "tril": ("triu",),
    "triu": ("tril",),
    "exp": ("log",),
    "log": ("exp",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "argmax": ("argmin",),
}
SHAPES = ("zeros", "ones", "zeros_like", "ones_like", "empty", "empty_like", "list", "tuple", "range", "len")
FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.Lt,
    ast.Lt: ast.Gt,
    ast.GtE: ast.LtE,
    ast.LtE: ast.GtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}


def names(scene: Scene) -> Iterator[Edit]:
    """Another array of the same shape: z for h, the previous step, the gradient for the weight."""
    for path, node in scene.expressions:
        if not isinstance(node, ast.Name) or node.id not in scene.scope:
            continue
        here = scene.scope[node.id]
        others = [
            n for n, v in scene.scope.items() if n != node.id and v.shape == here.shape and v is not here
        ]
        others.sort(key=lambda n: (_distance(n, node.id), n))
        for other in others[:24]:
            kind, words = _name_words(scene, node.id, other)
            yield Edit(kind, words, path, ast.Name(other, ast.Load()))


def _distance(a: str, b: str) -> int:
    """Names that differ in little come first."""
    if re.sub(r"\d+", "", a) == re.sub(r"\d+", "", b):
        return 0
    return 1 if a in b or b in a or a[-1:] == b[-1:] else 2


def _name_words(scene: Scene, old: str, new: str) -> tuple[str, str]:
    """What it means that one name stands where another belongs."""
    wrong, right = scene.scope[old], scene.scope[new]
    if step := step_between(old, new):
        words = f"off by one time step (or layer): {old} stands where {new}, the {step} one, belongs"
        return "off by one time step", words
    if _is_activation(right, wrong):
        words = f"off by one: the pre-activation {old} stands where the activation {new} belongs"
        return "off by one (pre-activation)", words
    if _is_activation(wrong, right):
        words = f"derivative at the wrong point: the activation {old} stands where its argument {new} belongs"
        return "derivative at the wrong point", words
    forward = set(scene.problem.names)
    if wrong not in forward and right in forward and old.lower().lstrip("dg_") == new.lower().lstrip("dg_"):
        return "gradient used instead of the weight", f"the gradient {old} stands where {new} itself belongs"
    if made := _made_from(scene, old, new):
        return made
    return "wrong name", f"wrong name: {old} stands where {new} belongs"


def _made_from(scene: Scene, old: str, new: str) -> tuple[str, str] | None:
    """x for x*m, the array without its mask or factor; x for a value that is normalised."""
    wrong, right = scene.scope[old], scene.scope[new]
    below = topological([right])
    if wrong not in below:
        return None
    formula = scene.problem.tidy(right)
    others = [n for n in below if n.is_leaf and n is not wrong]
    if any(f in MASKS for n in others for f in facts(n)):
        return "mask ignored", f"mask ignored: {old} stands where {new}, which has the mask, belongs"
    if formula.op.name in ("multiply", "divide") and wrong in formula.args:
        factor = scene.problem.short(next((a for a in formula.args if a is not wrong), wrong))
        return (
            "missing factor",
            f"missing factor: {old} stands where {new} belongs, the factor {factor} is missing",
        )
    return "wrong name", (
        f"wrong name: {old} stands where {new}, which is made from it, belongs "
        f"(off by one: the value before that step)"
    )


def step_between(old: str, new: str) -> str | None:
    """ "next" or "previous" where two names differ by one in their number."""
    a, b = re.fullmatch(r"(\D*)(\d+)(\D*)", old), re.fullmatch(r"(\D*)(\d+)(\D*)", new)
    if a is None or b is None or (a[1], a[3]) != (b[1], b[3]):
        return None
    return {1: "next", -1: "previous"}.get(int(b[2]) - int(a[2]))


def _is_activation(y: Node, x: Node) -> bool:
    """Whether y = f(x), entry by entry, with no other array in f and an f that is not linear."""
    linear = True
    for node in topological([y], stop=lambda n: n is x):
        if node is x or node.op in (CONSTANT, SIZE, SYMBOLIC):
            continue
        if not isinstance(node.op, Elementwise) or (node.is_leaf and node.rank) or node.dtype == "int":
            return False
        linear = linear and node.op.name in ("add", "subtract", "multiply", "divide", "negative")
    return not linear and y is not x


def values(scene: Scene) -> Iterator[Edit]:
    """An expression where the activation of its value belongs, or the reverse: w*x + b for h."""
    named = [(n, v) for n, v in scene.scope.items() if v.args and v.rank and v.dtype == "real"][:MOST_NAMED]
    for path, node in scene.terms:
        value = None if isinstance(node, ast.Name) else scene.node(path)
        if value is None or not value.args:
            continue
        for name, right in named:
            if right.shape == value.shape and _is_activation(right, value):
                words = (
                    f"off by one: the pre-activation {shown(node)} stands where the activation {name} belongs"
                )
                yield Edit("off by one (pre-activation)", words, path, ast.Name(name, ast.Load()))


def masks(scene: Scene) -> Iterator[Edit]:
    """Comparisons the wrong way round, of the wrong array, or of the signed value."""
    for path, node in scene.expressions:
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            continue
        left, right = node.left, node.comparators[0]
        flipped = FLIPPED.get(type(node.ops[0]))
        if flipped is not None:
            new: ast.expr = ast.Compare(left, [flipped()], [right])
            yield Edit(
                "wrong mask", f"wrong mask: the comparison {shown(node)} is the wrong way round", path, new
            )
        signed = scene.expression(f"{scene.prefix}abs(_x_)", _x_=left)
        new = ast.Compare(signed, node.ops, [right])
        words = f"wrong branch condition: {shown(new)} belongs where {shown(node)} (signed) stands"
        yield Edit("wrong branch condition", words, path, new)
        if isinstance(left, ast.Name) and left.id in scene.scope:
            shape = scene.scope[left.id].shape
            for name, value in scene.scope.items():
                if name != left.id and value.shape == shape and value.dtype == "real":
                    new = ast.Compare(ast.Name(name, ast.Load()), node.ops, [right])
                    words = f"wrong mask: it is taken from {left.id}, it belongs to {name}"
                    yield Edit("wrong mask", words, path, new)


def functions(scene: Scene) -> Iterator[Edit]:
    """tanh for sigmoid and the like, a function too much, its argument replaced by its value."""
    yield from _roots(scene)
    for path, node in scene.expressions:
        if not isinstance(node, ast.Call):
            continue
        method = isinstance(node.func, ast.Attribute) and not scene.is_module(node.func.value)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for other in OTHER_FUNCTION.get(name, ()):
            new = ast.Call(node.func, node.args, node.keywords)
            new.func = (
                ast.Attribute(node.func.value, other, ast.Load())
                if isinstance(node.func, ast.Attribute) and other != "sigmoid"
                else ast.Name(other, ast.Load())
            )
            yield Edit("wrong function", f"{other} belongs where {name} stands", path, new)
        if len(node.args) == 1 and not node.keywords and not method and name not in SHAPES:
            yield Edit(
                "wrong function", f"{name}(…) is too much around {shown(node.args[0])}", path, node.args[0]
            )


def _roots(scene: Scene) -> Iterator[Edit]:
    """A square root that is missing in a denominator."""
    for path, node in scene.expressions:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            new = scene.expression(f"{scene.prefix}sqrt(_x_)", _x_=node.right)
            words = f"wrong exponent (power): {shown(new)} belongs where {shown(node.right)} stands"
            yield Edit("wrong exponent", words, (*path, ("right", None)), new)


def indices(scene: Scene) -> Iterator[Edit]:
    """Two indices that have changed places."""
    found = [
        (path, node)
        for path, node in scene.expressions
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, int)
    ]
    for i, (_, node) in enumerate(found):
        assert isinstance(node, ast.Subscript)
        for _, other in found[i + 1 :]:
            assert isinstance(other, ast.Subscript)
            if ast.dump(node.value) == ast.dump(other.value) and ast.dump(node.slice) != ast.dump(
                other.slice
            ):
                words = (
                    f"indices reversed: {shown(node)} and {shown(other)} have changed places "
                    f"(the kernel is not rotated, the taps are applied in reversed order)"
                )
                whole = _exchanged(scene.statement, node, other)
                if whole is not None:
                    yield Edit("kernel not rotated", words, (("value", None),), whole)


def _exchanged(statement: ast.stmt, a: ast.Subscript, b: ast.Subscript) -> ast.expr | None:
    """The statement's value with two subexpressions exchanged everywhere."""
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr):
        return None
    first, second = ast.dump(a), ast.dump(b)

    class Exchange(ast.NodeTransformer):
        def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
            text = ast.dump(node)
            return b if text == first else a if text == second else node

    found = Exchange().visit(copy.deepcopy(value))
    return found if isinstance(found, ast.expr) else None


def families(scene: Scene) -> Iterator[Edit]:
    """All names s1, s2, s3 of a statement moved by one step, all indices x[1], x[2] too."""
    value = getattr(scene.statement, "value", None)
    if not isinstance(value, ast.expr):
        return
    stems: dict[str, None] = {}
    for _, node in scene.expressions:
        if isinstance(node, ast.Name) and (m := re.fullmatch(r"(\D+)\d+", node.id)):
            stems.setdefault(m[1])
    for stem in stems:
        for step in (-1, 1):
            mapping = _moved(scene, stem, step)
            if mapping:
                new = Renamed(mapping).visit(copy.deepcopy(value))
                pairs = ", ".join(f"{b} for {a}" for a, b in mapping.items())
                direction = "previous" if step < 0 else "next"
                words = f"off by one time step (or layer): the {direction} one belongs there, {pairs}"
                yield Edit("off by one time step", words, (("value", None),), new)


def _moved(scene: Scene, stem: str, step: int) -> dict[str, str]:
    """Each name of a family that occurs, with the one that is a step away (by value where unnumbered)."""
    used = [
        n.id
        for _, n in scene.expressions
        if isinstance(n, ast.Name) and re.fullmatch(re.escape(stem) + r"\d+", n.id)
    ]
    mapping: dict[str, str] = {}
    for name in dict.fromkeys(used):
        other = f"{stem}{int(name[len(stem) :]) + step}"
        if other not in scene.scope:
            first = scene.scope.get(name)
            fits = [n for n, v in scene.scope.items() if first is not None and v.shape == first.shape]
            near = [
                n
                for n in fits
                if n.rstrip("0123456789") == stem.rstrip("_") and n not in mapping and n != name
            ]
            if len(near) != 1 and stem in scene.scope:
                near = [stem]
            if len(near) != 1 or near[0] in used:
                return {}
            other = near[0]
        mapping[name] = other
    return mapping


class Renamed(ast.NodeTransformer):
    """Names exchanged for others, all at once."""

    def __init__(self, mapping: dict[str, str]) -> None:
        self.mapping = mapping

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.mapping[node.id], node.ctx) if node.id in self.mapping else node


def sizes(scene: Scene) -> Iterator[Edit]:
    """Another count: n for n*h*w, n for n - 1."""
    letters = [s for s in scene.problem.program.size_letters if s not in scene.scope]
    counts = [*letters, *(f"({s} - 1)" for s in letters)]
    counts += [f"({a}*{b})" for i, a in enumerate(letters) for b in letters[i + 1 :]]
    counts += [
        f"({a}*{b}*{c})"
        for i, a in enumerate(letters)
        for j, b in enumerate(letters[i + 1 :], i + 1)
        for c in letters[j + 1 :]
    ]
    for path, node in scene.expressions:
        if isinstance(node, ast.Name) and node.id in letters:
            for count in counts:
                if count != node.id:
                    words = f"wrong count: {count.strip('()')} belongs where {node.id} stands"
                    yield Edit("wrong count", words, path, parsed(count))
