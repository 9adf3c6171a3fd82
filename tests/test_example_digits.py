"""The example on real data: what is generated trains to 94 % on digits that it has not seen."""

from __future__ import annotations

import runpy
import time
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples" / "digits.py"


def test_digits_are_learned() -> None:
    example = runpy.run_path(str(EXAMPLE))
    start = time.process_time()
    accuracy = example["main"]()
    assert accuracy >= 0.94
    assert time.process_time() - start < 60


def test_the_generated_network_needs_nothing_but_numpy(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    runpy.run_path(str(EXAMPLE))["load_network"](path)
    imports = [line for line in path.read_text("utf-8").splitlines() if "import " in line.split("#")[0]]
    assert imports == ["import numpy as np"]
