"""NumPy functions that generated files carry along, each copied as it stands here.

They keep the dtype of what they are given (float32 stays float32), take arrays of any shape, and
neither overflow nor warn for finite arguments.  A generated file imports numpy and nothing else,
so each function stands on its own or on others of these rooms.
"""

from symbp.runtime import activations, arrays, error_function, lengths, soft_maxima

ROOMS = (activations, error_function, soft_maxima, lengths, arrays)
"""In the order in which their functions stand in a file."""
