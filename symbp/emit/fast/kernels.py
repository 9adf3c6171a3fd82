"""All compiled loops of a step: equal ones once, each with the name that it is called by."""

from __future__ import annotations

from collections.abc import Mapping

from symbp.emit.fast.kernel_text import Kernel
from symbp.emit.fast.layout import Fused, Layout, Operand
from symbp.emit.numpy_layout import WIDTH
from symbp.emit.numpy_names import Names, Page


class Kernels:
    """The loops of a layout as functions."""

    def __init__(self, layout: Layout, page: Page, names: Names, display: Mapping[int, str]) -> None:
        self.called: list[tuple[str, list[Operand]]] = []
        """For each run the function, and what it is called with."""
        self.sources: list[str] = []
        known: dict[tuple[str, ...], str] = {}
        for fused in layout.fused:
            kernel = Kernel(layout, page, fused, display)
            same = tuple(kernel.lines)
            if same not in known:
                results = _results(fused, display)
                known[same] = names.fresh(f"{results[-1]}_kernel")
                self.sources.append(kernel.source(known[same], page.helper_names, _about(results)))
            self.called.append((known[same], kernel.operands))


def _results(fused: Fused, display: Mapping[int, str]) -> list[str]:
    """The names of what the loop leaves in memory."""
    keys = [o.key for call in fused.calls for o in call.writes if o.key not in fused.ended]
    return list(dict.fromkeys(display[k] for k in keys))


def _about(results: list[str]) -> str:
    text = f"{', '.join(results)}, row by row."
    return text if len(text) <= WIDTH - 10 else f"{results[-1]} and what goes into it, row by row."
