# The multiply gate hands the gradient on scaled by the other input.
param x, y :

f = x y
