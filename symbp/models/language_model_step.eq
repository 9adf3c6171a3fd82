# One step of a language model: the embeddings of three previous words side by side, one
# hidden layer, and the probabilities of the next word.
input  w : n × 3
input  y : n
param  E : v × e
param  W : 3*e × h
param  b : h
param  U : h × v
param  c : v
assume w : index v
assume y : index v

X = reshape(E[w], (n, -1))
H = tanh(X W + b)
Z = H U + c
L = cross_entropy(Z, y)
