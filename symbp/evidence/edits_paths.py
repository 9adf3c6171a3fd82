"""Edits that put in what the true adjoints say: forgotten terms, or a whole line."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator

from symbp.algebra.node import Node, topological
from symbp.evidence.claim_text import Edit, Path, parsed
from symbp.evidence.problem import Problem
from symbp.evidence.scene import Scene
from symbp.evidence.spelled import Speller
from symbp.evidence.spelled_text import NotSpelled
from symbp.ops.arithmetic import total

MOST_TERMS = 6
LONGEST_LINE = 300
VALUE: Path = (("value", None),)


def missing_terms(scene: Scene) -> Iterator[Edit]:
    """A sum over the branches of a fork from which some are missing."""
    value, here = _right_side(scene), scene.text.value_of(scene.at)
    if value is None or here is None:
        return
    problem = scene.problem
    for of, listed in problem.swept.contributions.items():
        if of.shape != here.shape or not 1 < len(listed) <= MOST_TERMS:
            continue
        for count in range(1, len(listed)):
            for chosen in itertools.combinations(range(len(listed)), count):
                if not problem.sheets.same(here, total([listed[k][1] for k in chosen])):
                    continue
                missing = [term for k, (_, term) in enumerate(listed) if k not in chosen]
                text = spelled_with_locals(scene, total(missing))
                if text is not None:
                    new = ast.BinOp(value, ast.Add(), parsed(text))
                    name = problem.short(of) or "this value"
                    kind, said = "dropped path", f"the term {text} of the gradient of {name} is missing"
                    used = {n for n in topological(missing) if n.is_leaf}
                    if of in used and used <= {of, *problem.constants} and used & set(problem.constants):
                        kind = "regularisation gradient"
                    yield Edit(kind, f"{kind}: {said}", VALUE, new)


def true_line(scene: Scene) -> Iterator[Edit]:
    """The whole right-hand side replaced by the true gradient of a value of the model."""
    value, here = _right_side(scene), scene.text.value_of(scene.at)
    if value is None or here is None:
        return
    for of, gradient in reversed(list(scene.problem.swept.adjoints.items())):
        if gradient.shape == here.shape:
            text = spelled_with_locals(scene, gradient)
            if text is not None and len(text) <= LONGEST_LINE:
                name = scene.problem.short(of) or "this value"
                yield Edit(
                    "wrong line",
                    _line_words(scene, name, text),
                    VALUE,
                    parsed(text),
                )


def _line_words(scene: Scene, name: str, text: str) -> str:
    shown = text if len(text) <= 90 else f"{text[:88]} …"
    first = (
        f"line {scene.statement.lineno} is the first wrong one: " if len(scene.text.statements) > 1 else ""
    )
    return f"{first}the gradient of {name} is {shown}"


def _right_side(scene: Scene) -> ast.expr | None:
    statement = scene.statement
    if isinstance(statement, ast.Assign | ast.Expr | ast.AnnAssign) and isinstance(statement.value, ast.expr):
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        return statement.value if all(isinstance(t, ast.Name) for t in targets) else None
    return None


def spelled_with_locals(scene: Scene, node: Node) -> str | None:
    """A formula over the names that the statement can use, the claim's own ones among them."""
    problem = scene.problem
    tidied = problem.tidy(node)
    known = set(problem.names)
    own = {n: v for n, v in scene.scope.items() if v not in known}
    found = dict(named_by_value(problem, tidied, own.items()))
    visible = {n: name for n, name in problem.names.items() if scene.scope.get(name, n) is n}
    try:
        return Speller({**visible, **found}, problem.prefix)(tidied)
    except NotSpelled:
        return None


def named_by_value(
    problem: Problem, root: Node, names: Iterable[tuple[str, Node]]
) -> Iterator[tuple[Node, str]]:
    """Parts of a formula that have the value of a name."""
    names = list(names)
    for node in topological([root], stop=lambda n: n in problem.names):
        if node in problem.names or not node.rank or node.op.name == "constant":
            continue
        for name, value in names:
            if problem.sheets.same(node, value):
                yield node, name
                break
