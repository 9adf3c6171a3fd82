"""The pages under docs/: commands print what is shown, code runs, pictures are those of today.

`pytest --update` pastes the output anew.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from symbp.cli import main

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
CONSOLE = re.compile(r"^```console\n(\$ symbp [^\n]*)\n(.*?)^```$", re.M | re.S)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)#:]+)[^)]*\)|src=\"([^\"]+)\"")
LARGEST_PICTURE = 100_000
PICTURES = {
    "three_layer_regression.svg": ["three_layer_regression"],
    "two_two_two.svg": ["two_two_two", "--values", str(ROOT / "examples" / "two_two_two.values")],
    "transformer_block.svg": ["transformer_block"],
}
"""What `symbp graph` draws."""


@pytest.mark.parametrize("page", ["tutorial.md", "gallery.md", "language.md", "audit.md"])
def test_commands_print_what_is_shown(
    page: str,
    compare_or_update: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def printed(match: re.Match[str]) -> str:
        main(shlex.split(match.group(1))[2:])
        output = capsys.readouterr()
        return f"```console\n{match.group(1)}\n{output.out}{output.err}```"

    monkeypatch.chdir(ROOT)
    text = (DOCS / page).read_text(encoding="utf-8")
    assert len(CONSOLE.findall(text)) >= 2
    compare_or_update(DOCS / page, CONSOLE.sub(printed, text))


def test_the_tutorial_trains_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    names: dict[str, object] = {}
    blocks = PYTHON.findall((DOCS / "tutorial.md").read_text(encoding="utf-8"))
    assert len(blocks) >= 6
    for number, block in enumerate(blocks):
        exec(compile(block, f"tutorial.md, block {number + 1}", "exec"), names)  # noqa: S102
    assert (tmp_path / "ring.py").exists()


def test_the_audited_layer_is_that_of_the_file() -> None:
    shown = re.search(r"^```py\n(.*?)^```$", (DOCS / "audit.md").read_text(encoding="utf-8"), re.M | re.S)
    assert shown is not None
    assert (ROOT / "examples" / "layers.py").read_text(encoding="utf-8").endswith(shown.group(1))


@pytest.mark.parametrize("picture", PICTURES)
def test_graphs_are_those_of_today(
    picture: str, compare_or_update: Callable[[Path, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["graph", *PICTURES[picture]]) == 0
    compare_or_update(DOCS / "pictures" / picture, capsys.readouterr().out)


@pytest.mark.parametrize("page", sorted(p.name for p in DOCS.glob("*.md")))
def test_links_lead_somewhere(page: str) -> None:
    text = CONSOLE.sub("", (DOCS / page).read_text(encoding="utf-8"))
    for target in filter(None, (a or b for a, b in LINK.findall(text))):
        assert (DOCS / target).exists(), target


def test_pictures_are_small() -> None:
    for picture in (DOCS / "pictures").iterdir():
        assert picture.stat().st_size < LARGEST_PICTURE, picture.name
