# 784-512-512-10 relu network, softmax with cross-entropy on integer classes, mean over the batch.
input  x : n × 784
input  y : n
assume y : index 10
param  W₁ : 784 × 512
param  b₁ : 512
param  W₂ : 512 × 512
param  b₂ : 512
param  W₃ : 512 × 10
param  b₃ : 10

a₁ = relu(x W₁ + b₁)
a₂ = relu(a₁ W₂ + b₂)
z = a₂ W₃ + b₃
L = cross_entropy(z, y)
