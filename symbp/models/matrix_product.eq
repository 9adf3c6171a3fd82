# The product D = W X inside a larger network; the gradient G_D arrives from above.
param W : m × n
param X : n × b
output D, G_D

D = W X
