# One fully connected layer on a single sample, in column convention: an affine map,
# then a sigmoid, with half the squared error.
input  x : d
target y : k
param  W : k × d
param  b : k

z = W x + b
h = σ(z)
L = ½ ‖h − y‖²
