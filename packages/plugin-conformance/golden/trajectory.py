"""Golden trajectories: the problems, the gradient and the files that every package's golden/make.py shares. Needs numpy alone.

    from trajectory import problem, write

    write(HERE / "adamw-tall.json", optimizer="adamw", source="optax 0.2.8", shape="tall",
          hyperparameters={"learningRate": 0.05}, step=step)

`step(layers, gradient, t)` is given lists of {"weight": (in, out), "bias": (out,)}, float64, and the step's number from 0; it
returns the layers after the step. With `point(layers)`, the file also has the points where the model is evaluated.
"""

import json
import pathlib

import numpy as np

STEPS = 20
# Sizes of the network's layers: weights with more rows than columns, and the other way round.
SIZES = {"tall": (5, 3, 2), "wide": (2, 3, 5)}


def problem(shape, seed=0):
    """Initial layers, and three mini-batches of six examples."""
    random = np.random.RandomState(seed)
    sizes = SIZES[shape]
    layers = [
        {"weight": random.randn(rows, columns) / np.sqrt(rows), "bias": random.randn(columns) / 4}
        for rows, columns in zip(sizes, sizes[1:])
    ]
    batches = [{"inputs": random.randn(6, sizes[0]), "targets": random.randn(6, sizes[-1])} for _ in range(3)]
    return layers, batches


def outputs(layers, inputs):
    """y = tanh(... tanh(x W1 + b1) ...) Wn + bn."""
    for i, layer in enumerate(layers):
        inputs = (inputs if i == 0 else np.tanh(inputs)) @ layer["weight"] + layer["bias"]
    return inputs


def loss_and_gradient(layers, batch):
    """The mean squared error of the outputs, and its gradient."""
    activations = [batch["inputs"]]
    for i, layer in enumerate(layers):
        inputs = activations[-1] if i == 0 else np.tanh(activations[-1])
        activations[-1] = inputs
        activations.append(inputs @ layer["weight"] + layer["bias"])
    residual = activations.pop() - batch["targets"]
    delta = 2 * residual / residual.size
    gradient = []
    for layer, inputs in zip(reversed(layers), reversed(activations)):
        gradient.append({"weight": inputs.T @ delta, "bias": delta.sum(axis=0)})
        delta = (delta @ layer["weight"].T) * (1 - inputs**2)
    return float(np.mean(residual**2)), gradient[::-1]


def plain(layers):
    return [{key: np.asarray(value, np.float64).tolist() for key, value in each.items()} for each in layers]


def write(file, *, optimizer, source, hyperparameters, shape, step, point=None, given=None):
    """Takes the steps and writes the file. `given`: (layers, batches) instead of those of `problem`."""
    layers, batches = given or problem(shape)
    golden = {
        "format": "gaussmark-golden-1",
        "optimizer": optimizer,
        "source": source,
        "hyperparameters": hyperparameters,
        "layers": plain(layers),
        "batches": plain(batches),
        "steps": [],
    }
    for t in range(STEPS):
        loss, gradient = loss_and_gradient(layers, batches[t % len(batches)])
        layers = step(layers, gradient, t)
        after = {"layers": plain(layers)}
        if point is not None:
            after["point"] = plain(point(layers))
        golden["steps"].append(after)
    file = pathlib.Path(file)
    file.write_text(json.dumps(golden, indent=1) + "\n")
    print(f"{file.name}: loss of the last step {loss:.6g}")


def every(fn, *trees):
    """fn of the corresponding arrays of lists of layers."""
    return [{key: fn(*(tree[i][key] for tree in trees)) for key in ("weight", "bias")} for i in range(len(trees[0]))]


def pack(layers):
    """All parameters as one vector, for methods with dense matrices."""
    return np.concatenate([part.ravel() for layer in layers for part in (layer["weight"], layer["bias"])])


def unpack(theta, like):
    """Layers in the shapes of `like`."""
    layers, at = [], 0
    for layer in like:
        m, n = layer["weight"].shape
        weight, bias = theta[at : at + m * n].reshape(m, n), theta[at + m * n : at + m * n + n]
        layers.append({"weight": weight, "bias": bias})
        at += m * n + n
    return layers


def forward(layers, x):
    """The inputs of every layer for one example, and the outputs."""
    activations = [x]
    for i, layer in enumerate(layers):
        z = activations[-1] @ layer["weight"] + layer["bias"]
        activations.append(z if i == len(layers) - 1 else np.tanh(z))
    return activations


def outputs_and_jacobian(theta, like, batch):
    """f (examples, outputs), and J with a row for each output of each example."""
    layers = unpack(theta, like)
    rows, values = [], []
    for x in batch["inputs"]:
        activations = forward(layers, x)
        values.append(activations[-1])
        for unit in np.eye(len(values[-1])):
            delta = unit
            parts = []
            for i in reversed(range(len(layers))):
                parts = [np.outer(activations[i], delta).ravel(), delta] + parts
                if i > 0:
                    delta = (layers[i]["weight"] @ delta) * (1 - activations[i] ** 2)
            rows.append(np.concatenate(parts))
    return np.array(values), np.array(rows)


def part(batch, start, stop):
    """The examples from start to before stop."""
    return {name: values[start:stop] for name, values in batch.items()}


def loss_of(theta, like, batch):
    """The mean squared error, example by example."""
    layers = unpack(theta, like)
    return np.mean([(forward(layers, x)[-1] - y) ** 2 for x, y in zip(batch["inputs"], batch["targets"])])
