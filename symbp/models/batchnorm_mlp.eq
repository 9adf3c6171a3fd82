# A multilayer perceptron with batch normalisation between the layers, for classification.
input  X : n × d
target Y : n × k
param  W₁ : d × h
param  γ : h
param  β : h
param  W₂ : h × k
param  b₂ : k
const  ε = 1e-5
assume Y : prob

A = X W₁
M = mean(A, axis=0)
V = mean((A − M)², axis=0)
N = (A − M) / sqrt(V + ε)
H = relu(γ ⊙ N + β)
Z = H W₂ + b₂
L = cross_entropy(Z, Y)
