"""NumPy's arguments and corner cases, call by call: shapes and values are NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest

from symbp.errors import SymbpError
from tests.numeric import evaluate
from tests.ops.examples import LETTERS, Example, build, inputs, parse
from tests.ops.reference import reference

CALLS = """
x[:, [0, 2], :, [1, 0]] | x: 2,3,4,5
x[[0, 1], :, 1] | x: 3,4,5
x[[0, 1], 1] | x: 3,4,5
x[1, :, [0, 2]] | x: 3,4,5
x[1, [0, 2]] | x: 3,4,5
x[:, 1, [0, 2]] | x: 3,4,5
x[[0, 1], 1:3] | x: 3,4
x[[0, 0, 1]] | x: 3,4
x[-1] | x: n,m
x[[-1, 0]] | x: n,m
x[i, j] | x: n,m | i: 2,1 index:n | j: 1,3 index:m
x[i] | x: n,m | i: 2,3 index:n
x[..., i] | x: n,m,k | i: 5 index:k
x[:, i, ..., j] | x: n,m,2,k | i: 2 index:m | j: 2 index:k
x[None, :, 0] | x: n,m
x[::2, ::-1] | x: n,m
x[-2:] | x: n,m
x[:-1] | x: n,m
x[1:] - x[:-1] | x: n
x[2:1] | x: 4,2
x[10:] | x: 4,2
x[-10:2] | x: 4,2
x[::-2] | x: 5
x[3:0:-1] | x: 5
x[-1:-4:-2] | x: 5
x[10::-1] | x: 5
x[None] | x: n
x[i, None] | x: n,m | i: 3 index:n
x[None, i] | x: n,m | i: 3 index:n
x[:, None, i] | x: n,m | i: 3 index:m
take(x, i, axis=1) | x: n,m | i: 2,3 index:m
take(x, 1, axis=1) | x: n,m
take(x, i) | x: n,m | i: 2 index:n
take_along_axis(x, i, 0) | x: n,m | i: 2,m index:n
take_along_axis(x, i, axis=1) | x: n,m | i: n,1 index:m
take_along_axis(x, i, axis=1) | x: n,m,k | i: n,1,k index:m
flip(x) | x: n,m
flip(x, (0, 1)) | x: n,m,k
roll(x, 1) | x: n,m
roll(x, -1, axis=0) | x: n,m
roll(x, 5, axis=0) | x: 3,4
roll(x, -7, axis=1) | x: 3,4
roll(x, (1, 2), axis=(0, 1)) | x: 3,4
roll(x, 1, axis=(0, 1)) | x: 3,4
roll(x, 3, axis=0) | x: 3,4
tile(x, 2) | x: n,m
tile(x, (2, 1, 3)) | x: n,m
tile(x, (2,)) | x: n,m
tile(x, (2, 2)) | x: n
repeat(x, 3) | x: n,m
repeat(x, 2, axis=-1) | x: n,m
split(x, 2)[1] | x: 4,3
split(x, [1, 3])[2] | x: 5,3
split(x, [1, 3], axis=1)[0] | x: 2,5
array_split(x, 3)[0] | x: 7,2
array_split(x, 3)[2] | x: 7,2
hsplit(x, 2)[1] | x: 2,4
vsplit(x, 2)[1] | x: 4,2
pad(x, 1) | x: n,m
pad(x, (1, 2)) | x: n,m
pad(x, ((1, 2), (0, 1)), constant_values=3) | x: n,m
pad(x, ((1, 2), (0, 1)), mode='constant') | x: n,m
pad(x, 1, mode='edge') | x: 3,4
pad(x, ((2, 1), (0, 1)), mode='reflect') | x: 3,4
pad(x, ((2, 1), (0, 1)), mode='symmetric') | x: 3,4
pad(x, ((2, 1), (0, 1)), mode='wrap') | x: 3,4
sum(x, axis=(0, 2)) | x: n,m,k
sum(x, axis=-1, keepdims=True) | x: n,m,k
mean(x, axis=(0, -1)) | x: n,m,k
var(x, axis=(0, 2), ddof=1, keepdims=True) | x: n,m,k
std(x, axis=None) | x: n,m
max(x, axis=(0, 2), keepdims=True) | x: n,m,k
min(x) | x: n,m
prod(x) | x: n,m
cumsum(x) | x: n,m
cumsum(x, axis=0) | x: n,m
cumprod(x) | x: n,m
diag(x) | x: n,n
diag(x) | x: n
diag(x, 1) | x: 4,4
diag(x, -1) | x: 4,4
diag(x, 1) | x: 3
diag(x, -2) | x: 3
diag(x) | x: 3,4
diagonal(x) | x: 3,4
diagonal(x, 1) | x: 3,4
trace(x) | x: 3,4
trace(x, 1) | x: 4,4
tril(x, 1) | x: n,m
triu(x, -1) | x: n,m
tril(x) | x: k,n,m
outer(x, y) | x: n,m | y: k
inner(x, y) | x: n,m | y: k,m
inner(x, y) | x: m | y: k,m
vdot(x, y) | x: n,m | y: n,m
dot(x, y) | x: n,m | y: m
dot(x, y) | x: k,n,m | y: 2,m,5
kron(x, y) | x: n | y: m
kron(x, y) | x: n,m | y: k
tensordot(x, y, 1) | x: n,m | y: m,k
tensordot(x, y, axes=([0, 1], [1, 0])) | x: n,m,2 | y: m,n,5
tensordot(x, y, axes=2) | x: 2,n,m | y: n,m,5
matmul(x, y) | x: b,n,m | y: m,k
matmul(x, y) | x: m | y: b,m,k
matmul(x, y) | x: b,1,n,m | y: 3,m,k
einsum('ij,jk', x, y) | x: n,m | y: m,k
einsum('ii', x) | x: n,n
einsum('ii->i', x) | x: n,n
einsum('...ij,...jk->...ik', x, y) | x: b,n,m | y: m,k
einsum('ij->', x) | x: n,m
einsum('bij,bjk->ik', x, y) | x: b,n,m | y: b,m,k
transpose(x, (2, 0, 1)) | x: n,m,k
transpose(x) | x: n,m,k
swapaxes(x, -1, 0) | x: n,m,k
moveaxis(x, [0, 1], [-1, -2]) | x: n,m,k
moveaxis(x, -1, 1) | x: n,m,k
expand_dims(x, (0, 2)) | x: n,m
squeeze(x) | x: 1,n,1
squeeze(x, (0, 2)) | x: 1,n,1
reshape(x, -1) | x: n,m
reshape(x, (m, -1)) | x: n,m
concatenate((x, y)) | x: n,m | y: k,m
concatenate([x, y], axis=None) | x: n,m | y: k
stack([x, y], axis=-1) | x: n,m | y: n,m
hstack([x, y]) | x: n | y: m
vstack([x, y]) | x: m | y: m
dstack([x, y]) | x: n,m | y: n,m
column_stack([x, y]) | x: n | y: n
column_stack([x, y]) | x: n | y: n,m
atleast_2d(x) | x: n
broadcast_to(x, (2, n, m)) | x: n,m
clip(x, 0, 1) | x: n,m
clip(x, y, 1) | x: n,m | y: m
minimum(x, 0) | x: n,m
logaddexp2(x, y) | x: n,m | y: m
copysign(x, y) | x: n,m | y: m
fmod(x, y) | x: n,m | y: m
remainder(x, y) | x: n,m | y: m
mod(x, 2) | x: n,m
floor_divide(x, y) | x: n,m | y: m
trunc(x) | x: n,m
fix(x) | x: n,m
round(x) | x: n,m
sinc(x) | x: n,m
diff(x) | x: n,m
diff(x, axis=0) | x: n,m
diff(x, 2) | x: n,5
ptp(x, axis=0) | x: n,m
cross(x, y) | x: 3 | y: 3
cross(x, y) | x: n,3 | y: n,3
average(x, axis=0, weights=w) | x: n,m | w: n positive
average(x, weights=w) | x: n | w: n positive
norm(x, axis=1) | x: n,m
norm(x, 1) | x: m
norm(x, 3) | x: m
norm(x, 'fro') | x: n,m
sqrt(x) | x: n positive
linspace(0, 1, 5) * x | x: 5
power(x, 3) | x: n
power(x, -2) | x: n
power(x, 0.5) | x: n positive
square(x) | x: n
reciprocal(x) | x: n
positive(x) | x: n
conj(x) | x: n
real(x) | x: n
multiply(x, y) | x: n,1 | y: 1,m
var(x) | x: n,m
matvec(x, y) | x: n,m | y: m
vecdot(x, y) | x: n,m | y: n,m
matrix_transpose(x) | x: k,n,m
permute_dims(x, (1, 0)) | x: n,m
logical_xor(x > 0, x > 1) * x | x: n
select([x > 1, x > 0], [x, 2 * x], 0) | x: n
meshgrid(x, y)[0] | x: n | y: m
append(x, y, axis=0) | x: 3,m | y: 2,m
where(x > 0, x, 0) | x: n
argmax(x) * x | x: n
triu(x) | x: n,n
cbrt(x) | x: n
trapezoid(x) | x: 5
trapezoid(x, y) | x: 5 | y: 5
heaviside(x, 1) | x: n
solve(x, y) | x: n,n wellcond | y: n
inv(x) | x: k,n,n wellcond
det(x) | x: k,n,n wellcond
solve(x, y) | x: k,n,n wellcond | y: k,n,m
solve(x, y) | x: n,n wellcond | y: k,n,m
matrix_power(x, -2) | x: n,n wellcond
matrix_power(x, 0) | x: k,n,n
pinv(x) | x: m,n
multi_dot([x, y, z]) | x: n,m | y: m,k | z: k,n
slogdet(x)[0] | x: n,n
"""

REFUSED = {
    "x[x > 0] | x: n": "holds the entries that a mask selects",
    "x[0, 0, 0] | x: n,m": "3 indices for an array of rank 2",
    "x[4] | x: 4": "index 4 is out of range for axis 0 of size 4",
    "x[y] | x: n | y: m": "an index array has to hold integers",
    "sum(x, axis=2) | x: n,m": "axis 2 is out of range for an array of rank 2",
    "sum(x, axis=(0, 0)) | x: n,m": "an axis is named twice",
    "softmax(x, axis=-3) | x: n,m": "axis -3 is out of range",
    "reshape(x, (5, -1)) | x: n,m": "5 does not divide the m*n entries of (n, m)",
    "reshape(x, (n, n)) | x: n,m": "(n, m) has m*n entries, (n, n) has n*n",
    "einsum('ij,jk->il', x, y) | x: n,m | y: m,k": "output index 'l' occurs in no operand",
    "einsum('ijk->i', x) | x: n,m": "names 3 axes, but the operand has rank 2",
    "einsum('ij,jk', x) | x: n,m": "names 2 operands, but gets 1",
    "concatenate([x, y]) | x: n,m | y: n,k": "differ off axis 0",
    "split(x, 2) | x: n,m": "n does not divide into 2 equal parts",
    "conv2d(x, w) | x: n,c,5,5 | w: k,c,7,3": "reaches 7 is larger than axis 2 of size 5, padding included",
    "conv2d(x, w) | x: n,c,h,h | w: k,c,h+1,1": "reaches h + 1 is larger than axis 2 of size h",
    "conv2d(x, w) | x: n,c,5,5 | w: k,b,3,3": "take b channels, the input (n, c, 5, 5) has c",
    "conv2d(x, w, groups=2) | x: n,c,5,5 | w: k,c,3,3": "2 groups do not divide c channels",
    "conv2d(x, w, stride=0) | x: n,c,5,5 | w: k,c,3,3": "stride has to be at least 1, not 0",
    "conv1d(x, w) | x: c,5 | w: k,c,3": "needs 3 axes",
    "max_pool2d(x, 9) | x: n,c,8,8": "reaches 9 is larger than axis 2 of size 8",
    "max_pool2d(x, 2, padding=2) | x: n,c,8,8": "padding 2 is more than half of the kernel 2",
    "group_norm(x, 2) | x: n,c,m": "2 groups do not divide c channels",
    "layer_norm(x, (m, n), g) | x: n,m | g: m": "(m, n) are not the last sizes of (n, m)",
    "embedding(x, y) | x: n | y: m,k": "embedding takes integer positions first",
    "tril(x) | x: n": "a triangle is one of a matrix, not of shape (n,)",
    "dropout(x, 0.5) | x: n,m": "dropout needs the mask of what stays",
    "linear(x, w) | x: n,m | w: m,k": "has to be the k inputs of the weights (m, k)",
    "inv(x) | x: n,m": "inv needs a square matrix, not (n, m)",
    "det(x) | x: n": "det needs a square matrix, not shape (n,)",
    "solve(x, y) | x: n,n | y: m": "solve: A has n rows, the right-hand side (m,) has m",
    "cholesky(x) | x: n,n+1": "cholesky needs a square matrix",
    "trace(x) | x: n,m": "which of n rows and m columns is shorter is not known",
    "norm(x, 2) | x: n,m": "of a matrix is an operator norm",
    "cross_entropy(x, y) | x: n,k | y: n": "integer classes (n,) or probabilities (n, k)",
    "scaled_dot_product_attention(x, y, y) | x: n,h | y: n,m": "differ in their features",
    "multi_head_attention(x, x, x, w, w, w, w, 2) | x: n,h | w: h,h": "2 heads do not divide h features",
    "pad(x, 1, 'mean') | x: n": "mode 'mean' is not supported",
    "pad(x, 4, 'reflect') | x: 4": "cannot take 4 entries of an axis of size 4",
    "argmax(x, axis=3) | x: n": "axis 3 is out of range",
    "pad(x, 1, constant_value=2) | x: n": "unexpected keyword argument 'constant_value'",
    "pad(x, -1) | x: n": "a width cannot be negative",
    "reshape(x, 6, order='K') | x: 2,3": "order is 'C' (row after row) or 'F' (column after column), not 'K'",
    "reshape(x, 6, ordre='F') | x: 2,3": "reshape has no argument ordre",
    "cross_entropy(x, y) | x: n,m | y: n index:k": "there are m classes, y holds integers below k",
    "nll_loss(x, y) | x: n,3 | y: n index:4": "there are 3 classes, y holds integers below 4",
    "onehot(y, -1) | y: n index:k": "the number of classes is at least 1, not -1",
    "x[[True, False]] | x: 3": "a mask of 2 entries does not fit axis 0 of size 3",
    "x[..., [True, False]] | x: 2,n": "a mask of 2 entries does not fit axis 1 of size n",
    "repeat(x, [1, 2]) | x: 3": "[1, 2] does not say how often for each of 3 entries",
    "x[0.5] | x: n": "1/2 is no index of (n,)",
    "sum(x, axis=1.5) | x: n": "an axis is an integer, not 3/2",
    "exp('a') | x: n": "cannot take the text 'a' here",
    "einsum(x, [0, 'a']) | x: n,m": "followed by a list of numbers from 0 on",
    "len(2) | x: n": "a number has no entries",
}


def examples() -> list[Example]:
    return [parse(line.split("(")[0], line) for line in CALLS.strip().splitlines()]


@pytest.mark.parametrize("example", examples(), ids=lambda e: e.call)
def test_call_is_numpy_s(example: Example) -> None:
    node, leaves = build(example)
    values, _ = inputs(example, LETTERS, np.random.default_rng(0))
    given = {a.name: values[leaves[a.name].name] for a in example.arguments}
    expected = np.asarray(reference(example.call, given, LETTERS), float)
    found = evaluate(node, values, LETTERS)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(
    "call",
    [
        "np.linalg.inv(x)", "linalg.inv(x)", "torch.linalg.inv(x)", "numpy.linalg.inv(x)",
        "jnp.linalg.inv(x)",        "np.linalg.matrix_power(x, -1)", "scipy.linalg.inv(x)",
    ],
)  # fmt: skip
def test_a_module_may_stand_in_front(call: str) -> None:
    assert (
        build(parse("inv", f"{call} | x: n,n wellcond"))[0]
        is build(parse("inv", "inv(x) | x: n,n wellcond"))[0]
    )


def test_an_array_may_have_the_name_of_a_module() -> None:
    node, _ = build(parse("sum", "F.sum() + math.T[0, 0] + linalg.mean() | F: n | math: n,m | linalg: n"))
    assert node.shape == ()


def test_matrix_transpose_turns_the_last_axes() -> None:
    node, _ = build(parse("T", "x.mT | x: k,n,m"))
    assert [str(s) for s in node.shape] == ["k", "m", "n"]


def test_classes_may_stand_on_axis_1() -> None:
    """torch's order of axes: logits (n, k, places) with classes (n, places)."""
    turned = "cross_entropy(moveaxis(x, 1, -1), y) | x: n,k,m | y: n,m index:k"
    node, _ = build(parse("cross_entropy", "cross_entropy(x, y) | x: n,k,m | y: n,m index:k"))
    assert node is build(parse("cross_entropy", turned))[0]


@pytest.mark.parametrize(("text", "reason"), REFUSED.items(), ids=str)
def test_what_does_not_fit_is_refused_when_built(text: str, reason: str) -> None:
    with pytest.raises(SymbpError) as caught:
        build(parse("refused", text))
    assert reason in str(caught.value)
    assert caught.value.place is not None
