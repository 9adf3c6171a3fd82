# A bag of words: embeddings averaged, a hidden layer, classes.
input w : n × s
input y : n
param E : v × d
param W : d × h
param b : h
param V : h × k
param c : k
assume w : index v
assume y : index k

X = mean(E[w], axis=1)
H = relu(X W + b)
L = cross_entropy(H V + c, y)
