"""The comparison signs of the languages."""

from __future__ import annotations

COMPARISON_SIGNS = {
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}
"""The sign of each comparison, by the name of its operation."""
