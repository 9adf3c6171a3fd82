"""Errors for names that nothing defines, or that are set too late."""

from __future__ import annotations

import difflib

from symbp.errors import ModelError, Place, UnknownNameError
from symbp.lang.names import identifier, pieces

LONGEST_NAME = 100


def used_too_early(name: str, place: Place, later: Place) -> ModelError:
    if later.line == place.line and later.start <= place.start < later.end:
        reason = f"{name} is set in terms of itself"
        return ModelError(reason, place, hint="give the new value a name of its own")
    fact = f"{name} is set on line {later.line}: {later.snippet}"
    hint = "put the equations in the order of computing"
    return ModelError(f"{name} is used before it is set", place, [fact], hint)


def unknown_name(name: str, place: Place | None, known: list[str], kind: str = "name") -> UnknownNameError:
    """The error for a name that nothing defines, with the nearest known one."""
    near = _nearest(name, known)
    hint = f"did you mean {near}?" if near else None
    if kind == "function" and len(pieces(name)[0]) == 1:
        hint = f"for a product write {name} · (…)"
    elif kind == "function" and not near:
        hint = "write it out with functions that there are, such as exp, sum and max"
    reason = f"there is no function {name}" if kind == "function" else f"{name} is not defined"
    return UnknownNameError(reason, place, hint=hint)


def _nearest(name: str, known: list[str]) -> str | None:
    """The known name that differs in case, in its subscript or in a letter or two."""
    key, base = identifier(name).lower(), pieces(name)[0]
    by_case = [k for k in known if identifier(k).lower() == key]
    by_base = [k for k in known if pieces(k)[0] == base]
    by_both = [k for k in known if pieces(k)[0].lower() == base.lower()]
    if by_case or by_base or by_both:
        return (by_case or by_base or by_both)[0]
    near = difflib.get_close_matches(name[:LONGEST_NAME], known, n=1, cutoff=0.6)
    return near[0] if near else None
