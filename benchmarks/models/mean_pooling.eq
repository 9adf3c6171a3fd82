# Two convolutions with relu, mean pooling between them, means of channels, classes.
input y : n
param x : n × 3 × 28 × 28
param W₁ : 16 × 3 × 5 × 5
param b₁ : 16
param W₂ : 32 × 16 × 3 × 3
param b₂ : 32
param V : 32 × k
assume y : index k

A = avg_pool2d(relu(conv2d(x, W₁, b₁, padding=2)), 2)
B = relu(conv2d(A, W₂, b₂, padding=1))
L = cross_entropy(mean(B, axis=(2, 3)) V, y)
