"""Audits of Python files: every hand-written forward/backward pair, one verdict per gradient.

The way of a file, one module each:

    find      which pairs it has: methods forward/backward of a class, functions x_forward/x_backward,
              losses with a gradient, functions with a derivative, losses that return both
    names     what a gradient with some name belongs to (dW, grads["W1"], weight_grad: W, W1, weight)
    shapes    layouts, tried in order: what x, W, b, h may look like ((n, d), (n, c, h, w), …)
    values    what is passed for each argument under one layout; integers at more than one value
    standins  layers and activations of ours, where code is given its layers by the user
    fed       attributes that hold data or upstream gradients which whoever holds the layer puts there
    lost      attributes that backward needs and nobody keeps
    unused    losses whose backward takes an argument that it does not use
    run       construct, forward and backward, interpreted over nodes
    arguments what each argument of backward is
    claims    the gradients that the code states: returned, in attributes, applied to parameters
    reading   what one run gives
    case      a reading with its true gradients, and the same without what only keeps numbers finite
    sampled   the values of all of these at random points, worked out together
    jacobian  derivatives that are given as a Jacobian
    judge     the claims against the sweep of what forward computes: one finding for each
    conventions   the same claims under a convention: fused with a softmax, clipped, cut in time
    signs     whether the text takes a gradient off a parameter or adds it
    same      whether two formulas are equal at random points
    reasons   why a claim is wrong, in words
    documented    shapes that docstrings, comments and asserts state
    ways      how a pair can be read: layouts, sizes and choices, tried in order
    pairs     one pair: what is found under each way put together, and the variants that it offers
    files     one file; many files over the cores, with a time bound for each
    report    rows as text, JSON and Markdown

Readings are tried and compared by floats; what is found in the best of them is then proved, or
shown by a counterexample.  A layout is a guess, so a gradient that is right under one readable
layout is right.  Values within a layout (stride, padding, flags) are what the author offers, so a
gradient that is wrong at one of them is wrong under that condition.  Sizes are letters where the
code can be read so, which holds for all sizes; otherwise small distinct numbers, and the verdict
says so.
"""
