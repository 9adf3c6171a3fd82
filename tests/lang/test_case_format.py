"""Cases that have not the format of cases are refused with the key that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from symbp.errors import ModelError, SymbpError
from symbp.evidence.collection import read_collection
from symbp.evidence.verifying import verify_case
from symbp.lang.case_format import check_case

CASE: dict[str, Any] = {
    "id": "square",
    "inputs": {"x": "n"},
    "dims": {"n": 3},
    "forward": ["L = sum(x**2)"],
    "loss": "L",
    "claims": {"x": ["2*x"]},
}
WRONG: dict[str, list[Any]] = {
    "inputs": [["x"], {"x": 3}, {"x": ["n"]}, None, {"": "n"}],
    "dims": [[3], {"n": "3"}, {"n": 1.5}, {"n": True}],
    "fixed_dims": ["n", [1]],
    "constants": [{"c": "three"}, {"c": [1]}, ["c"]],
    "domain": [["x"], {"x": 3}],
    "forward": [3, [["L"]], None],
    "loss": [3],
    "output": ["L", 3],
    "outputs": [["L"], {"L": "g"}, [{"output": "L"}]],
    "claims": [["2*x"], {"x": 3}, "2*x", None],
}


def test_a_case_as_it_should_be() -> None:
    check_case(CASE)
    assert verify_case(CASE).report.verdicts["x"].status == "proved"


@pytest.mark.parametrize(("key", "value"), [(k, v) for k, values in WRONG.items() for v in values])
def test_the_wrong_key_is_named(key: str, value: Any, tmp_path: Path) -> None:
    case = {**CASE, key: value}
    with pytest.raises(ModelError, match="case square") as raised:
        check_case(case)
    assert f"'{key}'" in str(raised.value)
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([CASE, case]), encoding="utf-8")
    with pytest.raises(SymbpError, match=key):
        read_collection(file)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"claims": {"q": ["2*x"]}}, "q is not defined"),
        ({"claims": {"x": ["2*y"]}}, "the claim cannot be read: y is not defined"),
        ({"claims": {"x": [""]}}, "the claim is empty"),
        ({"forward": ["L = sum(x @ ones((3, 3)))"]}, "the forward lines cannot be read"),
        ({"domain": {"x": "purple"}}, "no fact"),
        ({"constants": {"c": float("nan")}}, "no number"),
        ({"loss": "M"}, "M is not defined"),
        ({"fixed_dims": ["q"]}, "q"),
    ],
)
def test_what_cannot_be_read_is_neither_right_nor_wrong(change: dict[str, Any], said: str) -> None:
    (verdict,) = verify_case({**CASE, **change}).report.verdicts.values()
    assert (verdict.status, verdict.method) == ("undecided", "reading")
    assert said in verdict.detail


def test_an_ill_typed_claim_is_wrong() -> None:
    verdict = verify_case({**CASE, "claims": {"x": ["2*x @ ones((3, 3, n + 1))"]}}).report.verdicts["x"]
    assert (verdict.status, verdict.method) == ("refuted", "shape")


def test_a_whole_constant_may_be_a_count() -> None:
    case = {
        **CASE,
        "inputs": {"x": "n,6"},
        "constants": {"g": 2},
        "forward": ["y = x.reshape(n, g, 6//g)", "L = sum(sum(y, axis=2)**2)"],
        "claims": {"x": ["np.repeat(2*sum(y, axis=2), 6//g, axis=1)"]},
    }
    assert verify_case(case).report.verdicts["x"].is_right
    wrong = {**case, "claims": {"x": ["np.repeat(g*g*sum(y, axis=2), 6//g, axis=1)"]}}
    assert verify_case(wrong).report.verdicts["x"].status == "refuted"
