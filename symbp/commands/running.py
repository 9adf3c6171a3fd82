"""How every command is run: errors become a message and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable

from symbp.errors import SymbpError

UNUSABLE = 2
"""Exit status where the input cannot be used."""
Command = Callable[[argparse.Namespace], int]


def run(command: Command, arguments: argparse.Namespace) -> int:
    """Run a command; errors become a message and exit status 2."""
    if "utf" not in (sys.stdout.encoding or "").lower():
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        sys.stderr.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        status = command(arguments)
        sys.stdout.flush()
    except SymbpError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except BrokenPipeError:
        # The reader has seen enough; nothing may be written any more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if arguments.debug:
            traceback.print_exc()
        print(f"symbp: internal error: {type(error).__name__}: {error}", file=sys.stderr)
        print(
            "    hint: this is a mistake of symbp; please report it with the input and the", file=sys.stderr
        )
        print("    output of the same command with --debug", file=sys.stderr)
        return UNUSABLE
    return status
