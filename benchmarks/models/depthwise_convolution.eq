# A depthwise convolution and a pointwise one, relu, weighed by r.
input r : n × o × 28 × 28
param x : n × 16 × 28 × 28
param D : 16 × 1 × 3 × 3
param a : 16
param W : o × 16 × 1 × 1
param b : o

H = relu(conv2d(x, D, a, padding=1, groups=16))
Z = conv2d(H, W, b)
L = Σ Z ⊙ r
