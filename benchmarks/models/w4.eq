# Layer normalisation over the last axis, weighed by w.
input w : n × d
param x : n × d
param g : d
param b : d

out = layer_norm(x, g, b)
L = Σ out ⊙ w
