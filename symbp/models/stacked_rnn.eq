# Two recurrent layers: the states of the first are the inputs of the second.
input x: T, n, d
target y: n, k
assume y: onehot
param W1: d, m
param U1: m, m
param b1: m
param W2: m, p
param U2: p, p
param b2: p
param V: p, k

h1[0] = zeros(n, m)
h1[t] = tanh(x[t] W1 + h1[t-1] U1 + b1)
h2[0] = zeros(n, p)
h2[t] = tanh(h1[t] W2 + h2[t-1] U2 + b2)
L = cross_entropy(h2[T] V, y)
