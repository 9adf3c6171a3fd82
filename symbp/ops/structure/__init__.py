"""Operations that move entries and compute nothing.

Each is linear, y_o = x_{e(o)} with an index map e that is affine (slices, windows, padding),
mixed-radix (reshape) or given by an integer array (gather).  The adjoint is the transposed map,
x̄_a = Σ_o ȳ_o δ(e(o), a), which is again an operation of these rooms.  From the bottom up:
`structural`, `reshaping`, `positions`, `slices`, `integer_arrays`, `whole_numbers`, `one_hot`,
`gathering`, `indexing`, and what is spelled by an index: `joining`, `cutting`, `repeating`, `padding`.
`windows`, `triangles`, `running_sums` and `stopped` stand by themselves.
"""
