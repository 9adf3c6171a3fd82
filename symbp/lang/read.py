"""A text of equations to a Program: declarations, roles, shapes, the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node, leaf
from symbp.algebra.size import Size
from symbp.errors import ModelError, ParseError, Place, ShapeError, SymbpError
from symbp.lang.evaluate import Retry, Scope, evaluate, node_of, unknown_name
from symbp.lang.names import NameTable, identifier
from symbp.lang.parse import parse_expression
from symbp.lang.program import Equation, Program, RawClaim, Variable
from symbp.lang.shapes import UNKNOWN, Unifier, parse_shape, parse_size
from symbp.lang.statements import Statement, statements
from symbp.lang.syntax import Binary, Call, Index, Method, Norm, Reference, SumOver, Syntax, Transposed, Unary
from symbp.lang.syntax import Sequence as Listed
from symbp.lang.syntax import Slice as SliceSyntax
from symbp.lang.tokens import Words
from symbp.ops import catalogue

FACTS = {
    "positive", "unit", "prob", "onehot", "binary", "mask", "pm1", "symmetric", "spd", "invertible", "unitnorm",
    "causal", "wellcond", "small", "index",
}  # fmt: skip
DATA_LETTERS = {"x", "y", "t", "X", "Y", "T"}
LONGEST_INFERENCE = 4000


@dataclass
class Declarations:
    """What a text (and the keywords beside it) says before any equation is read."""

    shapes: dict[str, tuple[str, Place | None, str]] = field(default_factory=dict)
    """identifier -> (declared shape, place, role)"""
    spelled: dict[str, str] = field(default_factory=dict)
    facts: dict[str, list[str]] = field(default_factory=dict)
    constants: dict[str, Fraction] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    loss: tuple[str, Place | None] | None = None
    outputs: list[tuple[str, str, Place | None]] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def any_shape(self) -> bool:
        return bool(self.shapes)


def read_equations(
    text: str,
    source: str = "<text>",
    *,
    shapes: Mapping[str, str] | None = None,
    params: Sequence[str] | None = None,
    loss: str | None = None,
    outputs: Mapping[str, str] | None = None,
    assume: Mapping[str, str] | None = None,
    constants: Mapping[str, Any] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Program:
    """A model in the equation language (INTERFACE: parse).  SymbpError where it cannot be used."""
    listed = list(statements(text, source))
    declared = _declarations(listed)
    _add_keywords(declared, shapes, params, loss, outputs, assume, constants, sizes)
    equations = [s for s in listed if s.kind == "equation"]
    claims = tuple(RawClaim(s.head, s.body, s.body_place) for s in listed if s.kind == "claim")
    if not equations:
        where = Place(text, 1, 0, 1, source) if text.strip() else None
        raise ModelError("the model has no equation", where, hint="write one, such as L = Σ (y − ŷ)²")
    reader = _Reader(text, source, declared, equations, claims, set(params or ()))
    return reader.read()


def _declarations(listed: list[Statement]) -> Declarations:
    found = Declarations()
    for statement in listed:
        if statement.kind in ("param", "input", "target"):
            _declare(found, statement)
        elif statement.kind == "const":
            _constant(found, statement)
        elif statement.kind == "size":
            _size(found, statement)
        elif statement.kind == "assume":
            _assumption(found, statement)
        elif statement.kind == "loss":
            found.loss = (identifier(statement.head), statement.head_place)
        elif statement.kind == "output":
            parts = [p.strip() for p in statement.head.split(",")]
            if len(parts) != 2:
                raise ParseError(
                    "an output needs its upstream gradient", statement.place, hint="output out, dout"
                )
            found.spelled[identifier(parts[1])] = parts[1]
            found.outputs.append((identifier(parts[0]), identifier(parts[1]), statement.head_place))
    return found


def _declare(found: Declarations, statement: Statement) -> None:
    for spelled in statement.head.split(","):
        spelled = spelled.strip()
        key = identifier(spelled)
        if key in found.shapes:
            first = found.places[key]
            fact = f"first declared on line {first.line}: {first.line_text.strip()}"
            raise ModelError(f"{spelled} is declared twice", statement.head_place, [fact])
        found.shapes[key] = (statement.body, statement.body_place, statement.kind)
        found.spelled[key] = spelled
        found.places[key] = statement.place


def _constant(found: Declarations, statement: Statement) -> None:
    try:
        value = Fraction(statement.body.replace("−", "-"))
    except (ValueError, ZeroDivisionError):
        hint = "const eps = 1e-5"
        raise ParseError(f"'{statement.body}' is no number", statement.body_place, hint=hint) from None
    key = identifier(statement.head)
    found.constants[key] = value
    found.spelled[key] = statement.head
    found.places[key] = statement.place


def _size(found: Declarations, statement: Statement) -> None:
    size = parse_size(statement.body, statement.body_place)
    if not size.is_constant or size.constant < 1:
        raise ParseError("a size is fixed to a positive integer", statement.body_place, hint="size n = 128")
    letter = str(parse_size(statement.head, statement.head_place))
    found.sizes[letter] = size.constant
    found.places[letter] = statement.place


def _assumption(found: Declarations, statement: Statement) -> None:
    for fact in statement.body.split(","):
        words = fact.replace(":", " ").split()
        if not words or words[0] not in FACTS:
            import difflib

            near = difflib.get_close_matches(words[0] if words else "", sorted(FACTS), n=1)
            hint = f"did you mean {near[0]}?" if near else "known facts: " + ", ".join(sorted(FACTS))
            raise ParseError(
                f"'{fact.strip()}' is no fact that can be assumed", statement.body_place, hint=hint
            )
        for spelled in statement.head.split(","):
            found.facts.setdefault(identifier(spelled.strip()), []).append(" ".join(words))
            found.places.setdefault("assume " + identifier(spelled.strip()), statement.head_place)


def _add_keywords(
    found: Declarations,
    shapes: Mapping[str, str] | None,
    params: Sequence[str] | None,
    loss: str | None,
    outputs: Mapping[str, str] | None,
    assume: Mapping[str, str] | None,
    constants: Mapping[str, Any] | None,
    sizes: Mapping[str, int] | None,
) -> None:
    wanted = {identifier(p) for p in params or ()}
    for name, shape in (shapes or {}).items():
        key = identifier(name)
        role = "param" if key in wanted or (params is None and key[:1] not in DATA_LETTERS) else "input"
        found.shapes[key] = (shape, None, role)
        found.spelled[key] = name
    for name, fact in (assume or {}).items():
        found.facts.setdefault(identifier(name), []).append(fact.replace(":", " "))
    for name, value in (constants or {}).items():
        found.constants[identifier(name)] = (
            value if isinstance(value, int | Fraction) else Fraction(str(value))
        )
        found.spelled[identifier(name)] = name
    found.sizes.update(sizes or {})
    if loss is not None:
        found.loss = (identifier(loss), None)
    for name, upstream in (outputs or {}).items():
        found.spelled[identifier(upstream)] = upstream
        found.outputs.append((identifier(name), identifier(upstream), None))


# -- reading ------------------------------------------------------------------------------------


class _Reader:
    """Reads the equations of one text, once what is open has been found."""

    def __init__(
        self,
        text: str,
        source: str,
        declared: Declarations,
        equations: list[Statement],
        claims: tuple[RawClaim, ...],
        params: set[str],
    ) -> None:
        self.text, self.source, self.declared = text, source, declared
        self.statements, self.claims = equations, claims
        self.assigned = {identifier(s.head): s for s in equations}
        self.parsed = self._parse()

    # -- syntax -------------------------------------------------------------------------------

    def _parse(self) -> list[tuple[Statement, Syntax]]:
        size_letters = self._size_letters()

        def is_name(word: str) -> bool:
            key = identifier(word)
            return (
                key in self.declared.shapes
                or key in self.declared.constants
                or key in self.assigned
                or word in size_letters
                or any(key == upstream for _, upstream, _ in self.declared.outputs)
            )

        words = Words(is_name, lambda w: catalogue.find(w) is not None, self.declared.any_shape)
        result = []
        for s in self.statements:
            place = s.body_place
            result.append(
                (s, parse_expression(s.body, place.line, place.start, self.text, self.source, words))
            )
        return result

    def _size_letters(self) -> set[str]:
        letters = set(self.declared.sizes)
        for shape, place, _ in self.declared.shapes.values():
            where = place or Place(self.text, 1, 0, 1, self.source)
            for size in parse_shape(shape, where):
                letters |= size.letters
        return letters

    # -- attempts -----------------------------------------------------------------------------

    def read(self) -> Program:
        if self.declared.any_shape:
            return self._attempt({}, Unifier())
        return self._inferred()

    def _inferred(self) -> Program:
        """Without declarations: small letters are columns; or, if that fails, all are numbers."""
        free = self._free_names()
        ranks = {name: 2 if spelled[:1].isupper() else 1 for name, spelled in free.items()}
        try:
            return self._unified(ranks)
        except SymbpError as error:
            if any(rank == 2 for rank in ranks.values()):
                raise
            try:
                return self._unified(dict.fromkeys(ranks, 0))
            except SymbpError:
                raise error from None

    def _unified(self, ranks: dict[str, int]) -> Program:
        unifier = Unifier()
        columns: set[str] = set()
        for _ in range(LONGEST_INFERENCE):
            shapes: dict[str, tuple[Size, ...]] = {}
            for name, rank in ranks.items():
                sizes = [unifier.resolve(unifier.fresh(name, axis)) for axis in range(rank)]
                shapes[name] = (sizes[0], Size.of(1)) if name in columns else tuple(sizes)
            try:
                program = self._attempt(shapes, unifier, columns)
            except Retry:
                continue
            return self._with_named_sizes(shapes, program)
        raise ModelError("the shapes cannot be inferred", None, hint="declare them: param W: d, h")

    def _free_names(self) -> dict[str, str]:
        """Names that nothing sets, in order of appearance: identifier -> spelling."""
        free: dict[str, str] = {}
        size_letters = set(self.declared.sizes)
        for _, expression in self.parsed:
            for piece in _walk(expression):
                if isinstance(piece, Reference) and piece.name != "π":
                    key = identifier(piece.name)
                    if (
                        key not in self.assigned
                        and key not in self.declared.constants
                        and key not in size_letters
                    ):
                        free.setdefault(key, piece.name)
        return free

    def _with_named_sizes(self, shapes: dict[str, tuple[Size, ...]], program: Program) -> Program:
        """Open sizes get names from what they belong to, and the text is read once more."""
        letters: dict[str, str] = {}
        for name, size in _namesakes(program, self.declared):
            letter = str(size)
            if letter.startswith(UNKNOWN) and letter not in letters:
                chosen = name
                while chosen in letters.values():
                    chosen += "_"
                letters[letter] = chosen
        mapping = {old: Size.letter(new) for old, new in letters.items()}
        return self._attempt({k: tuple(s.replace(mapping) for s in v) for k, v in shapes.items()}, Unifier())

    # -- one attempt --------------------------------------------------------------------------

    def _attempt(
        self, shapes: dict[str, tuple[Size, ...]], unifier: Unifier, columns: set[str] | None = None
    ) -> Program:
        table = NameTable()
        variables = self._variables(shapes, table)
        values: dict[str, Any] = {v.name.ascii: v.node for v in variables}
        self._add_sizes(values, variables)
        spelled = {v.name.text: v.name.ascii for v in variables}
        places = {v.name.text: v.place for v in variables if v.place is not None}
        scope = self._scope(values, spelled, places, unifier, columns, variables)
        equations: list[Equation] = []
        names: dict[Node, Any] = {v.node: v.name for v in variables}
        for statement, expression in self.parsed:
            self._check_head(statement, values)
            node = self._value(expression, scope)
            name = table.add(statement.head)
            equations.append(Equation(name, node, statement.place, names))
            names.setdefault(node, name)
            values[identifier(statement.head)] = node
            spelled[name.text] = name.ascii
            places[name.text] = statement.place
        outputs = self._outputs(equations)
        variables += self._upstreams(equations, table)
        self._check_facts(variables)
        return Program(
            tuple(variables),
            tuple(equations),
            outputs,
            dict(self.declared.constants),
            self.claims,
            self.source,
            self.text,
        )

    def _value(self, expression: Syntax, scope: Scope) -> Node:
        value = evaluate(expression, scope)
        try:
            return node_of(value)
        except Exception:
            raise ParseError("the right-hand side is no array", expression.place) from None

    def _variables(self, shapes: dict[str, tuple[Size, ...]], table: NameTable) -> list[Variable]:
        result: list[Variable] = []
        fixed = {letter: Size.of(value) for letter, value in self.declared.sizes.items()}
        for key, (shape, place, role) in self.declared.shapes.items():
            where = place or Place(shape, 1, 0, len(shape), f"shape of {self.declared.spelled[key]}")
            sizes = tuple(s.replace(fixed) for s in parse_shape(shape, where))
            result.append(self._variable(key, self.declared.spelled[key], sizes, role, table))
        if not self.declared.any_shape:
            for key, spelled in self._free_names().items():
                base = key[:1]
                role = "input" if base in DATA_LETTERS and len(key.rstrip("0123456789_")) <= 4 else "param"
                if role == "input" and base.lower() in ("y", "t"):
                    role = "target"
                result.append(self._variable(key, spelled, shapes[key], role, table))
        for key in self.declared.constants:
            facts = ["constant"] + (["positive"] if self.declared.constants[key] > 0 else [])
            name = table.add(self.declared.spelled[key])
            result.append(
                Variable(name, leaf(name.ascii, (), facts=facts), "const", self.declared.places.get(key))
            )
        return result

    def _variable(
        self, key: str, spelled: str, sizes: tuple[Size, ...], role: str, table: NameTable
    ) -> Variable:
        facts = self.declared.facts.get(key, [])
        dtype = "int" if any(f.startswith("index") for f in facts) else "real"
        name = table.add(spelled)
        return Variable(name, leaf(name.ascii, sizes, dtype, facts), role, self.declared.places.get(key))

    def _add_sizes(self, values: dict[str, Any], variables: list[Variable]) -> None:
        for letter, value in self.declared.sizes.items():
            values.setdefault(letter, value)
        for variable in variables:
            for size in variable.shape:
                for letter in size.letters:
                    values.setdefault(letter, Size.letter(letter))

    def _scope(
        self,
        values: dict[str, Any],
        spelled: dict[str, str],
        places: dict[str, Place],
        unifier: Unifier,
        columns: set[str] | None,
        variables: list[Variable],
    ) -> Scope:
        params = {v.name.ascii for v in variables if v.role == "param"}

        def look_up(name: str) -> Any:
            key = identifier(name)
            if name in values and key not in values:
                return values[name]
            if key in values:
                return values[key]
            if key in self.assigned:
                later = self.assigned[key].place
                raise _used_too_early(name, later)
            raise KeyError(name)

        def unify(a: Any, b: Any) -> None:
            if unifier.equate(a, b):
                raise Retry

        def column_bias(left: Syntax, right: Syntax, x: Any, y: Any) -> None:
            if columns is None:
                return
            for product, bias, matrix, vector in ((left, right, x, y), (right, left, y, x)):
                if (
                    isinstance(bias, Reference)
                    and isinstance(matrix, Node)
                    and isinstance(vector, Node)
                    and matrix.rank == 2
                    and vector.rank == 1
                    and identifier(bias.name) in params
                    and _starts_with(product, params)
                ):
                    columns.add(identifier(bias.name))
                    raise Retry

        return Scope(
            look_up,
            lambda: [*spelled, *(k for k in values if k not in spelled.values())],
            places,
            unify,
            column_bias,
        )

    def _check_head(self, statement: Statement, values: dict[str, Any]) -> None:
        head = statement.head
        key = identifier(head)
        if not head or any(c in head for c in " ()[]+*/@,.=") or head[0].isdigit():
            hint = "on the left of = stands one name"
            raise ParseError(f"'{head}' is no name", statement.head_place, hint=hint)
        if key in values:
            first = self.declared.places.get(key)
            if first is None and key in self.assigned:
                first = next(s.place for s in self.statements if identifier(s.head) == key)
            facts = [f"first set on line {first.line}: {first.line_text.strip()}"] if first else []
            hint = "give the second one a name of its own"
            raise ModelError(f"{head} is set twice", statement.head_place, facts, hint)

    # -- what is differentiated -----------------------------------------------------------------

    def _outputs(self, equations: list[Equation]) -> tuple[tuple[str, str | None], ...]:
        known = {e.name.ascii: e for e in equations}
        if self.declared.outputs:
            for name, _, place in self.declared.outputs:
                if name not in known:
                    raise unknown_name(name, place or equations[-1].place, [e.name.text for e in equations])  # type: ignore[arg-type]
            return tuple((name, upstream) for name, upstream, _ in self.declared.outputs)
        name, place = self.declared.loss or (equations[-1].name.ascii, equations[-1].place)
        if name not in known:
            raise unknown_name(name, place or equations[-1].place, [e.name.text for e in equations])  # type: ignore[arg-type]
        loss = known[name]
        if loss.node.shape and all(s.is_one for s in loss.node.shape):
            return ((name, None),)
        if loss.node.shape:
            shape = ", ".join(map(str, loss.node.shape))
            raise ShapeError(
                f"the loss {loss.name} is not a scalar, it has shape ({shape})",
                loss.place,
                hint=f"sum it: {loss.name} = Σ (…), or name an upstream gradient: output {loss.name}, d{loss.name}",
            )
        return ((name, None),)

    def _upstreams(self, equations: list[Equation], table: NameTable) -> list[Variable]:
        result: list[Variable] = []
        taken = {v: e for v, e in ((e.name.ascii, e) for e in equations)}
        for output, upstream, _ in self.declared.outputs:
            if upstream in self.declared.shapes:
                continue
            name = table.add(self.declared.spelled[upstream])
            result.append(Variable(name, leaf(name.ascii, taken[output].node.shape), "upstream"))
        return result

    def _check_facts(self, variables: list[Variable]) -> None:
        known = {v.name.ascii: v for v in variables}
        for key in self.declared.facts:
            place = self.declared.places.get("assume " + key)
            if key not in known and place is not None:
                raise unknown_name(key, place, [v.name.text for v in variables])


def _used_too_early(name: str, later: Place) -> ModelError:
    fact = f"{name} is set on line {later.line}: {later.line_text.strip()}"
    return ModelError(
        f"{name} is used before it is set", later, [fact], "put the equations in the order of computing"
    )


def _starts_with(product: Syntax, params: set[str]) -> bool:
    while isinstance(product, Binary) and product.operator in ("juxtaposition", "@"):
        product = product.left
    return isinstance(product, Reference) and identifier(product.name) in params


def _walk(expression: Syntax) -> list[Syntax]:
    """All pieces of an expression, in the order of reading."""
    found: list[Syntax] = []
    stack = [expression]
    while stack:
        piece = stack.pop()
        found.append(piece)
        children: list[Syntax] = []
        match piece:
            case Unary(operand=x) | SumOver(body=x) | Norm(body=x) | Transposed(body=x):
                children = [x]
            case Binary(left=a, right=b):
                children = [a, b]
            case Call(arguments=plain, named=named):
                children = [*plain, *(v for _, v in named)]
            case Method(receiver=receiver, arguments=plain, named=named):
                children = [receiver, *(plain or ()), *(v for _, v in named)]
            case Index(receiver=receiver, parts=parts):
                children = [receiver, *parts]
            case SliceSyntax(start=a, stop=b, step=c):
                children = [p for p in (a, b, c) if p is not None]
            case Listed(items=items):
                children = list(items)
        stack.extend(reversed(children))
    return found


def _namesakes(program: Program, declared: Declarations) -> list[tuple[str, Size]]:
    """(name for a size, size), the best names first: data, then results, then parameters.

    A vector names its size; a matrix of data names its last axis, or its first where the samples
    stand in columns (the axis that several of them share is n).
    """
    data = [(v.name.ascii, v.shape) for v in program.variables if v.role in ("input", "target")]
    results = [(e.name.ascii, e.node.shape) for e in program.equations]
    params = [(v.name.ascii, v.shape) for v in program.variables if v.role == "param"]
    matrices = [shape for _, shape in data + results if len(shape) == 2]
    shared = [
        s
        for s in {s: None for shape in matrices for s in shape}
        if sum(s in m for m in matrices) == len(matrices)
    ]
    found: list[tuple[str, Size]] = []
    if len(matrices) > 1 and shared:
        found.append(("n", shared[0]))
    for name, shape in data + results + params:
        word = name.removesuffix("_")
        if len(shape) == 1:
            found.append((f"n_{word}", shape[0]))
        elif len(shape) == 2:
            found.append((f"n_{word}", shape[1]))
            found.append((f"m_{word}", shape[0]))
    return found
