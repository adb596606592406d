"""Writes golden/optax.json: the first steps of an Optax optimizer, which `bench check` compares with __name__.

    pip install jax optax
    python golden/with_optax.py

Edit HYPERPARAMETERS and OPTIMIZER. Everything is float64.
"""

import json
import pathlib

import jax
import jax.numpy as jnp
import numpy
import optax

jax.config.update("jax_enable_x64", True)

# As in manifest.json; those left out have their defaults.
HYPERPARAMETERS = {"learningRate": 0.05, "momentum": 0.9}
OPTIMIZER = optax.sgd(0.05, momentum=0.9)
STEPS = 10

random = numpy.random.RandomState(0)
# y = tanh(x W1 + b1) W2 + b2, with weights (in, out), on two mini-batches of six examples.
layers = [
    {"weight": jnp.array(random.randn(3, 4) / 2), "bias": jnp.zeros(4)},
    {"weight": jnp.array(random.randn(4, 2) / 2), "bias": jnp.zeros(2)},
]
batches = [{"inputs": jnp.array(random.randn(6, 3)), "targets": jnp.array(random.randn(6, 2))} for _ in range(2)]


def loss_of(layers, batch):
    hidden = jnp.tanh(batch["inputs"] @ layers[0]["weight"] + layers[0]["bias"])
    outputs = hidden @ layers[1]["weight"] + layers[1]["bias"]
    return jnp.mean((outputs - batch["targets"]) ** 2)


def plain(arrays):
    return [{key: numpy.asarray(value).tolist() for key, value in each.items()} for each in arrays]


golden = {
    "format": "gaussmark-golden-1",
    "source": f"jax {jax.__version__}, optax {optax.__version__}",
    "hyperparameters": HYPERPARAMETERS,
    "layers": plain(layers),
    "batches": plain(batches),
    "steps": [],
}

state = OPTIMIZER.init(layers)
for step in range(STEPS):
    loss, gradient = jax.value_and_grad(loss_of)(layers, batches[step % len(batches)])
    updates, state = OPTIMIZER.update(gradient, state, layers)
    layers = optax.apply_updates(layers, updates)
    golden["steps"].append({"loss": float(loss), "layers": plain(layers)})

file = pathlib.Path(__file__).with_name("optax.json")
file.write_text(json.dumps(golden, indent=1) + "\n")
print(f"{file}: {STEPS} steps, final loss {golden['steps'][-1]['loss']:.6g}")
