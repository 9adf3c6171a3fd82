"""One file, and many files over the cores: rows of findings.  What cannot be read never stops the rest."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from symbp.audit.find import Pair, find_pairs
from symbp.audit.pairs import Outcome, PairAudit
from symbp.audit.severity import UNKNOWN, WRONG
from symbp.audit.vocabulary import VOCABULARY
from symbp.audit.ways import Hints
from symbp.errors import OutputError, SymbpError
from symbp.evidence.verdict import REFUTED
from symbp.files import read_text
from symbp.lang.code.modules import Module, read_module
from symbp.lang.code.values import Imported, Scope

PAIR_SECONDS = 6.0
FILE_SECONDS = 1.9
"""For reading a file with what it imports; each pair has its own time."""
AGAIN = 0.5
"""After which the end of a time is said once more: what is raised while an object is freed is lost."""
MOST_IMPORTED = 60
"""Files that are read for the sake of one."""
LIBRARIES = {"numpy", "scipy", "math", "random", "copy", "typing", "torch", "tensorflow", "keras"}
SKIPPED = {".git", "__pycache__", ".venv", "venv", "node_modules", "site-packages", "build", "dist", ".tox"}


CHARACTERS = re.compile(r"^(?:n_?)?(?:chars?|classes|words)_?(?:size|count|num)$|^num_?classes$", re.I)
COUNTED = re.compile(r"^(?:data|inputs?|outputs?|n|num|features?|train)_(?:size|dim|count|features|samples)$")
"""What sizes of data are called."""
LACKING = re.compile(
    r"is not imported|takes \d+ arguments?, not|an object of class \w+ has no attribute|"
    r"only its caller knows|there is no function \w+$"
)
"""What a file itself lacks, so that no shapes help."""


class Expired(BaseException):
    """The time for one pair is over.  No Exception, so that nothing on the way takes it for one."""


@dataclass(frozen=True)
class Row:
    """What is said of one claimed gradient, or of a pair or file that could not be read."""

    file: str
    line: int
    symbol: str
    gradient: str
    status: str
    """proved, holds, refuted, undecided, or unread."""
    severity: str
    reason: str
    method: str = ""
    condition: str = ""
    reading: str = ""
    """Under which layout and sizes."""


def python_files(paths: Sequence[str]) -> list[Path]:
    """The Python files among and below the paths, in order.  OutputError where a path is not there."""
    found: dict[Path, None] = {}
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise OutputError(
                f"there is no file or folder {text}", hint="name a Python file or a folder that is there"
            )
        if path.is_file():
            found[path] = None
            continue
        for folder, names, files in os.walk(path):
            names[:] = sorted(n for n in names if n not in SKIPPED and not n.startswith("."))
            found.update(dict.fromkeys(Path(folder) / f for f in sorted(files) if f.endswith(".py")))
    return list(found)


def audit_files(
    files: Sequence[Path],
    hints: Hints,
    progress: Callable[[int, int], None] = lambda done, total: None,
    jobs: int | None = None,
    symbol: str | None = None,
) -> list[Row]:
    """The rows of all files, in the order of the files."""
    workers = min(jobs or os.cpu_count() or 1, len(files))
    if workers <= 1:
        rows: list[Row] = []
        for at, file in enumerate(files):
            rows += audit_file(file, hints, symbol)
            progress(at + 1, len(files))
        return rows
    found: dict[int, list[Row]] = {}
    with ProcessPoolExecutor(workers) as pool:
        waiting = {pool.submit(audit_file, file, hints, symbol): at for at, file in enumerate(files)}
        for done, future in enumerate(as_completed(waiting), start=1):
            at = waiting[future]
            error = future.exception()
            found[at] = (
                [_unread(files[at], 1, "", f"the reader stopped: {error}")] if error else future.result()
            )
            progress(done, len(files))
    return [row for at in sorted(found) for row in found[at]]


def audit_file(file: Path, hints: Hints, symbol: str | None = None) -> list[Row]:
    """The rows of one file."""
    try:
        with _bounded(FILE_SECONDS):
            module = load(file)
            pairs = [
                p for p in find_pairs(module) if symbol is None or symbol in (p.symbol, p.owner, p.backward)
            ]
    except SymbpError as error:
        return [_unread(file, error.place.line if error.place else 1, "", error.reason)]
    except Expired:
        return [_unread(file, 1, "", f"not read within {FILE_SECONDS:g} s")]
    except RecursionError:
        return [_unread(file, 1, "", "nested too deeply to be read")]
    rows: list[Row] = []
    for pair in pairs:
        rows += _rows(file, pair, outcome_of(pair, module, hints))
    return rows


def outcome_of(pair: Pair, module: Module, hints: Hints) -> Outcome | str:
    """What became of a pair, with the proofs for which there was time; a sentence where nothing did."""
    audit = PairAudit(pair, module, hints)
    try:
        with _bounded(PAIR_SECONDS):
            return audit.run()
    except Expired:
        return audit.so_far() or f"not decided within {PAIR_SECONDS:g} s"
    except RecursionError:
        return "nested too deeply to be read"
    except Exception as error:  # one pair never stops the others
        return f"the reader stopped: {type(error).__name__}: {error}"


class _bounded:  # noqa: N801 - reads as a statement
    """Expired after some seconds of this process's own work, where the platform has timers."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()

    def __enter__(self) -> None:
        if self.usable:
            self.before = signal.signal(signal.SIGPROF, _expire)
            signal.setitimer(signal.ITIMER_PROF, self.seconds, AGAIN)

    def __exit__(self, *details: Any) -> None:
        if self.usable:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, self.before)


