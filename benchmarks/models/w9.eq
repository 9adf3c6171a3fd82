# Two inputs, two hidden units, two outputs, all sigmoid; half the squared error of one example.
input  x : 1 × 2
target y : 1 × 2
param  W₁ : 2 × 2
param  b₁ : 2
param  W₂ : 2 × 2
param  b₂ : 2

a₁ = σ(x W₁ + b₁)
a₂ = σ(a₁ W₂ + b₂)
L = ½ Σ (a₂ − y)²
