# A convolution whose channels are scaled by what the whole image says; half the squared error.
input r : n × o × 14 × 14
param x : n × c × 14 × 14
param W : o × c × 3 × 3
param b : o
param S : o × q
param s : q
param E : q × o
param e : o

A = relu(conv2d(x, W, b, padding=1))
P = mean(A, axis=(2, 3))
G = σ(relu(P S + s) E + e)
L = ½ Σ (A ⊙ G[:, :, None, None] − r)² / n
