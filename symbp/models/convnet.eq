# A small convolutional network for images: convolution, relu, pooling, and a linear layer on
# what is left, with cross-entropy. Images are 28 × 28 pixels of one channel.
input  X : n × 1 × 28 × 28
input  y : n
param  K : c × 1 × 5 × 5
param  a : c
param  W : 144*c × 10
param  b : 10
assume y : index 10

C = relu(conv2d(X, K, a))
P = max_pool2d(C, 2)
Z = reshape(P, (n, -1)) @ W + b
L = cross_entropy(Z, y)
