# Three linear layers with two sigmoids for regression, samples in rows, and the
# summed squared error.
input  X : n × d
target Y : n × k
param  W₁ : d × h₁
param  b₁ : h₁
param  W₂ : h₁ × h₂
param  b₂ : h₂
param  W₃ : h₂ × k
param  b₃ : k

H₁ = σ(X W₁ + b₁)
H₂ = σ(H₁ W₂ + b₂)
Ŷ = H₂ W₃ + b₃
L = Σ (Y − Ŷ)²
