# Ridge regression: least squares with an ℓ2 penalty on the weights.
input  X : n × d
target y : n
param  w : d
param  b :
const  λ = 0.1

ŷ = X w + b
L = ½ ‖ŷ − y‖² / n + ½ λ‖w‖²
