"""Attention: softmax of scaled scores, with masks, in one or several heads."""

from __future__ import annotations

from symbp.algebra.node import Node, Scalar, as_node, facts, make
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import add, divide, multiply, subtract
from symbp.ops.axes import matrix_transpose, moveaxis
from symbp.ops.compare import not_equal
from symbp.ops.elementwise import exp, sqrt
from symbp.ops.products import matmul
from symbp.ops.registry import Composite, broadcast_shapes, function, show, whole_number
from symbp.ops.softmax import softmax
from symbp.ops.structure.reshaping import reshape
from symbp.ops.structure.triangles import TRIANGLE
from symbp.ops.sums import sum_

MASKS = frozenset({"mask", "binary", "causal"})


def _masked_meaning(x: Node, mask: Node, axis: int) -> Node:
    kept = multiply(mask, exp(x))
    return divide(kept, sum_(kept, axis, keepdims=True))


def _masked_closed(x: Node, mask: Node, axis: int, y: Node, g: Node) -> list[Node | None]:
    return [multiply(y, subtract(g, sum_(multiply(g, y), axis, keepdims=True))), None]


MASKED_SOFTMAX = Composite("masked_softmax", _masked_meaning, _masked_closed)
"""softmax over the entries where the mask holds; 0 elsewhere."""


@function(
    "masked_softmax", example="masked_softmax(x, x > -9) | x: n,m ; masked_softmax(x, tri(n, m)) | x: n,m"
)
def masked_softmax(x: Node, mask: Node, axis: int = -1) -> Node:
    """softmax over the entries where the mask is not 0: m_j e^{x_j} / Σ_k m_k e^{x_k}.

    The value is that of a softmax where all other scores are -∞; a row without any kept entry
    has no value (0/0).  The mask carries no gradient.
    """
    if broadcast_shapes(x.shape, mask.shape, "masked_softmax") != x.shape:
        raise OperandError(f"the mask {show(mask.shape)} is larger than the scores {show(x.shape)}")
    if not -x.rank <= axis < x.rank:
        raise OperandError(f"masked_softmax: axis {axis} is out of range for an array of rank {x.rank}")
    if mask.dtype == "real" and mask.op is not TRIANGLE:
        mask = not_equal(mask, 0)
    return MASKED_SOFTMAX([x, mask], (axis % x.rank,))


@function(
    "scaled_dot_product_attention",
    "attention",
    example="scaled_dot_product_attention(q, k, v) | q: b,n,h | k: b,m,h | v: b,m,c ;"
    " scaled_dot_product_attention(q, k, v, is_causal=True) | q: n,h | k: n,h | v: n,c ;"
    " scaled_dot_product_attention(q, k, v, bias, scale=1) | q: n,h | k: m,h | v: m,c | bias: n,m ;"
    " scaled_dot_product_attention(q, k, v, mask) | q: b,n,h | k: b,n,h | v: b,n,c | mask: n,n causal",
)
def scaled_dot_product_attention(
    query: Node,
    key: Node,
    value: Node,
    attn_mask: Node | None = None,
    dropout_p: Node | Scalar = 0,
    is_causal: bool = False,
    scale: Node | Scalar | None = None,
) -> Node:
    """softmax(Q Kᵀ / √d) V over the last two axes; leading axes are batches and heads.

    A mask of comparisons, or one that is declared `mask`, `binary` or `causal`, keeps the scores
    where it is 1; any other attn_mask is added to the scores.  is_causal keeps k <= q.
    """
    what = "scaled_dot_product_attention"
    for name, node in (("query", query), ("key", key), ("value", value)):
        if node.rank < 2:
            raise OperandError(f"{what}: {name} needs places and features, not shape {show(node.shape)}")
    if query.shape[-1] != key.shape[-1]:
        raise OperandError(
            f"{what}: query {show(query.shape)} and key {show(key.shape)} differ in their features",
            mismatch=(query.shape[-1], key.shape[-1]),
        )
    if as_node(dropout_p) is not as_node(0):
        raise OperandError(f"{what}: dropout needs a given mask", hint="use dropout(weights, mask, p)")
    scores = matmul(query, matrix_transpose(key))
    factor = divide(1, sqrt(as_node(query.shape[-1]))) if scale is None else as_node(scale)
    return matmul(_weights(multiply(factor, scores), attn_mask, is_causal), value)


def _weights(scores: Node, attn_mask: Node | None, is_causal: bool) -> Node:
    keep: Node | None = None
    if is_causal:
        keep = make(TRIANGLE, (), ("lower", 0), scores.shape[-2:])
    if attn_mask is not None:
        if attn_mask.dtype == "bool" or MASKS & set(facts(attn_mask)) or attn_mask.op is TRIANGLE:
            keep = attn_mask if keep is None else multiply(keep, attn_mask)
        else:
            scores = add(scores, attn_mask)
    return softmax(scores) if keep is None else masked_softmax(scores, keep)


@function(
    "multi_head_attention",
    example="multi_head_attention(q, k, v, wq, wk, wv, wo, 2)"
    " | q: b,n,4 | k: b,m,4 | v: b,m,4 | wq: 4,2*h | wk: 4,2*h | wv: 4,2*c | wo: 2*c,3 ;"
    " multi_head_attention(x, x, x, wq, wk, wv, wo, 2, is_causal=True)"
    " | x: n,4 | wq: 4,2*h | wk: 4,2*h | wv: 4,2*h | wo: 2*h,4",
)
def multi_head_attention(
    query: Node,
    key: Node,
    value: Node,
    w_q: Node,
    w_k: Node,
    w_v: Node,
    w_o: Node,
    num_heads: int,
    attn_mask: Node | None = None,
    is_causal: bool = False,
    b_q: Node | None = None,
    b_k: Node | None = None,
    b_v: Node | None = None,
    b_o: Node | None = None,
) -> Node:
    """Attention in several heads, joined by w_o; projections are x @ w + b (Vaswani et al. 2017)."""
    heads = whole_number(num_heads, "multi_head_attention: num_heads")
    q, k, v = (
        _split_heads(_projected(x, w, b), heads)
        for x, w, b in ((query, w_q, b_q), (key, w_k, b_k), (value, w_v, b_v))
    )
    mixed = moveaxis(scaled_dot_product_attention(q, k, v, attn_mask, is_causal=is_causal), -3, -2)
    joined = reshape(mixed, (*mixed.shape[:-2], mixed.shape[-2] * mixed.shape[-1]))
    return _projected(joined, w_o, b_o)


def _projected(x: Node, w: Node, b: Node | None) -> Node:
    return matmul(x, w) if b is None else add(matmul(x, w), b)


def _split_heads(x: Node, heads: Size) -> Node:
    """(…, places, heads·d) -> (…, heads, places, d)."""
    each = x.shape[-1].divide(heads)
    if each is None:
        raise OperandError(f"multi_head_attention: {heads} heads do not divide {x.shape[-1]} features")
    return moveaxis(reshape(x, (*x.shape[:-1], heads, each)), -2, -3)
