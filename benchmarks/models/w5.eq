# Softmax with cross-entropy of given scores, mean over the rows.
input  y : n
assume y : index k
param  z : n × k

L = cross_entropy(z, y)
