# Contrastive loss of two encoders: rows of equal number belong together.
input x : n × d
input z : n × d
input y : n
param A, B : d × h
const τ = 0.1
assume y : index n

P = normalize(x A)
Q = normalize(z B)
S = P Qᵀ / τ
L = ½ cross_entropy(S, y) + ½ cross_entropy(Sᵀ, y)
