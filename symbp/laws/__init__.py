"""Which equalities hold, as tables of named laws.  Importing this room fills the table."""

from symbp.laws import delta, facts, tidy

__all__ = ["delta", "facts", "tidy"]
