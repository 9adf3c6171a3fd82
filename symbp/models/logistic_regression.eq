# Logistic regression: one probability per sample, with the binary cross-entropy averaged
# over the batch.
input  X : n × d
target y : n
param  w : d
param  b :
assume y : binary

z = X w + b
L = mean(softplus(z) − y ⊙ z)
