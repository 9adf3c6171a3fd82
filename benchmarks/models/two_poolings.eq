# Two convolutions without padding, each with relu and 2 × 2 pooling, then two dense layers; after LeCun and others 1998.
input x : n × 1 × 28 × 28
input y : n
param W₁ : 8 × 1 × 5 × 5
param b₁ : 8
param W₂ : 16 × 8 × 5 × 5
param b₂ : 16
param W₃ : 256 × h
param b₃ : h
param W₄ : h × k
param b₄ : k
assume y : index k

A = max_pool2d(relu(conv2d(x, W₁, b₁)), 2)
B = max_pool2d(relu(conv2d(A, W₂, b₂)), 2)
H = relu(reshape(B, (n, 256)) W₃ + b₃)
L = cross_entropy(H W₄ + b₄, y)
