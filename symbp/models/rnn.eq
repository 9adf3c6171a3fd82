# A recurrent net that classifies a sequence by its last state, for any length T.
input x: T, n, d
target y: n, k
assume y: onehot
param Wx: d, m
param Wh: m, m
param b: m
param V: m, k
param c: k

h[0] = zeros(n, m)
h[t] = tanh(x[t] Wx + h[t-1] Wh + b)
z = h[T] V + c
L = cross_entropy(z, y)
