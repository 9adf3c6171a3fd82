# A single neuron with two inputs and a sigmoid, with half the squared error.
input  x : 2
target t :
param  w : 2
param  b :

y = σ(wᵀx + b)
L = ½ (y − t)²
