"""What a diagnosis works on: the claim, the model, the truth, and the clock."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node, facts, topological
from symbp.algebra.size import Size
from symbp.calculus.between import program_seeds
from symbp.calculus.reverse import Sweep, sweep
from symbp.evidence.branches import Branches, distant_points
from symbp.evidence.compare import find_difference, float_gap, on_all_branches, points_for
from symbp.evidence.field import agree_exactly
from symbp.evidence.prove import prove_equal
from symbp.evidence.sheets import EQUAL, Sheets, Values
from symbp.evidence.spelled import Speller
from symbp.evidence.spelled_text import NotSpelled
from symbp.lang.numpy_claim import Claimed
from symbp.lang.program import Program
from symbp.laws.tidier import Tidier

Reread = Callable[[Sequence[str]], Claimed]
ReadLocal = Callable[[str, Mapping[str, Node]], Node]
MOST_DISTANT = 3
"""Points for the quick test where there are none near 0."""
SECONDS = 3.0
"""Of processor time, so that what is found does not depend on what else runs."""
SMALL_PROOF = 30_000


def agree(a: Node, b: Node) -> bool:
    """Equal by a proof within bounds, else at random points of a prime field and on all branches."""
    if prove_equal(a, b, work=SMALL_PROOF).holds:
        return True
    return (
        agree_exactly(a, b).agree is True
        and find_difference(a, b)[0] is None
        and on_all_branches(a, b) == (None, [])
    )


_OF_THE_MODEL = {
    "sheets",
    "names",
    "seeds",
    "forward",
    "swept",
    "prefix",
    "tidy",
    "_adjoints",
    "_parts",
    "_forward",
}


class OutOfTime(Exception):
    """The clock of a diagnosis has run out."""


@dataclass
class Problem:
    """A refuted claim with what is known about it."""

    claim: Claimed
    program: Program
    true: Node
    reread: Reread
    read_local: ReadLocal | None = None
    """Reads one statement over given names, where that is quicker than the whole claim."""
    seconds: float = SECONDS
    started: float = field(default_factory=time.process_time)

    def check_time(self, share: float = 1.0) -> None:
        """OutOfTime when a share of the seconds is gone."""
        if time.process_time() - self.started > share * self.seconds:
            raise OutOfTime

    def with_claim(self, claim: Claimed) -> Problem:
        """The same problem for a changed claim; what is known of the model is kept."""
        other = replace(self, claim=claim)
        other.__dict__.update({key: value for key, value in self.__dict__.items() if key in _OF_THE_MODEL})
        return other

    @cached_property
    def target(self) -> Node:
        return self.program.nodes[self.claim.target]

    @cached_property
    def sheets(self) -> Sheets:
        """Points for the quick test; one of them shows the difference, on whatever branch it is."""
        roots = [self.claim.node, self.true, *self.program.nodes.values()]
        sheets = Sheets([*roots, *(s.node for s in self.claim.steps)])
        if not sheets.have_value(self.true):
            for point in itertools.chain(points_for(roots), distant_points(roots)):
                sheets.add(point.sizes, point.values)
            sheets.keep_only(self.true, MOST_DISTANT)
        if sheets.same(self.claim.node, self.true):
            branches = Branches([self.claim.node, self.true])
            for point in itertools.chain(points_for([self.claim.node, self.true]), branches.points()):
                gap = float_gap(self.claim.node, self.true, point)
                if gap is not None and gap > EQUAL:
                    sheets.add(point.sizes, point.values)
                    break
        return sheets

    @cached_property
    def names(self) -> dict[Node, str]:
        """Every named node of the model as its author writes it, where Python can; constants keep numbers."""
        return {
            n: name.text if name.text.isidentifier() else name.ascii
            for n, name in self.program.names.items()
            if n.op not in (CONSTANT, SIZE, SYMBOLIC)
        }

    @cached_property
    def seeds(self) -> list[tuple[Node, Node]]:
        """Outputs with their upstream gradients."""
        return program_seeds(self.program)

    @cached_property
    def forward(self) -> list[Node]:
        """All nodes of the model, arguments first."""
        return topological([o for o, _ in self.seeds])

    @cached_property
    def swept(self) -> Sweep:
        """The true adjoints of all real nodes of the model."""
        real = [n for n in self.forward if n.dtype == "real"]
        return sweep(self.seeds, real)

    @cached_property
    def prefix(self) -> str:
        """ "np." where the claim or the model writes functions so, else nothing."""
        texts = [s.place.text for s in self.claim.steps[:1]] + [self.program.text]
        return "np." if any("np." in t for t in texts) else ""

    @cached_property
    def tidy(self) -> Tidier:
        return Tidier(set(self.names))

    def speller(self, extra: Iterable[tuple[Node, str]] = ()) -> Speller:
        return Speller({**self.names, **dict(extra)}, self.prefix)

    def text(self, node: Node) -> str | None:
        """A node in the claim's language, tidied; None where it has no words."""
        try:
            return self.speller()(node if node in self.names else self.tidy(node))
        except NotSpelled:
            return None

    def short(self, node: Node, longest: int = 40) -> str | None:
        found = self.text(node)
        return found if found is not None and len(found) <= longest else None

    def axis_words(self, size: Size) -> str:
        """Which axis that is; one of no part of the target is called the batch."""
        letters = {letter for s in self.target.shape for letter in s.letters}
        batch = self.target.shape and size.letters and not size.letters & letters
        return f"the batch (size {size})" if batch else f"the axis of size {size}"

    def is_right(self, node: Node) -> bool:
        """Equal to the truth at all points of the sheets (the quick test)."""
        return self.sheets.same(node, self.true)

    def confirmed(self, node: Node) -> bool:
        """Right by floats, and by a proof or exact evaluation."""
        return self.is_right(node) and agree(node, self.true)

    def is_known(self, value: Node) -> bool:
        """Whether a value is a true adjoint of something, a part of one, or a value of the model."""
        return self._adjoints.holds(value) or self._parts.holds(value) or self._forward.holds(value)

    def is_adjoint(self, value: Node) -> bool:
        """Whether a value is a true adjoint or a part of one."""
        return self._adjoints.holds(value) or self._parts.holds(value)

    def is_whole_adjoint(self, value: Node) -> bool:
        return self._adjoints.holds(value)

    @cached_property
    def _adjoints(self) -> Values:
        return Values(self.sheets, self.swept.adjoints.values())

    @cached_property
    def _parts(self) -> Values:
        forks = [terms for terms in self.swept.contributions.values() if len(terms) > 1]
        return Values(self.sheets, [term for terms in forks for _, term in terms])

    @cached_property
    def _forward(self) -> Values:
        return Values(self.sheets, self.forward)

    @cached_property
    def constants(self) -> list[Node]:
        """Scalar leaves that are fixed numbers of the model."""
        return [v.node for v in self.program.variables if v.role == "const" or "constant" in facts(v.node)]
