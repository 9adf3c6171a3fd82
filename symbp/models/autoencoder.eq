# An autoencoder with tied weights: the decoder is the transposed encoder. The loss is the
# squared error of the reconstruction, averaged over the batch.
input  X : n × d
param  W : d × h
param  b : h
param  c : d

H = tanh(X W + b)
R = H Wᵀ + c
L = ‖R − X‖² / n
