"""Templates: the one place that knows Jinja.  They lay out finished strings and decide nothing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import jinja2

_BESIDE = Path(__file__).parents[2] / "templates"
_INSIDE = Path(__file__).parents[1] / "templates"


_LATEX = {
    "block_start_string": "<%",
    "block_end_string": "%>",
    "variable_start_string": "<<",
    "variable_end_string": ">>",
    "comment_start_string": "<#",
    "comment_end_string": "#>",
}
"""LaTeX is full of braces, so its templates have signs of their own."""


@lru_cache(maxsize=2)
def _environment(latex: bool) -> jinja2.Environment:
    """The folder beside the package, or inside it where it is installed from a wheel."""
    folder = _INSIDE if _INSIDE.is_dir() else _BESIDE
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        **cast(Any, _LATEX if latex else {}),
    )


def render(template: str, **values: Any) -> str:
    """The template with these values; an unknown name in it raises jinja2.UndefinedError."""
    return _environment(template.endswith(".tex.j2")).get_template(template).render(**values)
