"""Every error message, word for word.

A file in messages/ holds the input, a line of dashes and the message.  The input is a model, or a
command line that starts with `$ symbp`; it runs in a folder with a file model.eq that has a mistake.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import symbp
from symbp.cli import main
from symbp.errors import SymbpError
from symbp.lang.read import read_equations

FOLDER = Path(__file__).parent / "messages"
DASHES = "\n----\n"
FAULTY_MODEL = "input x: n\nparam W: k, n\nL = Σ x W\n"
PACKAGE = Path(symbp.__file__).parent
NEVER_SHOWN = {"time_lift.py"}
"""Its errors are caught: what cannot be done for all steps at once is done step by step."""
FILES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_message(
    path: Path,
    compare_or_update: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = path.read_text(encoding="utf-8").split(DASHES)[0]
    if given.startswith("$ symbp"):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "model.eq").write_text(FAULTY_MODEL, encoding="utf-8")
        message = message_of_command(given, capsys)
        assert [p.name for p in tmp_path.iterdir()] == ["model.eq"]
    else:
        message = message_of_model(given)
    compare_or_update(path, f"{given}{DASHES}{message}\n")


def message_of_model(text: str) -> str:
    with pytest.raises(SymbpError) as caught:
        read_equations(text, "model.eq")
    return str(caught.value)


def message_of_command(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What stands on standard error; nothing stands on standard output, and the status is 2."""
    assert main(shlex.split(line)[2:]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "internal error" not in output.err
    return output.err.rstrip("\n")


def test_every_error_is_raised_with_a_suggestion() -> None:
    """A hint stands beside every reason; those of operands may come from the call (Function.hint)."""
    kinds = {kind.__name__ for kind in SymbpError.__subclasses__()} | {"SymbpError"}
    found = [
        f"{path.name}, line {call.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name not in NEVER_SHOWN
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in kinds
        if len(call.args) < 4 and "hint" not in {k.arg for k in call.keywords}
    ]
    assert found == []


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_every_message_says_what_to_do(path: Path) -> None:
    assert "\n    hint: " in path.read_text(encoding="utf-8")
