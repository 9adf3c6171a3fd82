"""The command line as a shell sees it: output, exit status, and what is left behind."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from symbp.cli import main
from symbp.commands import derivation, verdicts
from symbp.evidence.verdict import Report, Verdict
from symbp.files import model_names
from tests.lang.articles import LAYERS, NEEDS_THE_WRONG_LINE, PACKED, TWO_SECTIONS, UNREAD, UNSPECIFIED

MODEL = "h = σ(Wx+b); ŷ = Vh + c; L = Σ(y−ŷ)²"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONDONTWRITEBYTECODE": "1"}


def shell(*arguments: str, given: bytes = b"", **more: str) -> subprocess.CompletedProcess[bytes]:
    """`symbp` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "symbp", *arguments],
        input=given,
        capture_output=True,
        env={**ENVIRONMENT, **more},
        timeout=60,
        check=False,
    )


def test_derive_as_typed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", MODEL]) == 0
    printed = capsys.readouterr()
    assert "∂L/∂W = δ_h xᵀ" in printed.out
    assert printed.err == ""
    assert "\x1b" not in printed.out


@pytest.mark.parametrize("name", model_names())
@pytest.mark.parametrize("form", ["matrix", "both"])
def test_every_model_is_derived(name: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", name, "--form", form]) == 0
    assert "∂" in capsys.readouterr().out


def test_wrt(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", MODEL, "--wrt", "x, h"]) == 0
    printed = capsys.readouterr().out
    assert "∂L/∂x =" in printed
    assert "∂L/∂W" not in printed.split("Gradients")[1]


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", MODEL, "--format", "json"]) == 0
    json.loads(capsys.readouterr().out)


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(MODEL.encode())))
    assert main(["derive", "-"]) == 0
    assert "∂L/∂W" in capsys.readouterr().out


def test_a_file_comes_before_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "digits").write_text("L = (q − y)²", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["derive", "digits"]) == 0
    assert "∂L/∂q" in capsys.readouterr().out


def test_models_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == model_names()
    assert main(["models", "add_multiply"]) == 0
    assert "f = q z" in capsys.readouterr().out


def test_output_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.txt"
    target.write_text("before", encoding="utf-8")
    assert main(["derive", MODEL, "-o", str(target)]) == 0
    assert capsys.readouterr().out == ""
    assert "∂L/∂W" in target.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("before", encoding="utf-8")
    assert main(["derive", "L = Σ (", "-o", str(target)]) == 2
    assert target.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x80"])
