"""What the interpreter would do to the outside world, were it to do anything."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

WATCHED = ("open", "exec", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "import")
_heard: list[str] = []
_listening = [False]


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _listening[0] and event.startswith(WATCHED):
        _heard.append(event)


sys.addaudithook(_listen)


@contextmanager
def _recorded() -> Iterator[list[str]]:
    _heard.clear()
    _listening[0] = True
    try:
        yield _heard
    finally:
        _listening[0] = False


@pytest.fixture
def audited() -> Callable[[], AbstractContextManager[list[str]]]:
    """A context that lists the audit events (files, processes, imports) that happen inside."""
    return _recorded
