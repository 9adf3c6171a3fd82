"""The command line: what can be asked for.  What is done about it is in symbp/commands/.

Nothing heavy is imported before the arguments have been read, so that help comes at once.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

from symbp import __version__
from symbp.commands.threads import limit_threads

MODEL_HELP = (
    "a file (.eq, .tex, .md, .py), - for standard input, the equations themselves in quotes, "
    "or the name of a model that comes along (symbp models)"
)
EPILOG = """examples:
  symbp derive "h = σ(Wx+b); ŷ = Vh + c; L = Σ(y−ŷ)²"
  symbp check three_layer_regression
  symbp generate softmax_regression --optimizer adam -o model.py

exit status: 0 all well; 1 a verdict is not "right"; 2 the input cannot be used
"""
ROOMS = {
    "derive": "derivation",
    "graph": "explaining",
    "audit": "auditing",
    "check": "verdicts",
    "verify": "verdicts",
    "generate": "writing",
    "bench": "benching",
    "models": "listing",
}
"""Command -> the module of symbp.commands that holds run_COMMAND."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (0, 1 or 2)."""
    arguments = parser().parse_args(argv)
    name = ROOMS[arguments.command]
    if arguments.command == "bench":
        limit_threads(arguments.threads)
    if arguments.command == "derive" and (arguments.steps or arguments.values):
        name = "explaining"
    room = importlib.import_module(f"symbp.commands.{name}")
    running = importlib.import_module("symbp.commands.running")
    status: int = running.run(getattr(room, f"run_{arguments.command}"), arguments)
    return status


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(
        prog="symbp",
        description="Backpropagation from equations: derived, checked, explained, and emitted as NumPy.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"symbp {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _derive(_command(commands, "derive", "the gradients; with --steps the whole derivation"))
    _graph(_command(commands, "graph", "the computational graph as SVG, forward and backward"))
    _check(_command(commands, "check", "the chain rule against direct differentiation, for each parameter"))
    _verify(_command(commands, "verify", "hand-derived gradients: right, or wrong and why", model=False))
    _audit(
        _command(commands, "audit", "every forward/backward pair in Python files and folders", model=False)
    )
    _generate(_command(commands, "generate", "a NumPy file with forward and backward, and nothing else"))
    _bench(_command(commands, "bench", "time the fast step beside the plain style and the bare products"))
    _models(_command(commands, "models", "the models that come along", model=False))
    return top


Commands = argparse._SubParsersAction  # the only name that argparse has for it


def _command(
    commands: Commands[argparse.ArgumentParser], name: str, what: str, model: bool = True
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".")
    if model:
        command.add_argument("model", metavar="MODEL", help=MODEL_HELP)
        command.add_argument(
            "--language",
            choices=("auto", "equations", "latex", "numpy"),
            default="auto",
            help="what the text is written in, where the file's ending does not say it",
        )
        _shapes(command)
    command.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
    return command


def _derive(command: argparse.ArgumentParser) -> None:
    command.add_argument("--wrt", metavar="NAMES", help="what to differentiate by, such as W,b")
    command.add_argument(
        "--form", choices=("matrix", "index", "both"), default="matrix", help="notation of the formulas"
    )
    command.add_argument("--lang", choices=("en", "ko"), default="en", help="language of the words")
    command.add_argument("--steps", action="store_true", help="the whole derivation")
    command.add_argument(
        "--detail",
        type=int,
        choices=(1, 2, 3),
        default=3,
        help="with --steps: 1 results, 2 the chain rule of each, 3 every rule (default)",
    )
    command.add_argument(
        "--format",
        choices=("text", "latex", "markdown", "html", "pdf", "json"),
        default="text",
        help="what to write",
    )
    command.add_argument(
        "--document", action="store_true", help="a whole LaTeX document, which pdflatex compiles as it is"
    )
    command.add_argument(
        "--hessian", metavar="NAME", help="instead, the second derivatives of the loss by this array"
    )
    command.add_argument("--values", metavar="FILE", help="numbers to work the derivation with: lines x = 2")
    _output(command)


def _graph(command: argparse.ArgumentParser) -> None:
    command.add_argument("--wrt", metavar="NAMES", help="what to differentiate by, such as W,b")
    command.add_argument("--values", metavar="FILE", help="numbers to show: lines x = 2")
    _output(command)


def _check(command: argparse.ArgumentParser) -> None:
    command.add_argument("--wrt", metavar="NAMES", help="what to differentiate by, such as W,b")
    command.add_argument("--json", action="store_true", help="print the verdicts as JSON")


def _verify(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="MODEL", nargs="?", help=MODEL_HELP)
    command.add_argument(
        "claims", metavar="CLAIMS", nargs="?", help="a file of claims, or the claims themselves in quotes"
    )
    command.add_argument("--language", choices=("auto", "equations", "latex", "numpy"), default="auto")
    command.add_argument(
        "--symbol", metavar="NAME", help="a class or function of a .py file: its pair in full, corrected"
    )
    _hints(command)
    command.add_argument("--cases", metavar="FILE.json", help="verify a whole collection instead")
    command.add_argument(
        "--json", nargs="?", const="-", metavar="OUT", help="the verdicts as JSON (to OUT with --cases)"
    )


def _audit(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", metavar="PATH", nargs="+", help="Python files, and folders of them")
    _hints(command)
    command.add_argument("--symbol", metavar="NAME", help="only the class or function of this name")
    command.add_argument("--jobs", metavar="N", type=int, help="how many files at once (default: all cores)")
    style = command.add_mutually_exclusive_group()
    style.add_argument("--json", action="store_true", help="print the rows as JSON")
    style.add_argument("--markdown", action="store_true", help="print the rows as a Markdown table")
    _output(command)


def _shapes(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--shapes", metavar="SHAPES", action="append", help='shapes of arrays: "x: n,d; W: d,h"'
    )


def _hints(command: argparse.ArgumentParser) -> None:
    _shapes(command)
    command.add_argument(
        "--init", metavar="VALUES", action="append", help='arguments of constructors: "in_features=d; pad=1"'
    )


def _generate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--wrt", metavar="NAMES", help="what to differentiate by, such as W,b")
    command.add_argument("--target", default="numpy", help="what the file is written for: numpy")
    command.add_argument(
        "--style", default="plain", help="plain (to be read) or fast (adds class Step, allocated once)"
    )
    command.add_argument(
        "--explain", action="store_true", help="say how the fast step is planned, instead of the file"
    )
    command.add_argument(
        "--numba",
        action="store_true",
        help="with --style fast: compiled loops, where Numba is there",
    )
    command.add_argument("--optimizer", help="add an update of the parameters: sgd, momentum or adam")
    _output(command)


def _bench(command: argparse.ArgumentParser) -> None:
    command.add_argument("--sizes", metavar="SIZES", help="such as n=32,d=784 (default: 64 each)")
    command.add_argument(
        "--against",
        metavar="NAMES",
        default="numpy,products",
        help="what to compare with: numpy (the plain style), products (the bare matrix products), "
        "numba (the same step with --numba), torch, jax",
    )
    command.add_argument(
        "--threads",
        metavar="N",
        type=_count,
        help="threads of matrix products (default: 1, or what OMP_NUM_THREADS says)",
    )


def _count(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of threads; write --threads 1")
    return int(text)


def _models(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", nargs="?", help="show the equations of this one")


def _output(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", metavar="FILE", help="write here instead of standard output")
