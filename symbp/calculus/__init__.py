"""Derivatives: the sweep, and what it is called for."""
