# Two inputs, two sigmoid neurons, two sigmoid outputs: every weight a number of its own,
# so that each error signal can be followed by hand. The loss is the mean squared error.
input  x₁, x₂ :
target y₁, y₂ :
param  w₁, w₂, w₃, w₄, w₅, w₆, w₇, w₈ :
param  b₁, b₂, b₃, b₄ :

h₁ = σ(x₁ w₁ + x₂ w₂ + b₁)
h₂ = σ(x₁ w₃ + x₂ w₄ + b₂)
ŷ₁ = σ(h₁ w₅ + h₂ w₇ + b₃)
ŷ₂ = σ(h₁ w₆ + h₂ w₈ + b₄)
L = ½ ((y₁ − ŷ₁)² + (y₂ − ŷ₂)²)
