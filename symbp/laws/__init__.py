"""Which equalities hold, as tables of named laws.  Importing this room fills the table."""

from symbp.laws import facts, tidy

__all__ = ["facts", "tidy"]
