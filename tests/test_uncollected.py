"""The search for circles is put off during long work, and goes on after it, however that ends."""

from __future__ import annotations

import gc

import pytest

from symbp.uncollected import uncollected


def fails() -> None:
    assert not gc.isenabled()
    raise ValueError("as planned")


def test_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="as planned"):
        uncollected(fails)()
    assert gc.isenabled()


def test_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        assert not uncollected(gc.isenabled)()
        assert not gc.isenabled()
    finally:
        gc.enable()