def test_a_file_that_is_no_text(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.eq").write_bytes(content)
    assert main(["derive", str(tmp_path / "model.eq")]) == 2
    assert "is no UTF-8 text (line 1)" in capsys.readouterr().err


def test_a_folder_is_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_mistake_of_ours_has_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: object) -> int:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(derivation, "run_derive", fail)
    assert main(["derive", MODEL]) == 2
    printed = capsys.readouterr().err
    assert "ZeroDivisionError: planted" in printed
    assert "Traceback" not in printed
    assert main(["derive", MODEL, "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["deriv", MODEL], ["derive"], ["derive", MODEL, "--form", "x"]])
def test_a_wrong_command_line_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage: symbp")


# -- in a process of its own ----------------------------------------------------------------------


def test_help_imports_nothing_heavy() -> None:
    program = "import sys, symbp.cli\nsymbp.cli.parser().format_help()\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=True,
        timeout=60,
    )
    assert not {"sympy", "numpy", "lark", "jinja2", "symbp.pipeline"} & set(done.stdout.split())


def test_derive_loads_neither_evidence_nor_templates() -> None:
    program = (
        "import sys, symbp.cli\nassert symbp.cli.main(['derive', 'add_gate']) == 0\n"
        "print(*(m for m in sys.modules if m.startswith(('symbp.evidence', 'jinja2'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[-1] == ""


def test_a_reader_that_has_seen_enough() -> None:
    """`symbp derive … | head -1` ends without a message."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "symbp", "models"],
        stdout=write,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        timeout=60,
    )
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == 0


def test_the_verdict_outlives_its_reader() -> None:
    """`symbp verify … | head -1` has the exit status of the verdict, also where nobody reads errors."""
    read, write = os.pipe()
    os.close(read)
    for arguments, status in (
        (["verify", "param x: n; L = sum(x**2)", "dx = x"], 1),
        (["derive", "no such model"], 2),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "symbp", *arguments],
            stdout=write,
            stderr=write,
            env=ENVIRONMENT,
            timeout=60,
        )
        assert done.returncode == status
    os.close(write)


def test_closed_streams_lead_nowhere() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "symbp", "models"], preexec_fn=_close_output, env=ENVIRONMENT, timeout=60
    )
    assert done.returncode == 0


def _close_output() -> None:
    os.close(1)
    os.close(2)


def test_output_is_utf8_whatever_the_locale() -> None:
    done = shell("derive", "-", given=MODEL.encode(), LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "∂L/∂W" in done.stdout.decode("utf-8")


def test_output_does_not_depend_on_the_hash_seed() -> None:
    outputs = {
        shell("derive", "transformer_block", "--form", "both", PYTHONHASHSEED=seed).stdout for seed in "01234"
    }
    assert len(outputs) == 1
    assert outputs != {b""}


def test_errors_go_to_standard_error() -> None:
    done = shell("derive", "L = Σ (")
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr


# -- verdicts -------------------------------------------------------------------------------------


def test_check_prints_the_chain_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", MODEL]) == 0
    printed = capsys.readouterr().out
    assert "∂L/∂W = ∂L/∂ŷ · ∂ŷ/∂h · ∂h/∂W\n  proved" in printed
    assert printed.endswith("all 4 gradients are right\n")


def test_check_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "add_multiply", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert [r["name"] for r in found["results"]] == ["x", "y", "z"]
    assert {"case", "name", "status", "method", "bits", "needs", "counterexample", "hints"} <= set(
        found["results"][0]
    )


def test_a_verdict_that_is_not_right_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = Report({"W": Verdict("refuted", "exact evaluation", hints=("the sign is wrong",))})
    monkeypatch.setattr(verdicts, "check", lambda derivation: wrong)
    assert main(["check", MODEL]) == 1
    assert "hint: the sign is wrong" in capsys.readouterr().out
    assert main(["check", MODEL, "--json"]) == 1


def test_an_article_with_several_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "article.md"
    path.write_text(TWO_SECTIONS, encoding="utf-8")
    assert main(["verify", str(path)]) == 1
    printed = capsys.readouterr().out
    assert printed.endswith("2 models, 7 claims: 6 right, 1 refuted\nnot right: line 4\n")
    assert main(["verify", str(path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [r["line"] for r in found["results"] if r["status"] == "refuted"] == [4]
    for options in ([], ["--steps"], ["--lang", "ko"], ["--format", "markdown"], ["--format", "html"]):
        assert main(["derive", str(path), *options]) == 0
        page = capsys.readouterr().out
        assert page.index("∂L/∂W" if "html" not in options and "markdown" not in options else "W") > 0
    assert main(["derive", str(path)]) == 0
    page = capsys.readouterr().out
    assert page.index("Model 1: line 2") < page.index("Model 2: line 8")


def test_the_derivation_of_an_article_with_an_unequal_chain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "article.md"
    path.write_text(TWO_SECTIONS.replace(r"= \frac12 (\hat", r"= \frac13 (\hat"), encoding="utf-8")
    assert main(["derive", str(path)]) == 2
    assert "this is not what L is set to before" in capsys.readouterr().err


PAIR = """import numpy as np

def forward(x, w, b):
    out = x @ w + b
    return out, (x, w)

def backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
"""


def test_a_python_file_is_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "affine.py"
    path.write_text(PAIR, encoding="utf-8")
    assert main(["derive", str(path)]) == 0
    assert "∂L/∂w = xᵀ dout    d × h" in capsys.readouterr().out
    assert main(["derive", str(path), "--shapes", "x: rows,4; w: 4,k; b: k"]) == 0
    assert "∂L/∂w = xᵀ dout    4 × k" in capsys.readouterr().out


def test_a_python_file_with_both_functions_is_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "affine.py"
    path.write_text(PAIR, encoding="utf-8")
    assert main(["verify", str(path)]) == 0
    assert "dw: right (proved, normal form)" in capsys.readouterr().out
    path.write_text(PAIR.replace("x.T @ dout", "2 * x.T @ dout"), encoding="utf-8")
    assert main(["verify", str(path), "--json"]) == 1
    results = json.loads(capsys.readouterr().out)["results"]
    assert [r["status"] for r in results] == ["proved", "refuted", "proved"]


def test_lines_that_are_not_read_stand_in_the_notes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "article.md"
    path.write_text(NEEDS_THE_WRONG_LINE, encoding="utf-8")
    assert main(["derive", str(path)]) == 0
    assert r"Line 1 is not read: \foo: '\foo' is not known" in capsys.readouterr().out
    assert main(["derive", str(path), "--document"]) == 0
    assert "foo is not known" in capsys.readouterr().out.replace("'", "").replace("foo: ", "")


@pytest.mark.parametrize("text", [UNSPECIFIED, PACKED, LAYERS, UNREAD])
def test_documents_of_articles_are_plain_latex(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every letter is one that pdflatex knows."""
    path = tmp_path / "article.md"
    path.write_text(text, encoding="utf-8")
    assert main(["derive", str(path), "--steps", "--document"]) == 0
    page = capsys.readouterr().out
    assert page.isascii()
    assert page.count("{") == page.count("}")
