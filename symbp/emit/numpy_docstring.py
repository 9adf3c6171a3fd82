"""What heads a generated file: its title, the equations as they were written, what is assumed."""

from __future__ import annotations

from symbp.emit.numpy_layout import docstring_line
from symbp.lang.program import Program


def title_of(program: Program) -> str:
    """The first sentence of the comment that heads the model, or a plain one."""
    head = []
    for line in program.text.splitlines():
        if not line.startswith("#"):
            break
        head.append(line.lstrip("# ").strip())
    sentence = docstring_line(" ".join(head).split(". ")[0].rstrip("."))
    return (sentence or "A model and its gradients") + "."


def equation_texts(program: Program) -> list[str]:
    text = program.text.splitlines()
    places = [e.place for e in program.equations if e.place is not None and e.place.text == program.text]
    lines = (docstring_line(text[p.line - 1][p.start : p.end]) for p in places)
    return [line for line in lines if line]


FACT_WORDS = {
    "onehot": "is one-hot (one 1 in each row, else 0)",
    "prob": "has rows that sum to 1",
    "positive": "is positive",
    "unit": "lies between 0 and 1",
    "binary": "holds 0 and 1 only",
    "mask": "holds 0 and 1 only",
    "pm1": "holds 1 and -1 only",
    "symmetric": "is symmetric",
    "spd": "is symmetric positive definite",
    "invertible": "is invertible",
    "wellcond": "is invertible",
    "unitnorm": "has rows of length 1",
    "causal": "is lower triangular",
    "small": "is small",
}


def fact_words(fact: str) -> str:
    word, *rest = fact.split()
    if word == "index":
        return f"holds integers from 0 below {docstring_line(' '.join(rest))}"
    return FACT_WORDS.get(word, f"is {docstring_line(fact)}")
