# The classic network for handwritten digits of 28 × 28 pixels: 784-16-16-10 sigmoid units
# with the squared error, averaged over a mini-batch.
input  X : n × 784
target Y : n × 10
param  W₁ : 784 × 16
param  b₁ : 16
param  W₂ : 16 × 16
param  b₂ : 16
param  W₃ : 16 × 10
param  b₃ : 10

H₁ = σ(X W₁ + b₁)
H₂ = σ(H₁ W₂ + b₂)
Ŷ = σ(H₂ W₃ + b₃)
C = Σ (Ŷ − Y)² / n
