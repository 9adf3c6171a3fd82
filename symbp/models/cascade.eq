# A cascade of four sigmoid layers on a single sample, in column convention. Each layer sees
# its input with a 1 below it, so that θₙ = [Wₙ | bₙ] holds the weights with the bias as last column.
input  x : d₀
target y : d₄
param  θ₁ : d₁ × (d₀ + 1)
param  θ₂ : d₂ × (d₁ + 1)
param  θ₃ : d₃ × (d₂ + 1)
param  θ₄ : d₄ × (d₃ + 1)

u₀ = concatenate([x, ones(1)])
h₁ = σ(θ₁ u₀)
u₁ = concatenate([h₁, ones(1)])
h₂ = σ(θ₂ u₁)
u₂ = concatenate([h₂, ones(1)])
h₃ = σ(θ₃ u₂)
u₃ = concatenate([h₃, ones(1)])
h₄ = σ(θ₄ u₃)
L = Σ (y − h₄)²
