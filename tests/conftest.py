"""Goldens: files that hold what has to come out, rewritten by `pytest --update`."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the goldens, then read the diff")


@pytest.fixture
def compare_or_update(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a golden, byte for byte; with --update, write the golden."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            return
        wanted = path.read_text(encoding="utf-8") if path.exists() else ""
        if text != wanted:
            pytest.fail(difference(path, wanted, text, request.node.nodeid), pytrace=False)

    return compare


def difference(path: Path, wanted: str, found: str, test: str) -> str:
    """A unified diff and the command that accepts it."""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    lines = difflib.unified_diff(
        wanted.splitlines(), found.splitlines(), f"{name} (golden)", f"{name} (found)", lineterm=""
    )
    return "\n".join(
        [*lines, "", "if the new text is right, accept it with:", f"    pytest --update '{test}'"]
    )
