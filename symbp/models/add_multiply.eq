# The computational graph f = (x + y) z of two gates, which adds first and then multiplies.
param x :
param y :
param z :

q = x + y
f = q z
