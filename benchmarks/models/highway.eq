# Two highway layers (Srivastava and others 2015): a gate weighs what a layer gives and what it is given.
input x : n × d
input y : n
param W₁, W₂, T₁, T₂ : d × d
param b₁, b₂, c₁, c₂ : d
param V : d × k
assume y : index k

G₁ = σ(x T₁ + c₁)
H₁ = G₁ ⊙ relu(x W₁ + b₁) + (1 − G₁) ⊙ x
G₂ = σ(H₁ T₂ + c₂)
H₂ = G₂ ⊙ relu(H₁ W₂ + b₂) + (1 − G₂) ⊙ H₁
L = cross_entropy(H₂ V, y)
