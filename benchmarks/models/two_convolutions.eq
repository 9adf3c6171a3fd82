# Two convolutions with relu and pooling, then a linear layer; cross-entropy.
input x : n × 1 × 28 × 28
input y : n
param K₁ : 16 × 1 × 3 × 3
param a₁ : 16
param K₂ : 32 × 16 × 3 × 3
param a₂ : 32
param W : 1568 × 10
param b : 10
assume y : index 10

H = max_pool2d(relu(conv2d(x, K₁, a₁, padding=1)), 2)
G = max_pool2d(relu(conv2d(H, K₂, a₂, padding=1)), 2)
Z = reshape(G, (n, -1)) @ W + b
L = cross_entropy(Z, y)
