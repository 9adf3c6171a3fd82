"""The objects of the mathematics: sizes, nodes, index expressions."""
