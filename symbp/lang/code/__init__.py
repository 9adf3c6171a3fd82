"""Python and NumPy text, read and interpreted over the nodes of the model; never executed."""
