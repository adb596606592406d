"""Makes the golden trajectories of this package, in float64, with the random numbers that a run with seed 1 draws.

    git clone https://github.com/Liuhong99/Sophia && pip install numpy jax==0.10.2     # torch is used if it is installed
    node draws.mjs && python make.py Sophia/sophia.py && npx biome format --write .

sophia-g is Liuhong99/Sophia's SophiaG, commit a7e1572, whose curvature is updated before the step, as in algorithm 3 of the paper.
sophia-h is algorithm 3 in numpy: the authors' code has no Sophia-H. Its products with the Hessian are jax's.
"""

import json
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from torch_on_numpy import NAME, module, tensor
from trajectory import every, loss_and_gradient, outputs, problem, write

jax.config.update("jax_enable_x64", True)
SophiaG = module(sys.argv[1]).SophiaG


def draws(shape):
    return json.loads((HERE / "draws" / f"{shape}.json").read_text())


def with_gradient(layers, gradient):
    for each, own in zip(layers, gradient):
        for key, x in each.items():
            x.grad = tensor(own[key])


def make_g(shape, hyperparameters, refresh, rho, **options):
    noise, (_, batches), kept = draws(shape), problem(shape), {}

    def step(layers, gradient, t):
        if t == 0:
            kept["layers"] = [{key: tensor(x) for key, x in each.items()} for each in layers]
            kept["optimizer"] = SophiaG([x for each in kept["layers"] for x in each.values()], rho=rho, **options)
        batch = batches[t % len(batches)]
        f = outputs(layers, batch["inputs"])
        if t % refresh == 0:
            sampled = {"inputs": batch["inputs"], "targets": f + np.array(noise[t]["noise"])}
            with_gradient(kept["layers"], loss_and_gradient(layers, sampled)[1])
            kept["optimizer"].update_hessian()
        with_gradient(kept["layers"], gradient)
        kept["optimizer"].step(bs=f.size)
        return [{key: np.asarray(x).copy() for key, x in each.items()} for each in kept["layers"]]

    write(HERE / f"sophia-g-{shape}.json", optimizer="sophia-g", source=f"Liuhong99/Sophia a7e1572, {NAME}",
          hyperparameters=hyperparameters, shape=shape, step=step)


def hessian_product(layers, batch, v):
    def loss(layers):
        h = batch["inputs"]
        for i, layer in enumerate(layers):
            h = (h if i == 0 else jnp.tanh(h)) @ layer["weight"] + layer["bias"]
        return jnp.mean((h - batch["targets"]) ** 2)

    return jax.jvp(jax.grad(loss), (every(jnp.asarray, layers),), (every(jnp.asarray, v),))[1]


def make_h(shape, hyperparameters, refresh, rate, beta1, beta2, gamma, decay, epsilon=1e-12):
    signs, (_, batches), kept = draws(shape), problem(shape), {}

    def step(layers, gradient, t):
        if t == 0:
            kept["m"] = kept["h"] = every(np.zeros_like, layers)
        kept["m"] = every(lambda m, g: beta1 * m + (1 - beta1) * g, kept["m"], gradient)
        if t % refresh == 0:
            z = every(lambda x: np.array(x, np.float64), signs[t]["probe"]["layers"])
            product = hessian_product(layers, batches[t % len(batches)], z)
            kept["h"] = every(lambda h, s, p: beta2 * h + (1 - beta2) * s * np.asarray(p), kept["h"], z, product)

        def moved(theta, m, h):
            return theta - rate * decay * theta - rate * np.clip(m / np.maximum(gamma * h, epsilon), -1, 1)

        return every(moved, layers, kept["m"], kept["h"])

    write(HERE / f"sophia-h-{shape}.json", optimizer="sophia-h",
          source=f"algorithm 3 of arXiv 2305.14342 in numpy {np.__version__}, H z by jax {jax.__version__}",
          hyperparameters=hyperparameters, shape=shape, step=step)


make_g("tall", {"learningRate": 0.05, "gamma": 2, "every": 3}, 3, rho=2.0, lr=0.05, betas=(0.965, 0.99), weight_decay=0.1)
make_g("wide", {"learningRate": 0.1, "beta1": 0.8, "beta2": 0.7, "gamma": 1, "weightDecay": 0.3, "every": 1}, 1, rho=1.0,
       lr=0.1, betas=(0.8, 0.7), weight_decay=0.3)
make_h("tall", {"learningRate": 0.05, "gamma": 10, "every": 3}, 3, 0.05, 0.965, 0.99, 10.0, 1e-4)
make_h("wide", {"learningRate": 0.1, "beta1": 0.8, "beta2": 0.7, "gamma": 2, "epsilon": 0.05, "weightDecay": 0.3, "every": 1},
       1, 0.1, 0.8, 0.7, 2.0, 0.3, epsilon=0.05)
