"""NumPy's functions on the values of interpreted code.

Most are functions of the language (`symbp.ops`); here stand those that speak of places (copy,
out=, add.at, views), of types, of random numbers, and of numbers known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from symbp.algebra.node import PI, Node, leaves
from symbp.algebra.size import Size
from symbp.errors import Place
from symbp.lang.calls import call as call_language
from symbp.lang.code.arrays import Array
from symbp.lang.code.dtypes import cast, created, written
from symbp.lang.code.integers import as_integers
from symbp.lang.code.items import fit
from symbp.lang.code.masked import entrywise, over_mask
from symbp.lang.code.numpy_places import PLACES
from symbp.lang.code.numpy_special import VIEWS, array_of_numbers, call_special
from symbp.lang.code.operators import describe
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import (
    Builtin,
    Infinite,
    Masked,
    Namespace,
    Opaque,
    Ufunc,
    bounded,
    placed,
    plain,
)
from symbp.lang.code.views import views_of
from symbp.lang.unknown import unknown_name
from symbp.lang.values import node_of, static
from symbp.ops import catalogue
from symbp.ops.compare import not_equal, where
from symbp.ops.elementwise import exp

MODULES = {
    "np": "numpy", "numpy": "numpy", "cp": "numpy", "jnp": "numpy", "math": "math", "random": "random",
    "scipy": "scipy", "sp": "scipy",
}  # fmt: skip
SUBMODULES = {"signal", "linalg", "random", "special", "lib", "stride_tricks", "ma", "core"}
PYTHONS_MODULES = {"copy", "itertools", "functools", "collections", "operator"}
"""Modules whose functions work on any values (`python_functions`)."""
TYPES = {
    "float16", "float32", "float64", "float_", "double", "int8", "int16", "int32", "int64", "int_", "uint8",
    "bool_", "ndarray", "floating", "integer", "number", "dtype", "generic", "longdouble", "single", "intp",
}  # fmt: skip
UFUNCS = {"add", "subtract", "multiply", "maximum", "minimum", "divide"}
POSITIONAL = {
    **dict.fromkeys(
        ["add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "matmul", "dot"], 2
    ),
    **dict.fromkeys(["exp", "log", "tanh", "sqrt", "negative", "abs", "square", "sign"], 1),
}
"""How many arguments come before the array that takes the result."""
DROPPED = ("dtype", "order", "copy", "casting", "subok", "like", "optimize", "device", "ndmin")
"""Arguments that change no value."""
SHAPED = {
    "zeros", "ones", "full", "eye", "identity", "arange", "reshape", "broadcast_to", "onehot", "one_hot",
    "tri",
}  # fmt: skip
"""Functions with sizes as arguments."""
JOINERS = {
    "concatenate", "concat", "cat", "stack", "hstack", "vstack", "dstack", "column_stack", "row_stack",
    "array", "asarray", "einsum", "block", "where", "pad", "meshgrid",
}  # fmt: skip
"""Functions with a list of arrays as argument."""
REDUCERS = frozenset(
    ["sum", "mean", "max", "min", "prod", "dot", "matmul", "outer", "cumsum", "norm", "argmax", "argmin"]
)
"""Functions for which a list of numbers is an array."""
ALIASES = {
    "invert": "logical_not", "bitwise_and": "logical_and", "bitwise_or": "logical_or",
    "empty": "zeros", "nansum": "sum", "nanmean": "mean", "nanmax": "max", "nanmin": "min", "nanvar": "var",
}  # fmt: skip
"""Other names for a function; nan is no number that equations hold."""
FLOATS = "numpy.finfo"
KEEPING = {"triu", "tril"}
"""Functions that give truth values for truth values."""
FACTORED = ("svd", "qr")
RANDOM = {
    "rand": None, "randn": None, "random": 0, "random_sample": 0, "ranf": 0, "sample": 0,
    "standard_normal": 0, "uniform": 2, "normal": 2, "binomial": 2, "randint": 2, "integers": 2,
}  # fmt: skip
"""Where the shape stands among the arguments; None where they are the shape."""

Fresh = Callable[[str, tuple[Size, ...], str], Array]
"""Makes a leaf for random numbers: (kind, shape, dtype)."""


def namespace_attribute(space: Namespace, name: str) -> Any:
    """np.name."""
    if space.path in PYTHONS_MODULES:
        return Builtin(f"{space.path}.{name}")
    if name in SUBMODULES and name != space.path.split(".")[-1]:
        return Namespace(f"{space.path}.{name}")
    if name == "newaxis":
        return None
    if name == "pi":
        return Array(PI)
    if name == "e":
        return Array(exp(node_of(1)))
    if name in ("inf", "Inf", "infty", "NINF", "PINF"):
        return Infinite(-1 if name == "NINF" else 1)
    if name in ("nan", "NaN"):
        raise NotReadError("nan is no number that equations can hold")
    if space.path == FLOATS:
        return _limit_of_floats(name)
    if name in TYPES:
        return Opaque(name)
    if name.startswith("_"):
        raise NotReadError(f"{space.path} has no {name} that can be read")
    return Builtin(name, space.path)


def _limit_of_floats(name: str) -> Any:
    """np.finfo(…).name, whatever the dtype: that of doubles."""
    if name not in ("eps", "tiny", "max", "min", "resolution", "smallest_normal"):
        raise NotReadError(f"finfo has no {name} that can be read")
    return Fraction(float(getattr(np.finfo(np.float64), name)))


def builtin_attribute(function: Builtin, name: str) -> Any:
    """np.add.at and its like."""
    if function.name in UFUNCS and not name.startswith("_"):
        return Ufunc(function.name, name)
    raise NotReadError(f"{function.name} has no .{name} that can be read")


def call_numpy(
    function: Builtin,
    arguments: list[Any],
    named: dict[str, Any],
    place: Place,
    known: Callable[[], list[str]],
    fresh: Fresh,
) -> Any:
    """A function of NumPy or of the language, applied to values."""
    name = ALIASES.get(function.name, function.name)
    if function.path.endswith("random"):
        return _random(name, arguments, named, fresh)
    if name in FACTORED and function.path.endswith("linalg"):
        return _factored(name, arguments, named, fresh)
    holds_truth = _is_bool(named.get("dtype")) or (name in KEEPING and _holds_truth(arguments))
    dtype = named.get("dtype", next(filter(_is_type, arguments), None))
    named = {k: v for k, v in named.items() if k not in DROPPED or (k == "order" and name in VIEWS)}
    arguments = [a for a in arguments if not _is_type(a)]
    if name == "finfo":
        return Namespace(FLOATS)
    if not arguments and "shape" in named and name in SHAPED:
        arguments = [named.pop("shape")]
    if name == "norm":
        arguments, named = [_order(a) for a in arguments], {k: _order(v) for k, v in named.items()}
    out = named.pop("out", None)
    if out is None and len(arguments) == POSITIONAL.get(name, 0) + 1 > 1:
        out = arguments.pop()
    mask = named.pop("where", None) if name not in REDUCERS and name not in PLACES else None
    result = call_special(name, arguments, named)
    if result is NotImplemented:
        result = _shared(name, arguments, lambda given: _language(name, given, named, place, known))
    if holds_truth and isinstance(result, Array) and result.node.dtype != "bool":
        result = Array(not_equal(result.node, 0))
    held = created(name, arguments, dtype)
    if held and isinstance(result, Array) and result.dtype != held:
        result = Array(cast(result.node, held), held)
    if isinstance(mask, Array):
        result = Array(where(mask.node, node_of(plain(result)), node_of(plain(0 if out is None else out))))
    if isinstance(out, tuple) and len(out) == 1:
        (out,) = out
    if isinstance(out, Array):
        out.assign(written(out, fit(node_of(plain(result)), out.shape)))
        return out
    return result


def _shared(name: str, arguments: list[Any], function: Callable[[list[Any]], Any]) -> Any:
    """What a function gives: a view of its array where NumPy gives one."""
    at = 1 if name == "einsum" else 0
    array = arguments[at] if len(arguments) > at else None
    if not isinstance(array, Array) or (name == "einsum" and len(arguments) != 2):
        return function(arguments)
    found = views_of(
        name, array, lambda node: plain(function([*arguments[:at], Array(node), *arguments[at + 1 :]]))
    )
    return function(arguments) if found is None else found


def _order(value: Any) -> Any:
    """±inf as the order of a norm."""
    return ("inf" if value.sign > 0 else "-inf") if isinstance(value, Infinite) else value


def _is_bool(dtype: Any) -> bool:
    name = dtype.name if isinstance(dtype, Builtin) else getattr(dtype, "text", dtype)
    return name in ("bool", "bool_")


def _holds_truth(arguments: list[Any]) -> bool:
    return bool(arguments) and isinstance(arguments[0], Array) and arguments[0].node.dtype == "bool"


def _is_type(value: Any) -> bool:
    """A dtype among the arguments, which changes no value."""
    if isinstance(value, Builtin):
        return not value.path and value.name in ("int", "float", "bool")
    return isinstance(value, Opaque)


def _language(
    name: str, arguments: list[Any], named: dict[str, Any], place: Place, known: Callable[[], list[str]]
) -> Any:
    if catalogue.find(name.rstrip("'")) is None:
        raise unknown_name(name, place, [*known(), *catalogue.names()], "function")
    if arguments and name not in JOINERS and name not in SHAPED:
        arguments = [array_of_numbers(arguments[0]), *arguments[1:]]
    if arguments and isinstance(arguments[0], Masked) and name in ("sum", "mean"):
        return Array(over_mask(name, arguments[0], arguments[1:], named))
    masks = [a.mask for a in arguments if isinstance(a, Masked)]
    values = [a.node if isinstance(a, Masked) else _operand(name, a) for a in arguments]
    result = call_language(name, values, {k: _operand(name, v) for k, v in named.items()}, place, known)
    if masks and not isinstance(result, Node):
        raise NotReadError(f"{name} of entries taken by a mask depends on which they are")
    if isinstance(result, Node) and masks:
        return entrywise(name, result, values, masks)
    if isinstance(result, list | tuple):
        return placed(result)
    return placed(bounded(as_integers(result) if isinstance(result, Node) else result))


def _operand(name: str, value: Any) -> Any:
    value = plain(value)
    if isinstance(value, list) and (name in REDUCERS or any(isinstance(v, Node) for v in value)):
        return value if name in JOINERS or not value else catalogue.array(value)
    if value is None or isinstance(value, Node | int | Fraction | Size | str | list | tuple):
        return (
            static(value) if isinstance(value, Node) and value.op.name == "size" and name in SHAPED else value
        )
    raise NotReadError(f"{describe(value)} is no argument for {name}")


def _factored(name: str, arguments: list[Any], named: dict[str, Any], fresh: Fresh) -> tuple[Array, ...]:
    """The factors of a matrix of random numbers, which are random numbers themselves."""
    node = node_of(plain(arguments[0]))
    if node.rank != 2 or not all(leaf.name.startswith("random_") for leaf in leaves([node])):
        raise NotReadError(f"{name} is read for random matrices only")
    rows, columns = node.shape
    if not (rows.is_constant and columns.is_constant):
        raise NotReadError(f"the shapes that {name} gives depend on the sizes")
    least = Size.of(min(rows.constant, columns.constant))
    whole = name == "svd" and named.get("full_matrices", True)
    shapes: list[tuple[Size, ...]] = [
        (rows, rows if whole else least),
        (columns if whole else least, columns),
    ]
    if name == "svd":
        shapes = [shapes[0], (least,), shapes[1]]
    return tuple(fresh(name, shape, "real") for shape in shapes)


# -- random numbers -----------------------------------------------------------------------------


def _random(name: str, arguments: list[Any], named: dict[str, Any], fresh: Fresh) -> Any:
    """An array of random numbers: a leaf, whose values are given."""
    if name in ("seed", "set_state"):
        return None
    if name in ("default_rng", "RandomState", "Generator"):
        return Namespace("numpy.random")
    if name not in RANDOM:
        raise NotReadError(f"random.{name} is not supported")
    at = RANDOM[name]
    shape: Any = (
        tuple(arguments) if at is None else named.get("size", arguments[at] if len(arguments) > at else ())
    )
    shape = static(plain(shape))
    listed = shape if isinstance(shape, tuple | list) else () if shape is None else (shape,)
    if not all(isinstance(static(plain(s)), int | Size) for s in listed):
        raise NotReadError(f"random.{name} needs a shape")
    sizes = tuple(Size.of(static(plain(s))) for s in listed)
    return fresh(name, sizes, "int" if name in ("randint", "integers") else "real")
