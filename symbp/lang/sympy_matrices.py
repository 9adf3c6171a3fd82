"""Expressions of whole matrices in SymPy: sums, products, powers, functions of all entries."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.matrices import expressions as matrices

from symbp.algebra.node import Node
from symbp.errors import ModelError
from symbp.lang.from_sympy import scalar_operation, size_of
from symbp.lang.sympy_entries import EntryReader, Limits, multiplied
from symbp.ops.arithmetic import add, multiply, power
from symbp.ops.constant_arrays import eye, full
from symbp.ops.contract import contract
from symbp.ops.diagonals import diag
from symbp.ops.inverses import inv
from symbp.ops.products import matmul


class MatrixReader(EntryReader):
    """Reads the subclasses of MatrixExpr."""

    def matrix(self, part: Any, limits: Limits) -> Node:
        if isinstance(part, matrices.MatrixSymbol):
            return self.named(part.name, map(size_of, part.shape))
        if isinstance(part, matrices.MatAdd):
            terms = [self.matrix(a, limits) for a in part.args]
            result = terms[0]
            for term in terms[1:]:
                result = add(result, term)
            return result
        if isinstance(part, matrices.MatMul):
            return self._matrix_product(part, limits)
        if isinstance(part, matrices.Transpose):
            return self.matrix(part.arg, limits).T
        if isinstance(part, matrices.HadamardProduct):
            return multiplied([self.matrix(a, limits) for a in part.args])
        if isinstance(part, matrices.HadamardPower):
            return power(self.matrix(part.base, limits), self.entries(part.exp, limits).node)
        if isinstance(part, matrices.Inverse):
            return inv(self.matrix(part.arg, limits))
        if isinstance(part, matrices.MatPow):
            return self._matrix_power(part, limits)
        return self._constant_matrix(part, limits)

    def _constant_matrix(self, part: Any, limits: Limits) -> Node:
        if isinstance(part, matrices.Identity):
            return eye(size_of(part.shape[0]))
        if isinstance(part, matrices.OneMatrix | matrices.ZeroMatrix):
            shape = tuple(map(size_of, part.shape))
            return full(shape, 1 if isinstance(part, matrices.OneMatrix) else 0)
        if isinstance(part, matrices.DiagMatrix):
            vector = self.matrix(part.arg, limits)
            return diag(contract([vector], [("i", "one")], ("i",)))
        if type(part).__name__ == "ElementwiseApplyFunction":
            return self._applied(part, limits)
        raise ModelError(
            f"{type(part).__name__} has no counterpart here: {part}",
            hint="write it with sums, products, powers and functions of arrays",
        )

    def _applied(self, part: Any, limits: Limits) -> Node:
        """X.applyfunc(f): the body of f with X in place of its variable."""
        (variable,) = part.function.variables
        return self._body(part.function.expr, variable, self.matrix(part.expr, limits), limits)

    def _body(self, part: sympy.Basic, variable: sympy.Symbol, inner: Node, limits: Limits) -> Node:
        if part == variable:
            return inner
        if not part.has(variable):
            return self.entries(part, limits).node
        return scalar_operation(part, [self._body(a, variable, inner, limits) for a in part.args])

    def _matrix_product(self, part: Any, limits: Limits) -> Node:
        scalars, factors = part.as_coeff_matrices()
        result = self.matrix(factors[0], limits)
        for factor in factors[1:]:
            result = matmul(result, self.matrix(factor, limits))
        return result if scalars == 1 else multiply(self.entries(scalars, limits).node, result)

    def _matrix_power(self, part: Any, limits: Limits) -> Node:
        exponent = part.exp
        if not exponent.is_Integer or not 1 <= abs(int(exponent)) <= 64:
            raise ModelError(
                f"a matrix power has an integer exponent up to 64, not {exponent}",
                hint="write it as a product of matrices",
            )
        base = self.matrix(part.base, limits)
        base = inv(base) if exponent < 0 else base
        result = base
        for _ in range(abs(int(exponent)) - 1):
            result = matmul(result, base)
        return result
