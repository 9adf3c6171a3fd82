# A 64-16-16-10 network of sigmoid units for handwritten digits of 8 × 8 pixels, with the
# squared error averaged over a mini-batch.
input  X : n × 64
target Y : n × 10
param  W₁ : 64 × 16
param  b₁ : 16
param  W₂ : 16 × 16
param  b₂ : 16
param  W₃ : 16 × 10
param  b₃ : 10

H₁ = σ(X W₁ + b₁)
H₂ = σ(H₁ W₂ + b₂)
Ŷ = σ(H₂ W₃ + b₃)
C = Σ (Ŷ − Y)² / n
