"""The updates of symbp.optimizers for the fast style: block by block, in memory that is there.

Same arguments, same results to rounding.  Arrays whose entries do not lie together, and plain
numbers, are updated as a whole.
"""

import numpy as np


def blocks_of(state, name, *arrays):
    """Parts of the arrays without axes, of the size of the scratch, and it as the last.

    They are views, made once for the same arrays: those of a step are the same at each call.

    >>> state = {"scratch": {"W": np.empty(2)}, "blocks": {}}
    >>> [part.size for part, some in blocks_of(state, "W", np.ones((3, 1)))]
    [2, 1]
    """
    known, blocks = state["blocks"].get(name, ((), ()))
    if tuple(map(id, known)) != tuple(map(id, arrays)):
        scratch = state["scratch"][name]
        flat = [array.reshape(-1) for array in arrays]
        blocks = []
        for start in range(0, flat[0].size, scratch.size):
            parts = [array[start : start + scratch.size] for array in flat]
            blocks.append((*parts, scratch[: parts[0].size]))
        state["blocks"][name] = arrays, blocks
    return blocks


def has_blocks(value):
    """True for an array whose entries lie together."""
    return isinstance(value, np.ndarray) and value.size > 0 and value.flags.c_contiguous


def scratch_for(parameters, room=524288):
    """For each array memory for one block of some bytes, the same for all arrays of a dtype."""
    blocks = {name: v for name, v in parameters.items() if has_blocks(v)}
    largest = {}
    for value in blocks.values():
        count = min(room // value.itemsize, value.size)
        largest[value.dtype] = max(largest.get(value.dtype, 0), count)
    shared = {dtype: np.empty(count, dtype) for dtype, count in largest.items()}
    return {name: shared[value.dtype][: value.size] for name, value in blocks.items()}


def sgd_state(parameters):
    """Memory to work in; plain gradient descent remembers nothing."""
    return {"scratch": scratch_for(parameters), "blocks": {}}


def sgd_update(parameters, gradients, state, lr=0.01):
    """One step of gradient descent, in place."""
    for name, value in parameters.items():
        if name not in state["scratch"] or not has_blocks(value):
            parameters[name] -= lr * gradients[name]
            continue
        rate = np.array(lr, value.dtype)
        for p, g, step in blocks_of(state, name, value, gradients[name]):
            np.multiply(g, rate, step)
            np.subtract(p, step, p)


def momentum_state(parameters):
    """A velocity for each parameter, 0 at first, and memory to work in."""
    velocity = {name: np.zeros_like(value) for name, value in parameters.items()}
    return {"velocity": velocity, "scratch": scratch_for(parameters), "blocks": {}}


def momentum_update(parameters, gradients, state, lr=0.01, momentum=0.9):
    """One step of gradient descent with momentum (Polyak 1964), in place."""
    velocity = state["velocity"]
    for name, value in parameters.items():
        if name not in state["scratch"] or not has_blocks(value):
            velocity[name] = momentum * velocity[name] + gradients[name]
            parameters[name] -= lr * velocity[name]
            continue
        rate, kept = np.array(lr, value.dtype), np.array(momentum, value.dtype)
        arrays = (value, velocity[name], gradients[name])
        for p, v, g, step in blocks_of(state, name, *arrays):
            np.multiply(v, kept, v)
            np.add(v, g, v)
            np.multiply(v, rate, step)
            np.subtract(p, step, p)


def adam_state(parameters):
    """The number of steps, both moments, 0 at first, and memory to work in.

    The moments are kept without their factors 1 - beta, which saves a pass for each.
    """
    first = {name: np.zeros_like(value) for name, value in parameters.items()}
    second = {name: np.zeros_like(value) for name, value in parameters.items()}
    memory = {"scratch": scratch_for(parameters), "blocks": {}}
    return {"steps": 0, "first": first, "second": second, **memory}


def adam_update(
    parameters, gradients, state, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8
):
    """One step of Adam (Kingma and Ba 2015, algorithm 1), in place."""
    state["steps"] += 1
    root = ((1.0 - beta2 ** state["steps"]) / (1.0 - beta2)) ** 0.5
    rate = lr * (1.0 - beta1) / (1.0 - beta1 ** state["steps"]) * root
    small = epsilon * root
    for name, value in parameters.items():
        first, second = state["first"], state["second"]
        gradient = gradients[name]
        if name not in state["scratch"] or not has_blocks(value):
            first[name] = beta1 * first[name] + gradient
            second[name] = beta2 * second[name] + gradient**2
            scale = second[name] ** 0.5 + small
            parameters[name] -= rate * first[name] / scale
            continue
        numbers = [np.array(x, value.dtype) for x in (beta1, beta2, small, rate)]
        keep1, keep2, least, speed = numbers
        arrays = (value, first[name], second[name], gradient)
        for p, m, v, g, step in blocks_of(state, name, *arrays):
            np.multiply(m, keep1, m)
            np.add(m, g, m)
            np.multiply(g, g, step)
            np.multiply(v, keep2, v)
            np.add(v, step, v)
            np.sqrt(v, step)
            np.add(step, least, step)
            np.divide(m, step, step)
            np.multiply(step, speed, step)
            np.subtract(p, step, p)
