# Cross attention without a mask, one head; half the squared error.
input T : n × q × d
param x : n × q × d
param c : n × t × d
param Wq, Wk, Wv : d × d

Q = x @ Wq
K = c @ Wk
V = c @ Wv
A = softmax(Q @ swapaxes(K, 1, 2) / sqrt(d), axis=-1)
L = ½ Σ (A @ V − T)² / n
