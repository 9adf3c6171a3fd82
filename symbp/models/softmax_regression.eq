# Softmax regression: cross-entropy averaged over the batch, with an ℓ2 penalty on the weights.
input  X : n × d
target Y : n × k
param  W : d × k
param  b : k
const  λ = 1e-4
assume Y : prob

Z = X W + b
P = softmax(Z)
L = −Σ Y ⊙ log P / n + λ‖W‖²
