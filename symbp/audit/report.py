"""Rows of an audit as text, JSON and Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from symbp.audit.files import Row
from symbp.audit.judged import under
from symbp.audit.severity import ACCEPTED, FACTOR, ORDER, WRONG


def is_ok(rows: Sequence[Row]) -> bool:
    """Nothing is wrong."""
    return all(row.severity != WRONG for row in rows)


def said(row: Row) -> str:
    """Condition, reason and reading of a row in one sentence."""
    parts = [under(row.condition) if row.condition and row.severity in (WRONG, FACTOR) else "", row.reason]
    return ": ".join(p for p in parts if p)


def as_text(rows: Sequence[Row]) -> str:
    """One row for each gradient, in columns, and the count of each severity."""
    if not rows:
        return "no forward/backward pair was found"
    cells = [
        (
            f"{r.file}:{r.line}",
            r.symbol or "-",
            r.gradient or "-",
            r.severity if r.status != "unread" else "unread",
            r.status if r.status != "unread" else "",
            said(r),
        )
        for r in rows
    ]
    widths = [max(len(c[k]) for c in cells) for k in range(5)]
    lines = ["  ".join([*(c[k].ljust(widths[k]) for k in range(5)), c[5]]).rstrip() for c in cells]
    return "\n".join([*lines, "", summary(rows)])


def summary(rows: Sequence[Row]) -> str:
    """How many rows of each kind."""
    counts = {word: sum(r.severity == word and r.status != "unread" for r in rows) for word in ORDER}
    unread = sum(r.status == "unread" for r in rows)
    parts = [f"{n} {word}" for word, n in counts.items() if n] + ([f"{unread} not read"] if unread else [])
    return ", ".join(parts)


def as_json(rows: Sequence[Row]) -> str:
    """{"ok": …, "results": [a record for each row]}."""
    return json.dumps({"ok": is_ok(rows), "results": [asdict(r) for r in rows]}, ensure_ascii=False, indent=2)


def as_markdown(rows: Sequence[Row]) -> str:
    """A table, the wrong ones first."""
    ordered = sorted(rows, key=lambda r: ORDER.index(r.severity))
    head = ["| place | symbol | gradient | verdict | reason |", "| --- | --- | --- | --- | --- |"]
    body = [
        f"| {r.file}:{r.line} | `{r.symbol}` | `{r.gradient}` | {_mark(r)} | {_escaped(said(r))} |"
        for r in ordered
    ]
    return "\n".join([*head, *body, "", summary(rows)])


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _mark(row: Row) -> str:
    if row.status == "unread":
        return "not read"
    return row.severity if row.severity in ACCEPTED else f"**{row.severity}**"
