# RMS normalisation and a SwiGLU network with a residual connection; weighed by r.
input r : n × d
param x : n × d
param g : d
param U, G : d × f
param V : f × d

A = rms_norm(x, g)
Y = x + (silu(A G) ⊙ (A U)) V
L = Σ Y ⊙ r
