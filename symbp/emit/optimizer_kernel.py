"""The updates of the fast style with a compiled loop: what is done to a block, entry by entry."""

from __future__ import annotations

import re

from symbp.emit.fast.kernel_text import OF_ENTRIES

BLOCK = re.compile(
    r"( +)for (?P<names>[\w, ]+), (?P<scratch>\w+) in blocks_of\(.*\):\n(?P<calls>(?:\1    .*\n?)+)"
)
CALL = re.compile(r"np\.(\w+)\(([\w, ]+)\)")
NAME = "update_entries"


def with_kernel(update: str, numba: str, compiled: str) -> tuple[str, str]:
    """The text of an update that calls a compiled loop where there is one, and that loop.

    `numba` and `compiled` are the names of the module and of the decorator in the file.
    """
    found = BLOCK.search(update)
    assert found is not None, "an update works block by block"
    names, scratch = found["names"].split(", "), found["scratch"]
    calls = [(m[1], m[2].split(", ")) for m in CALL.finditer(found["calls"])]
    read = dict.fromkeys(word for _, words in calls for word in words[:-1])
    numbers = [word for word in read if word not in (*names, scratch)]
    margin = " " * (len(found[1]) + 4)
    inside = "".join(f"    {line}\n" for line in found["calls"].splitlines())
    call = f"{margin}if {numba}:\n{margin}    {NAME}({', '.join([*names, *numbers])})\n{margin}else:\n"
    changed = update[: found.start("calls")] + call + inside.rstrip("\n") + update[found.end("calls") :]
    return changed, _kernel(names, numbers, calls, compiled)


def _kernel(names: list[str], numbers: list[str], calls: list[tuple[str, list[str]]], compiled: str) -> str:
    """One loop; an entry is read once and written once."""
    known = {word: f"{word}_value" for word in numbers}
    body: list[str] = []
    written: list[str] = []
    for function, (*arguments, out) in calls:
        texts = [known.get(word, f"{word}[j]") for word in arguments]
        known[out] = f"{out}_j"
        body.append(f"{known[out]} = {OF_ENTRIES[function].format(*texts)}")
        written += [out] if out in names and out not in written else []
    body += [f"{word}[j] = {word}_j" for word in written]
    heads = [f"    {word}_value = {word}[()]" for word in numbers]
    return "\n".join(
        [
            f"@{compiled}()",
            f"def {NAME}({', '.join([*names, *numbers])}):",
            f'    """{", ".join(written)} of one block, entry by entry."""',
            *heads,
            f"    for j in range({names[0]}.shape[0]):",
            *(f"        {line}" for line in body),
        ]
    )
