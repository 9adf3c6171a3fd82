"""Work on large graphs, during which Python does not look for circles of objects that nobody needs.

Nodes, sizes and calls refer to what was there before them and never in a circle, so counting references
frees them all.  To search some hundred thousand of them for circles again and again took a third of the
time of deriving a deep network.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def uncollected(function: Callable[P, R]) -> Callable[P, R]:
    """The function with the search for circles put off until it is done.

    >>> uncollected(gc.isenabled)(), gc.isenabled()
    (False, True)
    """

    @wraps(function)
    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        if not gc.isenabled():
            return function(*args, **kwargs)
        gc.disable()
        try:
            return function(*args, **kwargs)
        finally:
            gc.enable()

    return done
