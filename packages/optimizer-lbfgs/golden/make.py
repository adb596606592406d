"""Writes the golden trajectories of L-BFGS, from Optax without a line search, on a single mini-batch.

    pip install jax optax
    python make.py
"""

import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from trajectory import every, problem, write  # noqa: E402


def lbfgs(shape, rate, memory):
    optimizer = optax.lbfgs(rate, memory_size=memory, linesearch=None)
    layers, batches = problem(shape)
    state = optimizer.init(every(jnp.array, layers))

    def step(layers, gradient, t):
        nonlocal state
        updates, state = optimizer.update(every(jnp.array, gradient), state, every(jnp.array, layers))
        return every(lambda x, u: x + np.asarray(u), layers, updates)

    write(HERE / f"lbfgs-{shape}.json", optimizer="lbfgs", shape=shape, step=step, given=(layers, batches[:1]),
          source=f"optax {optax.__version__}, jax {jax.__version__}",
          hyperparameters={"learningRate": rate, "memory": memory, "lineSearch": "none"})


lbfgs("tall", 0.5, 4)
lbfgs("wide", 0.9, 10)
