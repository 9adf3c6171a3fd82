# The add gate hands the gradient on to both of its inputs.
param x, y :

f = x + y
