# ruff: noqa: E501
"""Files that would do something if they were run do nothing when they are audited, and cost little."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PAIR = "\nclass A:\n    def forward(self, x):\n        {}\n        return x\n    def backward(self, d):\n        return d\n"
HOSTILE = {
    "side effects": "import os, subprocess\nos.system('touch ran')\nopen('ran', 'w')\nsubprocess.run('ls')\n"
    + PAIR.format("pass"),
    "effects in forward": "import os\n" + PAIR.format("os.system('touch ran'); open('ran', 'w').write('x')"),
    "dunder import": PAIR.format("__import__('os').system('touch ran')"),
    "eval": PAIR.format("eval('open(\"ran\", \"w\")'); exec('import os')"),
    "decorator": "@print\n@(lambda f: open('ran', 'w'))\ndef a_forward(x):\n    return x\ndef a_backward(d):\n    return d\n",
    "metaclass": "class M(type):\n    def __new__(c, *a):\n        open('ran', 'w')\nclass A(metaclass=M):\n    pass\n"
    + PAIR.format("pass").replace("class A", "class B(metaclass=M)"),
    "huge constant": PAIR.format("x = x * 9 ** 9 ** 9 ** 9"),
    "huge shift": PAIR.format("x = x * (1 << 10 ** 12)"),
    "huge array": PAIR.format("x = x + np.zeros((10 ** 9, 10 ** 9)).sum()"),
    "huge list": PAIR.format("y = [0] * 10 ** 12"),
    "huge text": PAIR.format("y = 'a' * 10 ** 12"),
    "endless while": PAIR.format("\n        while True:\n            x = x + 1"),
    "endless for": PAIR.format("\n        for i in range(10 ** 12):\n            x = x + 1"),
    "nested loops": PAIR.format(
        "\n        for i in range(9999):\n            for j in range(9999):\n                for k in range(9999):\n                    y = k"
    ),
    "doubling": PAIR.format("\n        for i in range(9999):\n            x = np.concatenate([x, x])"),
    "squaring": PAIR.format("\n        n = 3\n        for i in range(9999):\n            n = n * n"),
    "deep recursion": PAIR.format("return self.forward(x)"),
    "deep brackets": PAIR.format("y = " + "(" * 5000 + "1" + ")" * 5000),
    "deep sum": PAIR.format("y = " + "+".join(["1"] * 20000)),
    "no python": "class A: def forward(((",
    "null": "x = 1\0",
    "many classes": "".join(f"class A{k}(B{k}): pass\n" for k in range(3000)),
}
WATCHED = """
import json, sys, time
from pathlib import Path
from symbp.audit.files import audit_file
from symbp.audit.ways import Hints
seen = []
def hook(event, arguments):
    if event in ("os.system", "subprocess.Popen", "socket.connect", "os.exec", "os.fork", "os.remove") and watching:
        seen.append(event)
    if event == "open" and watching and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append("open")
watching = False
sys.addaudithook(hook)
results = {}
for path in sorted(Path(sys.argv[1]).glob("*.py")):
    watching = True
    start = time.process_time()
    rows = audit_file(path, Hints())
    results[path.stem] = time.process_time() - start
    watching = False
print(json.dumps({"seen": seen, "seconds": results}))
"""


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("hostile")
    for name, text in HOSTILE.items():
        (folder / f"{name.replace(' ', '_')}.py").write_bytes(text.encode())
    run = subprocess.run(
        [sys.executable, "-c", WATCHED, str(folder)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=200,
    )
    assert run.returncode == 0, run.stderr
    assert not (folder / "ran").exists()
    found: dict[str, object] = json.loads(run.stdout)
    return found


def test_nothing_happens(audited: dict[str, object]) -> None:
    assert audited["seen"] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_it_costs_little(audited: dict[str, object], name: str) -> None:
    seconds = audited["seconds"]
    assert isinstance(seconds, dict)
    assert seconds[name.replace(" ", "_")] <= 2.0


def test_the_watch_would_see_something(tmp_path: Path) -> None:
    script = (
        WATCHED.split("results = {}")[0]
        + "watching = True\nopen('w.txt', 'w')\nimport os\nos.system('true')\nprint(seen)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert "open" in run.stdout, run.stderr
    assert "os.system" in run.stdout
