"""The fast style from end to end: derivation, joint graph, layout, text of `class Step`."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from symbp.algebra.node import Node, topological
from symbp.calculus.derivation import Derivation
from symbp.emit.fast import (
    rules_arranged,
    rules_classes,
    rules_convolution,
    rules_einsum,
    rules_entrywise,
    rules_folds,
    rules_further,
    rules_indexed,
    rules_join,
    rules_mean_pooling,
    rules_mixed,
    rules_pooling,
    rules_products,
    rules_reduced,
    rules_rows,
    rules_time,
    rules_windows,
)
from symbp.emit.fast.block_rows import block_rows
from symbp.emit.fast.drop_unused import drop_unused
from symbp.emit.fast.fold_rate import rate_leaf, scaled_values
from symbp.emit.fast.fuse_rows import fuse_rows
from symbp.emit.fast.graph_passes import GRAPH_PASSES
from symbp.emit.fast.into_frames import into_frames
from symbp.emit.fast.into_results import into_results
from symbp.emit.fast.joint import Joint, joint_graph
from symbp.emit.fast.layout import Layout
from symbp.emit.fast.pages import (
    OWN,
    StepPage,
    Surroundings,
    arguments_of,
    call_head,
    descent_lines,
    equation_texts,
    init_head,
)
from symbp.emit.fast.place import Placing, Rule
from symbp.emit.fast.recompute_copies import recompute_copies
from symbp.emit.fast.rows_in_full import rows_in_full
from symbp.emit.fast.scalar_page import scalar_page
from symbp.emit.fast.share_memory import share_memory
from symbp.emit.fast.short_buffers import short_buffers
from symbp.emit.fast.short_rows import short_rows
from symbp.emit.fast.shrink_to_blocks import shrink_to_blocks
from symbp.emit.fast.time_states import into_states
from symbp.emit.fast.weights_in_columns import weights_in_columns
from symbp.emit.fast.write import Writer, packing, unpacking
from symbp.emit.numpy_layout import WIDTH, bracketed, statement
from symbp.emit.numpy_names import Names, Page
from symbp.emit.numpy_text import tuple_text
from symbp.emit.render import render
from symbp.lang.program import Program
from symbp.ops.scan import SCAN

TABLES = (
    rules_classes.RULES,
    rules_mean_pooling.RULES,
    rules_rows.RULES,
    rules_entrywise.RULES,
    rules_folds.RULES,
    rules_convolution.RULES,
    rules_products.RULES,
    rules_pooling.RULES,
    rules_windows.RULES,
    rules_arranged.RULES,
    rules_join.RULES,
    rules_further.RULES,
    rules_time.RULES,
    rules_reduced.RULES,
    rules_einsum.RULES,
    rules_indexed.RULES,
    rules_mixed.RULES,
)
LAYOUT_PASSES = {
    f.__name__: f
    for f in (
        drop_unused,
        into_states,
        weights_in_columns,
        into_results,
        into_frames,
        block_rows,
        recompute_copies,
        shrink_to_blocks,
        short_buffers,
        rows_in_full,
        short_rows,
        share_memory,
    )
}
NOT_COMPILED = (short_rows.__name__,)
"""Passes for calls of NumPy only: compiled loops have no use for them."""


@dataclass(frozen=True)
class Planned:
    """A layout with the names and the page that it is written with."""

    layout: Layout
    page: Page
    names: Names
    owner: dict[Node, str]


def plan(
    derivation: Derivation,
    around: Surroundings | None = None,
    without: Container[str] = (),
    rate: Node | None = None,
) -> Planned | None:
    """The layout of a step; None where a step of a recurrence holds another one, which has no layout.

    `without` names passes to leave out.  With a rate the gradients are rate times as large; None
    where that cannot be folded into where they begin.
    """
    around = around or Surroundings({letter: letter for letter in derivation.program.size_letters})
    scaled = None if rate is None else scaled_values(derivation, rate)
    if rate is not None and scaled is None:
        return None
    return _planned(derivation, joint_graph(derivation, scaled), around, without, rate)


def _planned(
    derivation: Derivation,
    joint: Joint,
    around: Surroundings,
    without: Container[str],
    rate: Node | None = None,
) -> Planned | None:
    """The layout of a step from its graph."""
    if any(inner.op is SCAN for node in joint.order() for inner in _step(node)):
        return None
    for name, graph_pass in GRAPH_PASSES.items():
        if name not in without:
            joint = graph_pass(joint)
    placing = _placing(derivation.forward, joint, around, rate)
    rules_join.reserve(placing)
    layout = placing.layout()
    for name, memory_pass in LAYOUT_PASSES.items():
        if name not in without and not (around.numba and name in NOT_COMPILED):
            layout = memory_pass(layout)
    if around.numba and fuse_rows.__name__ not in without:
        layout = fuse_rows(layout)
    blocks = {loop.block: placing.names.fresh("block") for loop in layout.loops}
    placing.page.letters = {**around.letters, **blocks}
    return Planned(layout, placing.page, placing.names, placing.owner)


def _step(node: Node) -> list[Node]:
    """What one step of a recurrence works out."""
    return topological(node.params[0].values) if node.op is SCAN else []


def _placing(program: Program, joint: Joint, around: Surroundings, rate: Node | None) -> Placing:
    variables = [v for v in program.variables if v.role != "const"]
    numbers = {v.node: v.name.ascii for v in program.variables if v.role == "const"}
    taken = {*OWN, *around.taken, *around.letters.values(), *(v.name.ascii for v in program.variables)}
    names = Names(taken)
    page = Page(around.letters, around.helper_names)
    rules: dict[str, list[Rule]] = {}
    for table in TABLES:
        for op, listed in table.items():
            rules.setdefault(op, []).extend(listed)
    arguments = {v.node: v.name.ascii for v in variables}
    if rate is not None:
        arguments[rate] = rate.name
    return Placing(joint, arguments, numbers, page, names, rules)


def step_source(
    derivation: Derivation,
    around: Surroundings | None = None,
    without: Container[str] = (),
    descends: bool = False,
) -> str:
    """The text of `class Step`; with a method for steps of gradient descent, where it `descends`."""
    around = around or Surroundings({letter: letter for letter in derivation.program.size_letters})
    if descends and (text := _descending(derivation, around, without)) is not None:
        return text
    joint = joint_graph(derivation)
    if "scalar_code" not in without and (found := scalar_page(derivation, joint, around)) is not None:
        return render("numpy_step.py.j2", page=found)
    planned = _planned(derivation, joint, around, without)
    if planned is None:
        return render("numpy_step.py.j2", page=_plain_page(derivation, around))
    return render("numpy_step.py.j2", page=_page(derivation, planned, around))


def _descending(derivation: Derivation, around: Surroundings, without: Container[str]) -> str | None:
    """A step whose gradients hold a rate; None where it cannot be folded, or a parameter is a number."""
    arguments = arguments_of(derivation.forward)
    own = all(v.shape and v.node.dtype == "real" for v in derivation.forward.parameters)
    by_name = {v.name.ascii for v in derivation.forward.parameters}
    if not own or {g.name.ascii for g in derivation.results} != by_name or not derivation.forward.loss:
        return None
    taken = {*OWN, *around.taken, *around.letters.values(), *(v.name.ascii for v in arguments)}
    names = Names(taken)
    rate, lr = names.fresh("rate"), names.fresh("lr")
    around = replace(around, taken=frozenset(taken | {rate, lr}))
    planned = plan(derivation, around, without, rate_leaf(rate))
    if planned is None:
        return None
    page = _page(derivation, planned, around)
    given = [v.name.ascii for v in arguments]
    changed = [v.name.ascii for v in derivation.forward.parameters]
    return render(
        "numpy_step.py.j2",
        page=replace(
            page,
            init_lines=(*page.init_lines, "        self.one = np.array(1.0, dtype)"),
            call_head=bracketed("def scaled", "()", ["self", rate, *given], ":", depth=1),
            call_doc="Return the output and the gradients times a rate.",
            methods=tuple(descent_lines(given, changed, lr)),
        ),
    )


def _page(derivation: Derivation, planned: Planned, around: Surroundings) -> StepPage:
    program, page, layout = derivation.forward, planned.page, planned.layout
    own = planned.names.own
    writer = Writer(layout, page, planned.names)
    returned = writer.returned()
    equations = equation_texts(derivation)
    sections = [_section(planned, k, equations) for k in range(len(layout.calls))]
    body = writer.call_lines(sections)
    needed = writer.words()
    sizes = list(around.letters.values())
    taken = [name for name in (*sizes, "dtype") if name in needed]
    names = [*writer.arrays(), *taken]
    arguments = arguments_of(program)
    checked = [v for v in arguments if v.shape]
    call_lines = []
    if checked:
        entries = [f"{v.name.ascii}.shape" for v in checked]
        refused = own("shapes")
        call_lines.append(bracketed(f"{refused} = ", "()", entries, "", depth=2, literal=True))
        exact = _exact_arguments(layout)
        given = f"{refused} != self.shapes"
        if exact:
            entries = [f"{name}.dtype" for name in exact]
            dtypes = own("dtypes")
            call_lines.append(bracketed(f"{dtypes} = ", "()", entries, "", depth=2, literal=True))
            given, refused = f"{given} or {dtypes} != self.dtypes", f"{refused}, {dtypes}"
        call_lines += [f"        if {given}:", f"            self.refuse({refused})"]
    call_lines += [unpacking(names)] if names else []
    call_lines += [*body, returned]
    init = [*writer.init_lines(), packing(names)] if names else []
    shapes = [f'"{v.name.ascii}": {tuple_text(page.size(s) for s in v.shape)}' for v in checked]
    return StepPage(
        sizes=tuple(sizes),
        init_head=init_head(sizes),
        init_lines=tuple(init),
        shapes=tuple(
            [bracketed(f"{own('planned')} = ", "{}", shapes, "", 2, literal=True)] if shapes else []
        ),
        call_head=call_head(arguments),
        call_lines=tuple(call_lines),
        passes=tuple(f"{name}: {text}." for name, text in layout.notes if not text.startswith("0 ")),
        kernels=tuple(writer.kernels.sources),
        dtypes=tuple(_dtype_lines(_exact_arguments(layout), own("kinds"), own("exact"))),
        planned=own("planned"),
        kinds=own("kinds"),
        functions=tuple(writer.function_lines()),
    )


def _exact_arguments(layout: Layout) -> list[str]:
    """Arrays that products or choices take as they are, which need the dtype of what those write."""
    exact = [call for call in layout.calls if ".dot(" in call.text or call.kind == "choice"]
    read = {o.key for call in exact for o in call.reads}
    return [
        v.name
        for k, v in enumerate(layout.values)
        if v.place == "argument" and v.kind == "real" and v.shape and k in read
    ]


def _dtype_lines(names: list[str], kinds: str, exact: str) -> list[str]:
    entries = [f'"{name}"' for name in names]
    if not names:
        return []
    inner = f"({entries[0]},)" if len(names) == 1 else f"({', '.join(entries)})"
    line = f"        {kinds} = dict.fromkeys({inner}, np.dtype(dtype))"
    if len(line) <= WIDTH:
        return [line]
    listed = bracketed(f"{exact} = ", "()", entries, "", depth=2, literal=True)
    return [listed, f"        {kinds} = dict.fromkeys({exact}, np.dtype(dtype))"]


def _section(planned: Planned, k: int, equations: dict[str, str]) -> str:
    call = planned.layout.calls[k]
    if call.node is None:
        return ""
    owner = planned.owner.get(call.node, "")
    return equations.get(owner, owner)[:76]


def _plain_page(derivation: Derivation, around: Surroundings) -> StepPage:
    """A step by forward and backward, for models that have no layout."""
    program = derivation.forward
    page = Page(around.letters, {})
    sizes = list(around.letters.values())
    arguments = arguments_of(program)
    given = [v.name.ascii for v in arguments if v.role != "upstream"]
    ups = [v.name.ascii for v in arguments if v.role == "upstream"]
    checked = [v for v in arguments if v.shape]
    own = Names({*OWN, *around.taken, *sizes, *(v.name.ascii for v in arguments)} - {"result"}).own
    given_shapes, result, planned = own("shapes"), own("result"), own("planned")
    shapes = [f'"{v.name.ascii}": {tuple_text(page.size(s) for s in v.shape)}' for v in checked]
    entries = [f"{v.name.ascii}.shape" for v in checked]
    lines = [
        bracketed(f"{given_shapes} = ", "()", entries, "", depth=2, literal=True),
        f"        if {given_shapes} != self.shapes:",
        f"            self.refuse({given_shapes})",
        statement(f"{result}, cache = forward({', '.join(given)})", 2),
        statement(f"return {result}, backward({', '.join(['cache', *ups])})", 2),
    ]
    return StepPage(
        sizes=tuple(sizes),
        init_head=init_head(sizes),
        init_lines=(),
        shapes=(bracketed(f"{planned} = ", "{}", shapes, "", depth=2, literal=True),),
        planned=planned,
        call_head=call_head(arguments),
        call_lines=tuple(lines),
        passes=("a recurrence within a recurrence has no layout: the step calls forward and backward.",),
    )
