"""Text is parsed and nothing else: whatever it says, an error comes soon, and nothing is touched."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

SECONDS = 1.0
HOSTILE = {
    "import": "L = __import__('os').system('true')",
    "open": "L = open('/etc/passwd').read()",
    "eval": "L = eval('1+1')",
    "dunder": "input x: n\nL = x.__class__.__mro__[1]",
    "dunder call": "input x: n\nL = sum(x.__init__())",
    "dunder name": "L = __builtins__",
    "lambda": "L = (lambda: 1)()",
    "walrus": "L = (y := 3)",
    "format": "input x: n\nL = '{0.__class__}'.format(x)",
    "brackets": "L = " + "(" * 100_000 + "1" + ")" * 100_000,
    "open brackets": "L = " + "[" * 100_000,
    "short of the limit": "input x: n\nL = sum(x)" + " * (1 + (x" * 99,
    "nested lists": "input x: n\nL = sum(" + "[" * 150 + "1" + "]" * 150 + " @ q)",
    "norms": "L = " + "‖" * 100_000,
    "minus signs": "input x: n\nL = " + "-" * 9_900 + "q",
    "transposes": "input x: n\nL = x" + "ᵀ" * 9_900,
    "primes": "input x: n\nL = sum(σ" + "'" * 9_900 + "(x))",
    "primes that multiply": "input x: n\nL = sum(tanh" + "'" * 40 + "(x) @ q)",
    "powers": "input x: n\nL = sum(x) * 9**9**9",
    "power tower": "L = 9" + "**9" * 3_000,
    "power of a number": "const c = 3\nL = (1 + 1)**4000**2 * q",
    "large exponent": "L = 1e999999999 * q",
    "large constant": "const c = 1e999999999\nL = c",
    "many digits": "L = " + "9" * 10_000,
    "long name": "L = " + "a" * 1_000_000,
    "long line": "L = " + "x + " * 1_000_000 + "x",
    "long sum": "L = " + "x + " * 2_400 + "q(1)",
    "huge size": "input x: " + "9" * 5_000 + "\nL = sum(x)",
    "size power": "input x: n**n**n\nL = sum(x)",
    "size nested": "input x: " + "(" * 5_000 + "n" + ")" * 5_000 + "\nL = sum(x)",
    "size product": "input x: " + "*".join(["(a + b + c + d)"] * 40) + "\nL = sum(x)",
    "size call": "input x: __import__('os')\nL = sum(x)",
    "huge range": "input x: n\nL = sum(arange(10**18)) + q",
    "huge repeat": "input x: n\nL = sum(tile(x, (10**9, 10**9))) + q",
    "huge list": "input x: 3\nL = sum(split(x, 10**9)[0])",
    "huge kernel": "input x: n, 1, 9, 9\nL = sum(max_pool2d(x, 10**9))",
    "huge identity": "input x: n\nL = sum(eye(10**12) @ q)",
    "matrix power": "input A: n, n\nL = trace(matrix_power(A, 10**9)) + q",
    "huge stack": "input x: n\nL = sum(stack([x] * 10**9))",
    "einsum": "input x: n, n\nL = sum(einsum('" + "ab," * 10_000 + "', x))",
    "nulls": "L = \0\0\0",
    "control": "L = \x1b[31m x",
    "surrogate": "L = \ud800",
    "right to left": "L = \u202e x + ",
    "only marks": "L = \u0302\u0302\u0302",
    "declarations": "param " + ", ".join(f"w{i}" for i in range(5_000)) + ": n n",
    "assumptions": "assume " + "x" * 100_000 + ": onehot\nL = x",
    "claims": "∂L/∂W",
    "nothing": "",
    "unlike anything": "\u2603" * 1_000,
}

PROGRAM = """
import json, sys, time
from symbp.errors import SymbpError
from symbp.lang.read import read_equations
read_equations("h = σ(W x + b); L = ‖h‖²")     # whatever is loaded at the first use is loaded now
cases, results, events = json.load(sys.stdin), {}, []
watched = ("open", "exec", "compile", "import", "os.", "subprocess", "socket", "ctypes", "shutil", "code.")
sys.addaudithook(lambda event, arguments: events.append(event) if event.startswith(watched) else None)
for name, text in cases.items():
    start, outcome = time.process_time(), "was read"
    events.clear()
    try:
        read_equations(text)
    except SymbpError as error:
        outcome = "SymbpError" if len(str(error)) < 2000 else "a long message"
    except BaseException as error:
        outcome = type(error).__name__
    results[name] = outcome, time.process_time() - start, events[:5]
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[str, float, list[str]]]:
    """What became of each text, in a process that reports what it touches."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        input=json.dumps(HOSTILE),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: dict[str, tuple[str, float, list[str]]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text(name: str, outcomes: dict[str, tuple[str, float, list[str]]]) -> None:
    outcome, seconds, events = outcomes[name]
    assert outcome == "SymbpError"
    assert seconds < SECONDS
    # `ast.parse` of a declared size compiles to a tree and runs nothing.
    assert set(events) <= {"compile"}
