"""How every command is run: errors become a message and an exit status."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable

from symbp.commands.pipes import forget, open_streams, put
from symbp.errors import SymbpError

UNUSABLE = 2
"""Exit status where the input cannot be used."""
Command = Callable[[argparse.Namespace], int]
OURS = """symbp: internal error: {}
    hint: this is a mistake of symbp; please report it with the input and the
    output of the same command with --debug
"""


def run(command: Command, arguments: argparse.Namespace) -> int:
    """Run a command; errors become a message and exit status 2."""
    open_streams()
    try:
        status = command(arguments)
        put("", sys.stdout)
    except SymbpError as error:
        put(f"{error}\n", sys.stderr)
        return UNUSABLE
    except BrokenPipeError:
        forget(sys.stdout)
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        trace = traceback.format_exc() if arguments.debug else ""
        put(trace + OURS.format(f"{type(error).__name__}: {error}"), sys.stderr)
        return UNUSABLE
    return status
