# One recurrent net reads the sequence forwards, another backwards; their last states are classified.
input x: T, n, d
target y: n, k
assume y: onehot
param W: d, m
param U: m, m
param b: m
param Wr: d, m
param Ur: m, m
param br: m
param V: m, k
param Vr: m, k

h[0] = zeros(n, m)
h[t] = tanh(x[t] W + h[t-1] U + b)
r[T+1] = zeros(n, m)
r[t] = tanh(x[t] Wr + r[t+1] Ur + br)
z = h[T] V + r[1] Vr
L = cross_entropy(z, y)
