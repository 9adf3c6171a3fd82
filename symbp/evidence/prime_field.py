"""Residues mod P and mod Q, and what arithmetic there is on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbp.evidence.broadcasting import Array, NotEvaluable

P = 2147471759
Q = 1073735879
G = 4
"""A square other than 1 mod P, so of order Q."""


@dataclass(frozen=True)
class Residue:
    """Arrays of residues mod P, mod Q (None where there is no image) and of floats."""

    p: Array
    q: Array | None
    r: Array

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.p.shape
        return shape


class Discard(NotEvaluable):
    """This random point is of no use: a pole or a root that does not exist."""


def modular_power(base: Array, exponent: int, modulus: int) -> Array:
    exponent %= modulus - 1
    result = np.ones_like(base)
    base = base % modulus
    while exponent:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


def modular_exponential(q: Array) -> Array:
    """g^q mod P for an array of exponents."""
    result = np.ones_like(q)
    base = G
    rest = q.copy()
    while rest.any():
        result = np.where(rest & 1, result * base % P, result)
        base = base * base % P
        rest >>= 1
    return result


def scrambled(value: Array, key: str, modulus: int) -> Array:
    """A keyed pseudo-random function of residues (splitmix64 steps)."""
    seed = np.uint64(int.from_bytes(key.encode(), "big") % (2**61 - 1))
    with np.errstate(over="ignore"):
        x = value.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + seed
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
        return ((x ^ (x >> np.uint64(31))) >> np.uint64(2)).astype(np.int64) % modulus


class FieldMatrix:
    resolution = 0

    @staticmethod
    def add(a: Array, b: Array) -> Array:
        return (a + b) % P

    @staticmethod
    def subtract(a: Array, b: Array) -> Array:
        return (a - b) % P

    @staticmethod
    def multiply(a: Array, b: Array) -> Array:
        return a * b % P

    @staticmethod
    def divide(a: Array, b: Array) -> Array:
        b = np.asarray(b)
        if (b % P == 0).any():
            raise Discard("a division by 0")
        return a * modular_power(b, P - 2, P) % P

    @staticmethod
    def sqrt(a: Array) -> Array:
        return modular_root(a)


def modular_root(value: Array) -> Array:
    """The square root that is itself a square, of residues; Discard where there is none."""
    if (modular_power(value, (P - 1) // 2, P) == P - 1).any():
        raise Discard("no square root")
    return modular_power(value, (P + 1) // 4, P)
