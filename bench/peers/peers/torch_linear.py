"""A network linearized by hand: one forward pass keeps what its derivatives need, then J v and J' u as often as wanted.

torch.func.jvp evaluates the network again in every call, and the residuals of torch.compile's autograd serve one backward
pass. Written per layer, forward, jvp and vjp are plain tensor functions, which torch.compile fuses."""

import torch
import torch.nn.functional as F

# name: (function, derivative from the function's value)
ACTIVATIONS = {
    "sigmoid": (torch.sigmoid, lambda y: y * (1 - y)),
    "tanh": (torch.tanh, lambda y: 1 - y * y),
    "relu": (torch.relu, lambda y: (y > 0).to(y.dtype)),
}


def network(layers, params, x):
    """The outputs before the loss, (M, ...). Parameters are a flat list: weight and bias of each layer; dense weights are
    (in, out)."""
    leaves = iter(params)
    for layer in layers:
        x, _ = forward_layer(layer, leaves, x)
    return x


def forward_layer(layer, leaves, x):
    """A layer's output, and its residuals."""
    kind = layer["kind"]
    if kind == "dense":
        weight, bias = next(leaves), next(leaves)
        return torch.addmm(bias, x, weight), (x, weight)
    if kind == "conv":
        weight, bias = next(leaves), next(leaves)
        return F.conv2d(x, weight, bias), (x, weight)
    if kind == "maxPool":
        y, indices = F.max_pool2d(x, layer["window"], return_indices=True)
        return y, (x.shape, indices)
    if kind == "flatten":
        return x.flatten(1), x.shape
    if kind == "activation":
        function, derivative = ACTIVATIONS[layer["name"]]
        y = function(x)
        return y, derivative(y)
    raise ValueError(f"layer {kind}")


def linearize(layers, params, x):
    """The outputs, and the residuals of all layers."""
    leaves, residuals = iter(params), []
    for layer in layers:
        x, kept = forward_layer(layer, leaves, x)
        residuals.append(kept)
    return x, residuals


def jvp(layers, residuals, tangents):
    """J v. The input has no tangent, so the first layer's is that of its parameters alone."""
    leaves, dx = iter(tangents), None
    for layer, kept in zip(layers, residuals):
        kind = layer["kind"]
        if kind == "dense":
            (x, weight), dw, db = kept, next(leaves), next(leaves)
            dy = torch.addmm(db, x, dw)
            dx = dy if dx is None else torch.addmm(dy, dx, weight)
        elif kind == "conv":
            (x, weight), dw, db = kept, next(leaves), next(leaves)
            dy = F.conv2d(x, dw, db)
            dx = dy if dx is None else dy + F.conv2d(dx, weight)
        elif dx is None:
            continue
        elif kind == "maxPool":
            _, indices = kept
            dx = dx.flatten(2).gather(2, indices.flatten(2)).view(indices.shape)
        elif kind == "flatten":
            dx = dx.flatten(1)
        else:
            dx = dx * kept
    return dx


def vjp(layers, residuals, dy):
    """J' u, in the order of the parameters. Nothing is sent into the input."""
    grads = []
    first = next(i for i, layer in enumerate(layers) if layer["kind"] in ("dense", "conv"))
    for i in reversed(range(first, len(layers))):
        layer, kept = layers[i], residuals[i]
        kind = layer["kind"]
        if kind == "dense":
            x, weight = kept
            grads += [dy.sum(0), x.T @ dy]
            dy = None if i == first else dy @ weight.T
        elif kind == "conv":
            x, weight = kept
            dx, dw, db = torch.ops.aten.convolution_backward(
                dy, x, weight, [weight.shape[0]], [1, 1], [0, 0], [1, 1], False, [0, 0], 1, [i != first, True, True]
            )
            grads += [db, dw]
            dy = dx
        elif kind == "maxPool":
            shape, indices = kept
            dx = dy.new_zeros(*shape[:2], shape[2] * shape[3])
            dy = dx.scatter_add(2, indices.flatten(2), dy.flatten(2)).view(shape)
        elif kind == "flatten":
            dy = dy.reshape(kept)
        else:
            dy = dy * kept
    return grads[::-1]
