"""Parameters in one vector, which cost functions take apart, as optimisers want them."""

import numpy as np


def ratings_cost(params, Y, R, n_users, n_items, n_factors, lam):
    items = params[: n_items * n_factors].reshape(n_items, n_factors)
    users = params[n_items * n_factors :].reshape(n_users, n_factors)
    error = (items @ users.T - Y) * R
    cost = 0.5 * np.sum(error**2) + 0.5 * lam * np.sum(params**2)
    grad = np.concatenate([(error @ users).ravel(), (error.T @ items).ravel()]) + lam * params
    return cost, grad


def plain_ratings_cost(params, Y, R, n_users, n_items, n_factors):
    items = np.reshape(params[: n_items * n_factors], (n_items, n_factors))
    users = np.reshape(params[n_items * n_factors :], (n_users, n_factors))
    return 0.5 * np.sum(((items @ users.T - Y) * R) ** 2)


def plain_ratings_cost_gradient(params, Y, R, n_users, n_items, n_factors):
    """The factors of users and items in the wrong order."""
    items = np.reshape(params[: n_items * n_factors], (n_items, n_factors))
    users = np.reshape(params[n_items * n_factors :], (n_users, n_factors))
    error = (items @ users.T - Y) * R
    return np.append((error.T @ items).ravel(), (error @ users).ravel())


def unrolled_network_cost(nn_params, input_size, hidden_size, n_classes, X, y):
    m = np.size(X, 0)
    cut = hidden_size * (input_size + 1)
    W1 = nn_params[:cut].reshape(hidden_size, input_size + 1)
    W2 = nn_params[hidden_size * (input_size + 1) :].reshape(n_classes, hidden_size + 1)
    a1 = np.concatenate((np.ones((m, 1)), X), axis=1)
    z2 = a1 @ W1.T
    a2 = np.concatenate((np.ones((m, 1)), np.tanh(z2)), axis=1)
    z3 = a2 @ W2.T
    J = 0
    delta3 = np.zeros(z3.shape)
    for k in range(n_classes):
        J = J + np.sum((z3[:, k] - (y == k)) ** 2) / (2 * m)
        delta3[:, k] = (z3[:, k] - (y == k)) / m
    delta2 = delta3 @ W2[:, 1:] * (1 - np.tanh(z2) ** 2)
    grad = np.concatenate(((delta2.T @ a1).ravel(), (delta3.T @ a2).ravel()))
    return [J, grad]
