"""Updates that generated files carry along on request, copied as they stand here.

`update` changes the arrays of `parameters` and the state in place.
"""

import numpy as np


def sgd_state(parameters):
    """Plain gradient descent remembers nothing."""
    return {}


def sgd_update(parameters, gradients, state, lr=0.01):
    """One step of gradient descent, in place."""
    for name in parameters:
        parameters[name] -= lr * gradients[name]


def momentum_state(parameters):
    """A velocity for each parameter, 0 at first."""
    return {name: np.zeros_like(value) for name, value in parameters.items()}


def momentum_update(parameters, gradients, state, lr=0.01, momentum=0.9):
    """One step of gradient descent with momentum (Polyak 1964), in place."""
    for name in parameters:
        state[name] = momentum * state[name] + gradients[name]
        parameters[name] -= lr * state[name]


def adam_state(parameters):
    """The number of steps, and both moments of each gradient, 0 at first."""
    first = {name: np.zeros_like(value) for name, value in parameters.items()}
    second = {name: np.zeros_like(value) for name, value in parameters.items()}
    return {"steps": 0, "first": first, "second": second}


def adam_update(
    parameters, gradients, state, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8
):
    """One step of Adam (Kingma and Ba 2015, algorithm 1), in place."""
    state["steps"] += 1
    bias1 = 1.0 - beta1 ** state["steps"]
    bias2 = 1.0 - beta2 ** state["steps"]
    for name in parameters:
        gradient = gradients[name]
        first = beta1 * state["first"][name] + (1.0 - beta1) * gradient
        second = beta2 * state["second"][name] + (1.0 - beta2) * gradient**2
        state["first"][name], state["second"][name] = first, second
        scale = np.sqrt(second / bias2) + epsilon
        parameters[name] -= lr / bias1 * first / scale
