"""Reads matrix notation as a mathematician does, and computes it with numbers.

Vectors are columns; `1` is a vector of ones as long as it has to be; `I` is the identity.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
TOKEN = re.compile(r"[\s·]*(tr|diag|Σ|[A-Z]|1|‖|²|[()⟨⟩⊙ᵀ,])")


class Reader:
    """One formula over names that stand for arrays, all axes of one size."""

    def __init__(self, text: str, values: Mapping[str, Array], size: int) -> None:
        self.tokens = TOKEN.findall(text)
        assert "".join(self.tokens) == re.sub("[ ·]", "", text), text
        self.values = {k: v.reshape(-1, 1) if v.ndim == 1 else v for k, v in values.items()}
        self.size = size
        self.at = 0

    def read(self) -> Array:
        value = self.entrywise()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return value

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, token: str = "") -> str:
        found = self.peek()
        assert not token or found == token, (token, self.tokens, self.at)
        self.at += 1
        return found

    def entrywise(self) -> Array:
        if self.peek() == "Σ":
            self.take()
            return np.array(self.entrywise().sum())
        value = self.product()
        while self.peek() == "⊙":
            self.take()
            other = self.product()
            assert value.shape == other.shape
            value = value * other
        return value

    def product(self) -> Array:
        value = self.turned()
        while self.peek() and self.peek() not in ")⟩⊙,‖":
            if self.peek() == "Σ":
                return value * self.entrywise()
            right = self.turned()
            numbers = value.ndim == 0 or right.ndim == 0
            value = value * right if numbers else value @ right
            if value.shape == (1, 1):
                value = value.reshape(())
        return value

    def turned(self) -> Array:
        value = self.atom()
        while self.peek() == "ᵀ":
            self.take()
            value = value.T
        return value

    def atom(self) -> Array:
        token = self.take()
        if token == "(":
            value = self.entrywise()
            self.take(")")
            return value
        if token == "⟨":
            left = self.entrywise()
            self.take(",")
            right = self.entrywise()
            self.take("⟩")
            return np.array((left * right).sum())
        if token == "‖":
            value = self.entrywise()
            self.take("‖")
            self.take("²")
            return np.array((value**2).sum())
        if token in ("tr", "diag"):
            self.take("(")
            value = self.entrywise()
            self.take(")")
            if token == "tr":
                return np.array(np.trace(value))
            return np.diag(value.ravel()) if value.shape[1] == 1 else np.diag(value).reshape(-1, 1)
        if token == "1":
            return np.ones((self.size, 1))
        return np.eye(self.size) if token == "I" else self.values[token]
