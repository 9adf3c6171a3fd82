"""The page of a step in plain Python numbers."""

from __future__ import annotations

from symbp.calculus.derivation import Derivation
from symbp.emit.fast.joint import Joint
from symbp.emit.fast.pages import (
    OWN,
    StepPage,
    Surroundings,
    arguments_of,
    call_head,
    equation_texts,
    init_head,
)
from symbp.emit.fast.place import owners
from symbp.emit.fast.scalar import ScalarStep, scalar_step
from symbp.emit.fast.schedule import scheduled
from symbp.emit.numpy_layout import bracketed, statement
from symbp.emit.numpy_names import Names, Page
from symbp.emit.numpy_text import tuple_text
from symbp.lang.program import Variable

STORED = (
    "        try:",
    "            self.store(self.flat, 0, *gradients)",
    "        except OverflowError:  # where the dtype has but an infinity",
    "            self.flat[:] = gradients",
)


def scalar_page(derivation: Derivation, joint: Joint, around: Surroundings) -> StepPage | None:
    """A step in Python numbers, for tiny models; None for others."""
    program = derivation.forward
    arguments = arguments_of(program)
    names = Names({*OWN, *around.taken, *(v.name.ascii for v in arguments), "gradients", "Struct"})
    if any(v.role in ("const", "upstream") for v in program.variables):
        return None
    found = scalar_step(joint, {v.node: v.name.ascii for v in arguments}, names)
    if found is None:
        return None
    checked = [v for v in arguments if v.shape]
    page = Page(around.letters, {})
    shapes = [f'"{v.name.ascii}": {tuple_text(page.size(s) for s in v.shape)}' for v in checked]
    sizes = list(around.letters.values())
    return StepPage(
        sizes=tuple(sizes),
        init_head=init_head(sizes),
        init_lines=tuple(_init_lines(found)),
        shapes=(bracketed("planned = ", "{}", shapes, "", depth=2, literal=True),) if checked else (),
        call_head=call_head(arguments),
        call_lines=(*_unpacking(found, checked), *_calls(derivation, joint, found)),
        passes=("scalar_code: so small that Python numbers are faster than arrays.",),
        imports=(*found.imports, "from struct import Struct"),
    )


def _init_lines(found: ScalarStep) -> list[str]:
    """One array for all gradients, each of which is a part of it."""
    count = sum(len(part) for _, _, part in found.gradients)
    lines = [
        f"        self.flat = np.empty({count}, dtype)",
        f'        self.store = Struct("{count}" + np.dtype(dtype).char).pack_into',
        "        self.gradients = {",
    ]
    start = 0
    for name, shape, part in found.gradients:
        stop = start + len(part)
        shown = tuple_text(map(str, shape)) if shape else "()"
        lines.append(f'            "{name}": self.flat[{start}:{stop}].reshape({shown}),')
        start = stop
    return [*lines, "        }"]


def _unpacking(found: ScalarStep, checked: list[Variable]) -> list[str]:
    """The arguments as numbers; taking an array apart checks its shape."""
    if not checked:
        return [statement(text, 2) for text in found.unpacking]
    entries = [f"{v.name.ascii}.shape" for v in checked]
    return [
        "        try:",
        *(statement(text, 3) for text in found.unpacking),
        "        except (TypeError, ValueError):",
        bracketed("self.refuse(", "()", entries, ")", depth=3, literal=True),
        "            raise",
    ]


def _calls(derivation: Derivation, joint: Joint, found: ScalarStep) -> list[str]:
    """The lines of the step under the equations that they belong to."""
    lines: list[str] = []
    equations = equation_texts(derivation)
    owner = owners(joint, scheduled(joint))
    current = ""
    for node, text in found.lines:
        section = equations.get(owner.get(node, ""), owner.get(node, ""))[:76]
        if section and section != current:
            lines.append(f"        # {section}")
            current = section
        lines.append(statement(text, 2))
    texts = [_bare(text) for _, _, part in found.gradients for text in part]
    lines.append("        # All gradients")
    lines.append(bracketed("gradients = ", "()", texts, "", depth=2, literal=True))
    return [*lines, *STORED, statement(f"return {found.output}, self.gradients", 2)]


def _bare(text: str) -> str:
    """Without the brackets around the whole."""
    inner = text[1:-1]
    return inner if text.startswith("(") and "(" not in inner and ")" not in inner else text
