# Long short-term memory over a sequence of any length T; the last state is classified.
# Hochreiter and Schmidhuber 1997, with the forget gate of Gers and others 2000.
input x: T, n, d
target y: n, k
assume y: onehot
param W_i: d, m
param U_i: m, m
param b_i: m
param W_f: d, m
param U_f: m, m
param b_f: m
param W_o: d, m
param U_o: m, m
param b_o: m
param W_g: d, m
param U_g: m, m
param b_g: m
param V: m, k
param a: k

h[0] = zeros(n, m)
c[0] = zeros(n, m)
i[t] = σ(x[t] W_i + h[t-1] U_i + b_i)
f[t] = σ(x[t] W_f + h[t-1] U_f + b_f)
o[t] = σ(x[t] W_o + h[t-1] U_o + b_o)
g[t] = tanh(x[t] W_g + h[t-1] U_g + b_g)
c[t] = f[t] ⊙ c[t-1] + i[t] ⊙ g[t]
h[t] = o[t] ⊙ tanh(c[t])
z = h[T] V + a
L = cross_entropy(z, y)