def _expire(number: int, frame: FrameType | None) -> None:
    raise Expired


# -- reading --------------------------------------------------------------------------------------


def load(file: Path) -> Module:
    """A file as a module, with the modules beside it that it imports."""
    return _load(file, {}, {})


def _load(file: Path, scopes: dict[Path, Scope], beside: dict[tuple[str, str], Imported]) -> Module:
    """`scopes` holds what is defined by the files that have been read, or are being read."""
    text = read_text(file)
    scopes[file] = Scope()
    for written in dict.fromkeys(_imported(text)):
        other = _beside(file, written)
        if other is None:
            continue
        if other not in scopes and len(scopes) < MOST_IMPORTED:
            with contextlib.suppress(SymbpError, RecursionError):
                _load(other, scopes, beside)
        if other in scopes:
            beside[str(file), written] = Imported(written, scopes[other].names)
    return read_module(text, str(file), beside, scopes[file], assumed_size)


def assumed_size(name: str) -> int | None:
    """A small number for a size that only the author's data tell: vocab_size, data_size."""
    if VOCABULARY.search(name) or CHARACTERS.search(name):
        return 5
    return 7 if COUNTED.search(name) else None


def _imported(text: str) -> Iterator[str]:
    """The modules that a text may import, as it writes them: `layers`, `common.util`, `..base`."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            written = "." * node.level + (node.module or "")
            yield written
            yield from (written + "." * (not written.endswith(".")) + a.name for a in node.names)


def _beside(file: Path, written: str) -> Path | None:
    """The file that an import means: beside the importing one or above it; none of a library."""
    bare = written.lstrip(".")
    level = len(written) - len(bare)
    steps = bare.split(".") if bare else []
    if steps and not level and steps[0] in LIBRARIES:
        return None
    above = [file.parent, *file.parent.parents]
    for folder in above[level - 1 : level] if level else above[:4]:
        place = folder.joinpath(*steps)
        for candidate in (place.with_suffix(".py") if steps else None, place / "__init__.py"):
            if candidate is not None and candidate.is_file() and candidate != file:
                return candidate
    return None


# -- rows -----------------------------------------------------------------------------------------


def _unread(file: Path, line: int, symbol: str, reason: str) -> Row:
    return Row(str(file), line, symbol, "", "unread", UNKNOWN, reason)


def _rows(file: Path, pair: Pair, outcome: Outcome | str) -> Iterable[Row]:
    if isinstance(outcome, str):
        return [_unread(file, pair.line, pair.symbol, outcome)]
    if outcome.lost is not None:
        words, line = str(outcome.lost), outcome.lost.line
        return [Row(str(file), line, pair.symbol, "", REFUTED, WRONG, words, "reading")]
    if outcome.judged is None:
        error = outcome.error
        line = error.place.line if error is not None and error.place is not None else pair.line
        reason = error.reason if error is not None else "no gradient is recognised in what backward leaves"
        return [_unread(file, line, pair.symbol, reason + (_asked(error)))]
    judged = outcome.judged
    sizes = judged.attempt.sizes
    numbers = ", ".join(f"{k} = {v}" for k, v in sizes.numbers.items() if k in judged.attempt.layout.x)
    under = f"x: {judged.attempt.layout.x or 'scalar'}" + (f" at {numbers}" if numbers else "")
    rows = []
    for f in judged.findings:
        condition = judged.conditions.get(f.claim.target, "")
        rows.append(
            Row(
                str(file),
                line_of(pair, f.claim.name),
                pair.symbol,
                f.claim.name,
                f.verdict.status,
                f.severity,
                f.reason,
                f.verdict.method,
                condition,
                under,
            )
        )
    return rows


def _asked(error: SymbpError | None) -> str:
    """What could be said to help: nothing where the file itself lacks something."""
    if error is None or LACKING.search(error.reason):
        return ""
    return '; say more with --shapes "x: n,d" or --init "name=d"'


def _is_owned(attribute: ast.Attribute, owner: str, pair: Pair) -> bool:
    """Where several tensors have gradients: whether it is that of this one."""
    return pair.kind != "closure" or getattr(attribute.value, "id", "") == owner


def line_of(pair: Pair, name: str) -> int:
    """The last line of backward that sets a gradient of this name; else its last return."""
    owner, _, last = name.rpartition(".")
    body = pair.back.body if isinstance(pair.back.body, list) else []
    pieces = [n for s in body for n in ast.walk(s)]
    found = 0
    for node in pieces:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AugAssign)
            else []
        )
        for target in targets:
            if any(
                (isinstance(p, ast.Name) and p.id == last)
                or (isinstance(p, ast.Attribute) and p.attr == last and _is_owned(p, owner, pair))
                or (isinstance(p, ast.Constant) and p.value == last)
                for p in ast.walk(target)
            ):
                found = max(found, getattr(node, "lineno", found))
    returns = [n.lineno for n in pieces if isinstance(n, ast.Return)]
    return found or max(returns, default=pair.line)
