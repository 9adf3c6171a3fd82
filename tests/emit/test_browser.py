"""Every page in a browser, as wide as a phone and as a desk: all formulas show, nothing runs out."""

from __future__ import annotations

from pathlib import Path

import pytest

import symbp
from symbp.emit.derivation_page import render_derivation
from tests.emit.browser import BROWSER, measured
from tests.emit.test_printed import MODELS

PHONE, DESK = 500, 1280
CUT_ON_A_PHONE = 0.03
"""Share of the lines that a phone may have to scroll sideways."""


@pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed")
def test_pages_in_a_browser(tmp_path: Path) -> None:
    pages = {
        path.stem: render_derivation(symbp.derive(path.read_text("utf-8")), format="html", detail=3)
        for path in MODELS
    }
    found = measured(pages, [PHONE, DESK], tmp_path)
    assert len(found) == 2 * len(MODELS)
    for name, seen in found.items():
        assert seen["formulas"] > 5, name
        assert (seen["empty"], seen["errors"], seen["over"], seen["overlaps"]) == (0, 0, 0, 0), (name, seen)
    assert [name for name, seen in found.items() if seen["cut"] and name.endswith(str(DESK))] == []
    phones = [seen for name, seen in found.items() if name.endswith(str(PHONE))]
    assert sum(len(s["cut"]) for s in phones) <= CUT_ON_A_PHONE * sum(s["lines"] for s in phones)
