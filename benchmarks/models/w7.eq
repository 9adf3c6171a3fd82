# Convolution 3 × 3 with bias, relu and 2 × 2 pooling, weighed by r.
input r : n × o × 14 × 14
param x : n × c × 28 × 28
param W : o × c × 3 × 3
param b : o

C = relu(conv2d(x, W, b, padding=1))
P = max_pool2d(C, 2)
L = Σ P ⊙ r
