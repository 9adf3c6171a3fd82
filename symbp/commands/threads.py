"""How many threads matrix products take: libraries ask the environment when they are loaded."""

from __future__ import annotations

import os
import sys

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def limit_threads(count: int | None) -> None:
    """Ask for so many threads; without a count for one, unless the environment says something.

    It is too late where NumPy is loaded already.  One thread is kept to one processor, too: JAX has
    no variable for it.
    """
    if "numpy" in sys.modules or (count is None and any(name in os.environ for name in VARIABLES)):
        return
    os.environ.update(dict.fromkeys(VARIABLES, str(count or 1)))
    if (count or 1) == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def threads() -> str:
    """How many the environment asks for."""
    return next((os.environ[name] for name in VARIABLES if name in os.environ), "all")
