"""What a gradient with some name belongs to: conventions of naming, and nothing else."""

from __future__ import annotations

import re

CONTAINERS = {
    "grads", "grad", "gradients", "gradient", "params", "parameters", "param", "derivatives", "deltas",
    "cache", "data", "value", "val", "_params", "_grads", "trainable", "dparams", "nabla", "_gradients",
    "parameter", "derivs",
}  # fmt: skip
WORDS = {
    "weights": "w", "weight": "w", "kernel": "w", "kernels": "w", "filters": "w", "filter": "w",
    "biases": "b", "bias": "b", "gain": "gamma", "embeddings": "w", "embedding": "w", "vb": "b",
}  # fmt: skip
GRADIENT_BEFORE = re.compile(
    r"^(?:dl_?d|dj_?d|de_?d|dc_?d|d(?:l|j|e|c|f|err|error|cost|obj|loss)\d?_d_?(?=[a-z])|d_?loss_?d?|grad(?:ient)?s?_(?:of_|wrt_)?|g_|del_?|delta_|delta|nabla_|"
    r"derivative_|deriv_|d_|d(?=\w)|total_|sum_|acc_)",
    re.I,
)
GRADIENT_AFTER = re.compile(
    r"(?:_?grad(?:ient)?s?|_derivative|_deriv|_delta|_d|_updates?|_error|_diff|_sum)$", re.I
)
UPSTREAM = re.compile(
    r"^(?:d|g|dl|d[a-z]{0,3}\d?|d_?\w+|grad\w*|\w*_grad(?:ient)?s?|\w*grad(?:ient)?s?|up\w*|delta\w*|\w*delta|err|error\w*|\w*_error|"
    r"output_gradient|next_\w+|acc\w*|eta_out|bottom|top_\w+|sensitivity\w*|residual|back\w*|loss_\w+|"
    r"dout|dz|dy|\w*_d|prev_d\w*|signal|epsilon_out)$",
    re.I,
)
RATE = re.compile(r"^(?:lr|learning_?rate|eta|learn_rate|step_size|rate|alpha|l_rate|learningrate)$", re.I)
TARGET = re.compile(
    r"^(?:y|t|ys|ts|target\w*|labels?|y_?true|true\w*|truth|gt|actual\w*|desired\w*|expected\w*|label_\w+|"
    r"y_?(?:label|real|train|batch|target|actual|i|onehot)\w*|ground_truth|correct\w*|teacher|"
    r"one_?hot\w*|answers?|yi|tgt\w*|reference|real)$",
    re.I,
)
COEFFICIENTS = re.compile(
    r"^(?:w|weights?|thetas?|th|betas?|coef\w*|params?|parameters|initial_?theta)$", re.I
)
"""The unknowns of a linear model, which are one vector."""
OUTPUT = re.compile(
    r"^(?:o|out|outputs?|y_?hat|yh|pred\w*|y_?pred\w*|prob\w*|a|al|a2|scores?|z|result|predictions?|a_out)$",
    re.I,
)
CACHE = re.compile(r"^(?:.*cache\w*|caches|ctx|context|memory|saved|tape|store)$", re.I)


def strip_gradient(word: str) -> str:
    """dW, grad_W, W_grad, dL_dW: W.  The word itself where nothing says gradient."""
    bare = word.strip("_")
    shorter = GRADIENT_AFTER.sub("", bare)
    if shorter and shorter != bare:
        return shorter
    shorter = GRADIENT_BEFORE.sub("", bare)
    return shorter if shorter else bare


def says_gradient(path: str) -> bool:
    """A name under which a gradient may stand."""
    words = path.split(".")
    return any(w.lower().strip("_") in CONTAINERS - {"params", "parameters", "cache"} for w in words) or any(
        strip_gradient(w) != w.strip("_") for w in words
    )


def canonical(word: str) -> str:
    """weights, kernel: w; the rest in small letters; a number at the end stays."""
    match = re.match(r"^(.*?)_?(\d*)$", word.strip("_"))
    assert match is not None
    stem, digits = match.groups()
    stem = stem.lower()
    return WORDS.get(stem, stem) + digits


def key_of(path: str, gradient: bool) -> str:
    """Paths of a parameter and of its gradient that have the same key belong together."""
    kept: list[str] = []
    for word in path.split("."):
        if word.lower() in CONTAINERS:
            continue
        bare = strip_gradient(word) if gradient and not word.isdigit() else word
        if bare.lower() in CONTAINERS:
            continue
        kept.append(canonical(bare) if not bare.isdigit() else bare)
    return ".".join(kept)
