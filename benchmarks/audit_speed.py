"""How long an audit takes: a file of 1 000 lines with layers of all kinds, in one process.

Run: python benchmarks/audit_speed.py.  Exits with 1 where it takes more than 20 seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from symbp.audit.files import audit_file
from symbp.audit.report import summary
from symbp.audit.ways import Hints

LAYERS = Path(__file__).parents[1] / "tests" / "audit" / "layers"
LINES, GOAL = 1000, 20.0


def long_file() -> str:
    """The layers of the corpus one after another, up to a thousand lines and the next class."""
    lines: list[str] = []
    for path in sorted(LAYERS.glob("*.py")):
        for line in path.read_text("utf-8").splitlines():
            if len(lines) >= LINES and line.startswith(("class ", "def ")):
                return "\n".join(lines) + "\n"
            lines.append(line)
    return "\n".join(lines) + "\n"


def main() -> int:
    text = long_file()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layers.py"
        path.write_text(text, encoding="utf-8")
        start = time.perf_counter()
        rows = audit_file(path, Hints())
        seconds = time.perf_counter() - start
    print(f"{text.count(chr(10))} lines, {len(rows)} gradients in {seconds:.1f} s: {summary(rows)}")
    return 0 if seconds <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
