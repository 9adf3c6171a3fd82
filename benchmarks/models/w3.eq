# 784-256×8-10 network with GELU (tanh form), softmax with cross-entropy, mean over the batch.
input  x : n × 784
input  y : n
assume y : index 10
param  W₁ : 784 × 256
param  b₁ : 256
param  W₂ : 256 × 256
param  b₂ : 256
param  W₃ : 256 × 256
param  b₃ : 256
param  W₄ : 256 × 256
param  b₄ : 256
param  W₅ : 256 × 256
param  b₅ : 256
param  W₆ : 256 × 256
param  b₆ : 256
param  W₇ : 256 × 256
param  b₇ : 256
param  W₈ : 256 × 256
param  b₈ : 256
param  W₉ : 256 × 10
param  b₉ : 10

a₁ = gelu_tanh(x W₁ + b₁)
a₂ = gelu_tanh(a₁ W₂ + b₂)
a₃ = gelu_tanh(a₂ W₃ + b₃)
a₄ = gelu_tanh(a₃ W₄ + b₄)
a₅ = gelu_tanh(a₄ W₅ + b₅)
a₆ = gelu_tanh(a₅ W₆ + b₆)
a₇ = gelu_tanh(a₆ W₇ + b₇)
a₈ = gelu_tanh(a₇ W₈ + b₈)
z = a₈ W₉ + b₉
L = cross_entropy(z, y)
