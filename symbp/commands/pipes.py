"""Standard output and standard error, of which the reader may have seen enough."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def put(text: str, stream: TextIO) -> None:
    """Write a text.  Where nobody reads any more, nothing more is written, and that is no error."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        forget(stream)


def forget(stream: TextIO) -> None:
    """From here on nothing may be written to a stream, not even when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def open_streams() -> None:
    """Streams that were closed before the start lead nowhere; those that exist write UTF-8."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if "utf" not in (sys.stdout.encoding or "").lower():
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        sys.stderr.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
