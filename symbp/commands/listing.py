"""symbp models."""

from __future__ import annotations

import argparse

from symbp.commands.shared import write
from symbp.files import model_names, model_summary, read_model


def run_models(arguments: argparse.Namespace) -> int:
    if arguments.name is not None:
        write(read_model(arguments.name).text, None)
        return 0
    names = model_names()
    width = max(map(len, names), default=0)
    write("\n".join(f"{name:{width}}  {model_summary(name)}" for name in names), None)
    return 0
