"""Edits of matrix products: transposes, the order of factors, @ for * and the reverse."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from symbp.evidence.claim_text import Edit, parsed, shown
from symbp.evidence.scene import Scene

MOST_MATRICES = 12


def turned(node: ast.expr) -> ast.expr:
    """The transpose, or what it was the transpose of."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def transposes(scene: Scene) -> Iterator[Edit]:
    """One transpose missing or too much."""
    for path, node in scene.values:
        if isinstance(node, ast.Attribute) and node.attr == "T":
            words = f"transpose: {shown(node.value)} must not be transposed, {shown(node)} stands there"
            yield Edit("transpose", words, path, node.value)
        elif isinstance(node, ast.Name | ast.Call | ast.Subscript | ast.BinOp) and scene.rank(path) == 2:
            words = f"transpose: {shown(node)} has to be transposed"
            yield Edit("transpose", words, path, turned(node))
        elif isinstance(node, ast.Name | ast.Call | ast.Subscript) and (scene.rank(path) or 0) > 2:
            new = scene.expression(f"{scene.prefix}swapaxes(_x_, -1, -2)", _x_=node)
            yield Edit("transpose", f"transpose: the last two axes of {shown(node)} change places", path, new)


def orders(scene: Scene) -> Iterator[Edit]:
    """The factors of a product in the other order, with transposes; outer the other way round."""
    for path, node in scene.expressions:
        match node:
            case ast.BinOp(left=a, op=ast.MatMult(), right=b):
                for x, y in ((b, a), (turned(b), turned(a)), (b, turned(a)), (turned(b), a)):
                    new = ast.BinOp(x, ast.MatMult(), y)
                    words = (
                        f"order of the factors (transpose): {shown(new)} belongs where {shown(node)} stands"
                    )
                    yield Edit("order", words, path, new)
                both = ast.BinOp(turned(a), ast.MatMult(), turned(b))
                words = f"transpose: both factors of {shown(node)} are transposed the wrong way"
                yield Edit("transpose", words, path, both)
            case ast.Call(func=func, args=[a, b], keywords=[]) if _last(func) in (
                "outer",
                "cross",
                "matmul",
                "dot",
                "subtract",
                "solve",
            ):
                other = ast.Call(func, [b, a], [])
                words = f"order (transpose): {shown(other)} belongs where {shown(node)} stands"
                yield Edit("order", words, path, other)
            case ast.Call(func=func, args=[ast.List(elts=[a, b]), *rest], keywords=named) if _last(func) in (
                "concatenate",
                "stack",
                "hstack",
                "vstack",
            ):
                other = ast.Call(func, [ast.List([b, a], ast.Load()), *rest], named)
                words = f"order of the pieces: {shown(other)} belongs where {shown(node)} stands"
                yield Edit("order", words, path, other)


def matrix_factors(scene: Scene) -> Iterator[Edit]:
    """A matrix that is missing as a factor of a product, at either side."""
    problem = scene.problem
    matrices = {n: v for n, v in scene.scope.items() if v.rank == 2 and v.dtype == "real"}
    for inverse in [n for n in problem.forward if n.op.name == "inv"]:
        text = problem.short(inverse)
        if text is not None:
            matrices.setdefault(text, inverse)
    for path, node in scene.values:
        value = scene.node(path)
        if value is None or value.rank != 2 or isinstance(node, ast.Constant):
            continue
        for name, matrix in list(matrices.items())[:MOST_MATRICES]:
            factor = parsed(name)
            for other, shape in ((factor, matrix.shape), (turned(factor), matrix.shape[::-1])):
                pairs = (
                    (other, node, shape[-1] == value.shape[0]),
                    (node, other, value.shape[-1] == shape[0]),
                )
                for left, right, fits in pairs:
                    if fits:
                        new = ast.BinOp(left, ast.MatMult(), right)
                        words = f"missing factor: the matrix {shown(other)} is missing at {shown(node)}"
                        yield Edit("missing factor", words, path, new)


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def kinds_of_product(scene: Scene) -> Iterator[Edit]:
    """@ where * belongs, * where @ or an outer product belongs."""
    for path, node in scene.expressions:
        match node:
            case ast.BinOp(left=a, op=ast.Mult(), right=b):
                for x, y in ((a, b), (turned(a), b), (a, turned(b)), (b, a), (turned(b), a), (b, turned(a))):
                    new: ast.expr = ast.BinOp(x, ast.MatMult(), y)
                    yield Edit("product", f"@ belongs where * stands: {shown(new)}", path, new)
                for x, y in ((a, b), (b, a)):
                    new = scene.expression(f"{scene.prefix}outer(_x_, _y_)", _x_=x, _y_=y)
                    yield Edit(
                        "product", f"the outer product belongs where * stands: {shown(new)}", path, new
                    )
            case ast.BinOp(left=a, op=ast.MatMult(), right=b):
                for x, y in ((a, b), (turned(a), b), (a, turned(b))):
                    new = ast.BinOp(x, ast.Mult(), y)
                    yield Edit("product", f"* (elementwise) belongs where @ stands: {shown(new)}", path, new)
                new = scene.expression(f"{scene.prefix}outer(_x_, _y_)", _x_=a, _y_=b)
                yield Edit("product", f"the outer product belongs where @ stands: {shown(new)}", path, new)
