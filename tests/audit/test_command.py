"""symbp audit and symbp verify --symbol, as they are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symbp.cli import main

RIGHT = """import numpy as np
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
"""
WRONG = RIGHT.replace("dout @ self.W.T", "-dout @ self.W.T")
CLAIMS = """import numpy as np
def forward(X, Y, W):
    E = X @ W - Y
    return np.sum(E**2), (X, E)
def backward(cache):
    X, E = cache
    return {"dW": FACTOR * X.T @ E}
"""
MODEL = "input X: n, d; target Y: n, k; param W: d, k; L = sum((X@W - Y)**2)"


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_right_and_wrong_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", written(tmp_path, "right.py", RIGHT)]) == 0
    assert main(["audit", written(tmp_path, "wrong.py", WRONG)]) == 1
    said = capsys.readouterr().out
    assert "wrong.py:10" in said
    assert "the sign is wrong" in said


def test_what_cannot_be_read_does_not_stop_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, "a.py", "class A(:")
    (tmp_path / "b.py").write_bytes(b"\xff\xfe\x00")
    written(tmp_path, "c.py", RIGHT)
    assert main(["audit", str(tmp_path), "--json", "--jobs", "2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert [r["status"] for r in found["results"]] == ["unread", "unread", "proved", "proved"]


def test_markdown_shows_the_wrong_ones_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", written(tmp_path, "wrong.py", WRONG), "--markdown"]) == 1
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert "**wrong**" in rows[2]


def test_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_shapes_and_arguments_can_be_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "right.py", RIGHT)
    assert main(["audit", path, "--shapes", "x: n, 4", "--init", "n_in=4; n_out=3"]) == 0
    assert "2 right" in capsys.readouterr().out


def test_one_pair_in_full(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", written(tmp_path, "wrong.py", WRONG), "--symbol", "Dense"]) == 1
    said = capsys.readouterr().out
    assert "line 10: return -dout @ self.W.T" in said
    assert "corrected: dx = dout @ W.T" in said


def test_a_pair_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", written(tmp_path, "right.py", RIGHT), "--symbol", "Conv"]) == 2
    assert "pairs: Dense" in capsys.readouterr().err


@pytest.mark.parametrize(("factor", "status"), [("2", 0), ("1", 1)])
def test_claims_in_functions(tmp_path: Path, factor: str, status: int) -> None:
    path = written(tmp_path, "claims.py", CLAIMS.replace("FACTOR", factor))
    assert main(["verify", MODEL, path]) == status


LOOKUP = """import numpy as np
class Lookup:
    def __init__(self, v, d):
        self.W = np.random.randn(v, d)
    def forward(self, which):
        self.which = which
        return self.W[which]
    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        np.add.at(self.dW, self.which, dout)
"""


def test_integers_are_said_with_their_bound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "lookup.py", LOOKUP)
    assert main(["audit", path, "--shapes", "which: n,t | index v"]) == 0
    assert "dW  right" in capsys.readouterr().out
    path = written(
        tmp_path,
        "lookup.py",
        LOOKUP.replace("np.add.at(self.dW, self.which, dout)", "self.dW[self.which] = dout"),
    )
    assert main(["audit", path, "--shapes", "which: n,t | index v"]) == 1
    assert "wrong" in capsys.readouterr().out


def test_a_gradient_returned_and_kept_is_one_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = """import numpy as np
class Square:
    def forward(self, inputs):
        self.inputs = inputs
        return inputs ** 2
    def backward(self, dvalues):
        self.dinputs = 2 * self.inputs * dvalues
        return self.dinputs
"""
    assert main(["audit", written(tmp_path, "kept.py", kept)]) == 0
    assert "\n1 right" in capsys.readouterr().out


def test_no_shapes_are_asked_for_where_the_file_lacks_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking = """import numpy as np
from elsewhere import Statistics
class Scaled:
    def forward(self, x):
        self.x = x
        return x * Statistics.scale(x)
    def backward(self, dout):
        return dout * Statistics.scale(self.x)
"""
    main(["audit", written(tmp_path, "lacking.py", lacking)])
    said = capsys.readouterr().out
    assert "is not imported" in said
    assert "--shapes" not in said


BACKEND = """import os
if os.getenv("ARRAYS") == "cupy":
    import cupy as xp
else:
    import numpy as xp
for name in dir(xp):
    if name not in globals():
        globals()[name] = getattr(xp, name)
"""
CENTRED = """import arrays as ar
class Centred:
    def forward(self, x):
        return x - ar.mean(x, axis=1, keepdims=True)
    def backward(self, dout):
        return dout - ar.GRADIENT(dout, axis=1, keepdims=True)
"""


@pytest.mark.parametrize(("gradient", "status"), [("mean", 0), ("sum", 1)])
def test_numpy_under_the_name_of_a_module_beside(tmp_path: Path, gradient: str, status: int) -> None:
    written(tmp_path, "arrays.py", BACKEND)
    path = written(tmp_path, "centred.py", CENTRED.replace("GRADIENT", gradient))
    assert main(["audit", path]) == status
