"""Nodes as SymPy expressions, for users to print, substitute into and inspect."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from symbp.algebra.node import Node


def to_sympy(node: Node, names: Mapping[Node, object]) -> sympy.Expr:
    """(written later in this file's life)"""
    raise NotImplementedError
