# Gated recurrent unit (Cho and others 2014) over a sequence of any length T; the last state is classified.
input x: T, n, d
input h_0: n, m
target y: n, k
assume y: onehot
param W_z: d, m
param U_z: m, m
param b_z: m
param W_r: d, m
param U_r: m, m
param b_r: m
param W_c: d, m
param U_c: m, m
param b_c: m
param V: m, k
param a: k

h[0] = h_0
z[t] = σ(x[t] W_z + h[t-1] U_z + b_z)
r[t] = σ(x[t] W_r + h[t-1] U_r + b_r)
c[t] = tanh(x[t] W_c + (r[t] ⊙ h[t-1]) U_c + b_c)
h[t] = (1 - z[t]) ⊙ h[t-1] + z[t] ⊙ c[t]
s = h[T] V + a
L = cross_entropy(s, y)
