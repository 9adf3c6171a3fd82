"""What the README shows is what comes out.  `pytest --update` pastes it anew."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import symbp
from symbp.cli import main

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CONSOLE = re.compile(r"^```console\n(\$ symbp [^\n]*)\n(.*?)^```$", re.M | re.S)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
EXCERPT = "fully_connected"


def test_commands_print_what_is_shown(
    compare_or_update: Callable[[Path, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def printed(match: re.Match[str]) -> str:
        main(shlex.split(match.group(1))[2:])
        output = capsys.readouterr()
        return f"```console\n{match.group(1)}\n{output.out}{output.err}```"

    text = README.read_text(encoding="utf-8")
    assert len(CONSOLE.findall(text)) >= 4
    excerpt = f"```python\n{middle_of_generated_file()}```"
    text = CONSOLE.sub(printed, text)
    compare_or_update(README, text.replace(PYTHON.search(text).group(), excerpt, 1))  # type: ignore[union-attr]


def middle_of_generated_file() -> str:
    """From `def forward` to the end of `backward`."""
    source = (ROOT / "generated" / f"{EXCERPT}.py").read_text(encoding="utf-8")
    start = source.index("def forward")
    return source[start : source.index("\n\n\n", source.index("def backward"))] + "\n"


def test_python_block_runs() -> None:
    """The lines of the last Python block, with what their comments promise."""
    block = PYTHON.findall(README.read_text(encoding="utf-8"))[-1]
    assert block.startswith("import symbp\n")
    names: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102
    assert names["report"].verdicts["W"].status == "proved"  # type: ignore[attr-defined]
    assert "def backward" in str(names["source"])


def test_first_blocks_are_one_command_line_each() -> None:
    blocks = re.findall(r"^```\w*\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
    assert [block.count("\n") for block in blocks[:2]] == [1, 1]
    assert "symbp derive" in blocks[0]
    assert "pytest" in blocks[1]


def test_what_python_users_print() -> None:
    """print() gives what the command line gives; repr() is one line."""
    program = symbp.parse("L = ‖y − W x‖²")
    derivation = symbp.derive(program)
    assert repr(program) == "<Program of L with y, W, x>"
    assert str(program) == "L = ‖y − W x‖²"
    assert repr(derivation) == "<Derivation of L by W>"
    assert str(derivation) == derivation.text()
    report = symbp.verify(program, {"W": "outer(W @ x - y, x)"})
    assert str(report).splitlines()[0] == "W: refuted by counterexample"
