"""Claims that try to run, to open or to allocate get a verdict or an error, and nothing else happens."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

BOUND = 120
"""Seconds for all of them together: what never ends is found, slow machines are no failure."""
HOSTILE = {
    "import": ["import os", "os.system('true')", "2*x"],
    "dunder import": ["__import__('os').system('true')"],
    "open": ["open('/etc/passwd').read()"],
    "eval": ["eval('2*x')"],
    "classes": ["x.__class__.__bases__[0].__subclasses__()"],
    "format": ["'{0.__class__}'.format(x)"],
    "load": ["np.load('/etc/passwd')", "2*x"],
    "from file": ["np.fromfile('/etc/passwd')"],
    "vectorize": ["np.vectorize(open)('/etc/passwd')"],
    "from function": ["np.fromfunction(open, (1,))"],
    "library": ["np.ctypeslib.load_library('c', '/')"],
    "with": ["with open('a') as f:", "    pass", "2*x"],
    "decorator that writes": ["f = open('a', 'w')", "2*x"],
    "while": ["while True:", "    x = x", "2*x"],
    "range": ["for i in range(10**10):", "    y = x", "y"],
    "nested ranges": [
        "y = 0*x",
        *(f"{'    ' * k}for i{k} in range(1000):" for k in range(4)),
        "                y = y + x",
    ],
    "recursion": ["def f(a):", "    return f(a)", "f(x)"],
    "two that recur": ["def f(a):", "    return g(a)", "def g(a):", "    return f(a)", "f(x)"],
    "fibonacci": ["def f(k):", "    return x if k < 2 else f(k - 1) + f(k - 2)", "f(40)"],
    "itself": ["f = lambda f: f(f)", "f(f)"],
    "powers": ["9**9**9*x"],
    "shift": ["(1 << 10**10)*x"],
    "digits": ["9" * 100_000 + "*x"],
    "float beyond all": ["1e308*10**308*x"],
    "text": ["s = 'a'*10**10", "2*x"],
    "list": ["l = [x]*10**9", "2*x"],
    "list that doubles": ["l = [x]", "for i in range(60):", "    l = l + l", "2*x"],
    "generator": ["sum(x for i in range(10**9))"],
    "zeros": ["zeros((10**10, 10**10))"],
    "tile": ["tile(x, 10**9)"],
    "stack": ["stack([x]*10**8)"],
    "pad": ["pad(x, 10**10)"],
    "matrix power": ["np.linalg.matrix_power(A, 10**9)"],
    "index": ["x[10**18]"],
    "slice": ["x[10**100:]"],
    "doubled sixty times": ["y = x + x", "for i in range(60):", "    y = y*y", "y"],
    "einsum": ["einsum('" + "a," * 5_000 + "a->a', x)"],
    "brackets": ["(" * 5_000 + "x" + ")" * 5_000],
    "calls": ["f(" * 3_000 + "x" + ")" * 3_000],
    "signs": ["-" * 50_000 + "x"],
    "sum": ["x" + "+x" * 20_000],
    "transposes": ["x" + ".T" * 5_000],
    "comparisons": ["x" + "<x" * 300],
    "nulls": ["\0"],
    "surrogate": ["\ud800"],
}

PROGRAM = """
import json, sys
from symbp.evidence.explain import explain
from symbp.evidence.verifying import verify_case
CASE = {"inputs": {"x": "n", "A": "n,n"}, "dims": {"n": 3}, "forward": ["L = sum(x**2)"], "loss": "L"}
verify_case({**CASE, "claims": {"x": ["3*x"]}}, explain)    # what is loaded at the first use is loaded now
claims, results, events = json.load(sys.stdin), {}, []
watched = ("open", "exec", "import", "os.", "subprocess", "socket", "ctypes", "shutil", "code.")
sys.addaudithook(lambda event, arguments: events.append(event) if event.startswith(watched) else None)
for name, lines in claims.items():
    events.clear()
    try:
        verdict = verify_case({**CASE, "claims": {"x": lines}}, explain).report.verdicts["x"]
        outcome = [verdict.status, len(verdict.place or "")]
    except BaseException as error:
        outcome = [type(error).__name__, 0]
    results[name] = outcome, events[:5]
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[tuple[str, int], list[str]]]:
    """What became of each claim, in a process that reports what it touches."""
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", textwrap.dedent(PROGRAM)],
        input=json.dumps(HOSTILE),
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=True,
    )
    found: dict[str, tuple[tuple[str, int], list[str]]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_claim(name: str, outcomes: dict[str, tuple[tuple[str, int], list[str]]]) -> None:
    (status, shown), events = outcomes[name]
    assert status in ("undecided", "refuted")
    assert shown < 3000
    assert events == []
