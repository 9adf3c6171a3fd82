"""What stands for the author's own modules where they are not beside the file that imports them.

`from utils import softmax` can mean one thing only, and of `nn.Conv2D(…)` a network asks no more than a
layer with forward and backward: ours stand in for them.  What is right under that is said to be right where
those modules give what their names say; what is not is no more than open.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from symbp.audit.standins import HEAD, LAYER_BACK, LAYER_FORWARD
from symbp.lang.code.modules import Module, read_module
from symbp.lang.code.values import Builtin, Class, Imported

NOT_IMPORTED = re.compile(r"^(?P<module>[\w.]+) is not imported")
FUNCTIONS = {"softmax", "sigmoid", "tanh", "relu", "log_softmax"}
"""What is called by these names has one meaning."""
FRAMEWORKS = {
    "torch", "tensorflow", "tf", "keras", "jax", "theano", "mxnet", "paddle", "chainer", "sklearn", "pandas",
    "mindspore", "flax", "torchvision", "statsmodels",
}  # fmt: skip
"""What these mean is theirs to say, not for their names."""
MORE = """        self.params, self.grads = [], []
"""


@contextlib.contextmanager
def standing_in(module: Module) -> Iterator[str]:
    """The module with ours in place of what it imports from nowhere; gives those modules' names."""
    found: dict[str, Any] = {}
    absent: dict[str, None] = {}
    for name, error in module.unreadable.items():
        match = NOT_IMPORTED.match(error.reason)
        if match is None or match["module"].split(".")[0] in FRAMEWORKS:
            continue
        value = _whole_module(name, module) if _is_module(name, module) else _standing_for(name)
        if value is not None:
            found[name] = value
            absent.setdefault(match["module"])
    before = {name: module.scope.names[name] for name in found}
    module.scope.names.update(found)
    try:
        yield " and ".join(absent)
    finally:
        module.scope.names.update(before)


def _standing_for(name: str) -> Builtin | Class | None:
    """A function that has one meaning, or a layer; None for anything else."""
    if name in FUNCTIONS:
        return Builtin(name, "numpy")
    return _layer(name) if name[:1].isupper() and not name.isupper() else None


@lru_cache(maxsize=256)
def _layer(name: str) -> Class:
    methods = [LAYER_FORWARD.format(name=n) for n in ("forward", "__call__")]
    text = "".join([HEAD.format(kind=name), MORE, *methods, LAYER_BACK.format(name="backward")])
    text = text.replace("def __init__(self):", "def __init__(self, *given, **named):")
    return read_module(text, "<stand-in>").classes[name]


def _whole_module(alias: str, module: Module) -> Imported | None:
    """What the text takes out of a module: nn.Conv2D, nn.softmax."""
    names: dict[str, Any] = {}
    for node in ast.walk(_tree(module.source.text)):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=attribute) if owner == alias:
                value = _standing_for(attribute)
                if value is not None:
                    names[attribute] = value
    return Imported(alias, names) if names else None


def _is_module(name: str, module: Module) -> bool:
    """Whether `import` gives this name, and not `from … import`."""
    aliases = (a for n in ast.walk(_tree(module.source.text)) if isinstance(n, ast.Import) for a in n.names)
    return any((a.asname or a.name.split(".")[0]) == name for a in aliases)


@lru_cache(maxsize=8)
def _tree(text: str) -> ast.Module:
    return ast.parse(text)
