"""Handwritten digits: equations in, a NumPy file out, trained until it reads 94 % of new digits.

Run it with `python examples/digits.py`; needs symbp and scikit-learn (for the images that come
with it).  After `load_network` nothing but the generated file and NumPy is used.
"""

from __future__ import annotations

import runpy
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import symbp
from symbp.files import MODELS

Array = np.ndarray[Any, Any]
EPOCHS, BATCH, RATE = 120, 32, 2.0


def load_network(path: Path) -> dict[str, Any]:
    """Write the generated file of the model to `path` and load it: forward, backward, update."""
    model = (MODELS / "digits.eq").read_text(encoding="utf-8")
    path.write_text(symbp.generate(model, optimizer="sgd"), encoding="utf-8")
    return runpy.run_path(str(path))


def digits(rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """1797 images of 8 × 8 pixels in [0, 1] with their classes; a fifth is held out."""
    data = load_digits()
    order = rng.permutation(len(data.target))
    images, classes = data.data[order] / 16.0, data.target[order]
    held_out = len(order) // 5
    return images[held_out:], classes[held_out:], images[:held_out], classes[:held_out]


def initial_parameters(network: dict[str, Any], rng: np.random.Generator) -> dict[str, Array]:
    """Normal weights with variance 1/inputs; zero biases."""
    sizes = {name: tuple(map(int, shape)) for name, shape in network["PARAMETERS"].items()}
    return {
        name: rng.standard_normal(s) / np.sqrt(s[0]) if len(s) == 2 else np.zeros(s)
        for name, s in sizes.items()
    }


def train(
    network: dict[str, Any], images: Array, classes: Array, rng: np.random.Generator
) -> dict[str, Array]:
    """Mini-batch gradient descent on the mean squared error."""
    parameters = initial_parameters(network, rng)
    state = network["initial_state"](parameters)
    targets = np.eye(10)[classes]
    for _ in range(EPOCHS):
        order = rng.permutation(len(images))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            _, cache = network["forward"](images[rows], targets[rows], **parameters)
            network["update"](parameters, network["backward"](cache), state, lr=RATE)
    return parameters


def predict(parameters: dict[str, Array], images: Array) -> Array:
    """The class whose output is largest."""
    layer = images
    for k in (1, 2, 3):
        layer = 1.0 / (1.0 + np.exp(-(layer @ parameters[f"W{k}"] + parameters[f"b{k}"])))
    return np.argmax(layer, axis=1)


def main() -> float:
    """Train once; print and return the share of held-out digits that are read correctly."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        network = load_network(Path(folder) / "digits_network.py")
    images, classes, new_images, new_classes = digits(rng)
    parameters = train(network, images, classes, rng)
    accuracy = float(np.mean(predict(parameters, new_images) == new_classes))
    print(f"{accuracy:.1%} of {len(new_classes)} new digits are read correctly")
    return accuracy


if __name__ == "__main__":
    sys.exit(0 if main() >= 0.94 else 1)
