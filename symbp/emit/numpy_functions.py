"""The text of forward and backward: heads, docstrings, lines with what is said beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symbp.algebra.node import Node, facts, topological
from symbp.emit.numpy_bodies import Bodies
from symbp.emit.numpy_comment import index_comment
from symbp.emit.numpy_layout import assignment, bracketed, quoted, statement, targets
from symbp.emit.numpy_plan import Line
from symbp.emit.numpy_text import Piece
from symbp.ops.loss import CROSS_ENTROPY, ROWS_SUM_TO_ONE
from symbp.ops.softmax import LOG_SOFTMAX


class FunctionsText(Bodies):
    """Both functions of a file, laid out."""

    def stop_argument(self) -> list[str]:
        """The function that values go through which are constants for the gradient."""
        return ["*", f"{self.stopping}=np.asarray"] if self.stops() else []

    def stops(self) -> bool:
        return self.stopping in self.forward.words(*(self.forward.text(n) for n in self.outputs))

    def forward_doc(self) -> str:
        outputs = [self.program.equation(name).name.ascii for name, _ in self.program.outputs]
        shown = outputs[0] if len(outputs) == 1 else "(" + ", ".join(outputs) + ")"
        exchanged = f"; check exchanges {self.stopping}" if self.stops() else ""
        return f"Return {shown} and what backward needs{exchanged}."

    def backward_doc(self) -> str:
        loss = self.program.loss
        if loss is None:
            return "Return the gradients for the given upstream gradients."
        return f"Return the gradients of {loss.name.ascii}, times {self.seed.name}."

    def forward_lines(self) -> list[str]:
        lines = [statement(text) for text in self.forward_head]
        lines += _laid_out(self.forward.lines, self.forward.pieces)
        lines.append(assignment("cache", self.cache, "()", depth=1) if self.cache else "    cache = ()")
        outputs = [self.forward.text(n) for n in self.outputs]
        result = outputs[0] if len(outputs) == 1 else "(" + ", ".join(outputs) + ")"
        lines.append(statement(f"return {result}, cache"))
        return lines

    def backward_lines(self) -> list[str]:
        lines = [targets(self.cache, "cache")] if self.cache else []
        lines += [statement(text) for text in self.backward_head]
        lines += _laid_out(self.backward.lines, self.backward.pieces, self._assumptions())
        entries = [f"{quoted(g.name.ascii)}: {self.backward.text(value)}" for g, value in self.results]
        lines.append(bracketed("return ", "{}", entries, "", depth=1, literal=True))
        return lines

    def _assumptions(self) -> dict[str, str]:
        """Names of lines that hold only because the rows of a target sum to 1."""
        targets = [v for v in self.program.data if ROWS_SUM_TO_ONE & set(facts(v.node))]
        notes: dict[str, str] = {}
        for adjoint, value in self.adjoints if targets else ():
            consumers = {consumer.op for consumer, _ in adjoint.terms if consumer is not None}
            if consumers & {LOG_SOFTMAX, CROSS_ENTROPY}:
                below = topological([value], stop=lambda n: n in self.forward_set)
                used = [v.name.ascii for v in targets if v.node in below]
                if used:
                    notes[self.backward.text(adjoint.leaf)] = f"rows of {' and '.join(used)} sum to 1"
        return notes


def _laid_out(
    lines: Sequence[Line], pieces: Mapping[Node, Piece], notes: Mapping[str, str] | None = None
) -> list[str]:
    """The lines with their comments: what is assumed there, or else the index equation."""
    result = []
    for line in lines:
        texts = [statement(text) for text in line.texts]
        comment = (notes or {}).get(line.name) or index_comment(line.name, line.node, pieces)
        if comment and len(texts) == 1 and "\n" not in texts[0]:
            whole = f"{texts[0]}  # {comment}"
            if len(whole) <= 88:
                texts = [whole]
        result += texts
    return result
