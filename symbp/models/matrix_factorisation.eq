# Matrix factorisation: the observed entries of R (mask M) as a product of two thin
# matrices, with an ℓ2 penalty.
input  R : u × i
input  M : u × i
param  U : u × r
param  V : i × r
const  λ = 0.02
assume M : mask

E = M ⊙ (R − U Vᵀ)
L = ½ ‖E‖² + ½ λ (‖U‖² + ‖V‖²)
