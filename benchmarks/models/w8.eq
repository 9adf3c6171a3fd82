# Long short-term memory with 128 units, gates i, f, g, o side by side; half the squared error of the last state.
input  x : T × n × d
input  t : n × 128
param  Wx : d × 512
param  Wh : 128 × 512
param  b : 512

h[0] = zeros(n, 128)
c[0] = zeros(n, 128)
z[s] = x[s] Wx + h[s-1] Wh + b
c[s] = σ(z[s][:, 128:256]) ⊙ c[s-1] + σ(z[s][:, 0:128]) ⊙ tanh(z[s][:, 256:384])
h[s] = σ(z[s][:, 384:512]) ⊙ tanh(c[s])
L = ½ Σ (h[T] − t)² / n
