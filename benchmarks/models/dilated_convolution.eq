# A dilated convolution over time with stride one, GELU, weighed by r.
input r : n × o × 124
param x : n × c × 128
param W : o × c × 3
param b : o

H = gelu(conv1d(x, W, b, dilation=2))
L = Σ H ⊙ r
