# An autoencoder of three hidden layers; mean squared error.
input x : n × 784
param W₁ : 784 × 128
param b₁ : 128
param W₂ : 128 × 32
param b₂ : 32
param W₃ : 32 × 128
param b₃ : 128
param W₄ : 128 × 784
param b₄ : 784

H₁ = relu(x W₁ + b₁)
C = H₁ W₂ + b₂
H₂ = relu(C W₃ + b₃)
R = σ(H₂ W₄ + b₄)
L = mse(R, x)
