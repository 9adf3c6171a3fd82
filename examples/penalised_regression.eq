# Linear regression with the mean squared error, and an ℓ2 penalty on the weights.
input  X : N × d
target Y : N × k
input  λ :
param  W : d × k

Ŷ = X W
L = ‖Y − Ŷ‖² / N
J = L + λ ‖W‖²
