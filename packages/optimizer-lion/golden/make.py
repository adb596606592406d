"""Makes the golden trajectories of this package: optax 0.2.8 with jax 0.10.2, in float64.

    pip install jax==0.10.2 optax==0.2.8 numpy
    python make.py && npx biome format --write .
"""

import pathlib
import sys

import jax
import jax.numpy as jnp
import optax

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from trajectory import STEPS, every, write

jax.config.update("jax_enable_x64", True)
SOURCE = f"optax {optax.__version__}, jax {jax.__version__}"


def make(shape, hyperparameters, rule):
    kept = {}

    def step(layers, gradient, t):
        layers, gradient = every(jnp.asarray, layers), every(jnp.asarray, gradient)
        if t == 0:
            kept["state"] = rule.init(layers)
        updates, kept["state"] = rule.update(gradient, kept["state"], layers)
        return optax.apply_updates(layers, updates)

    write(HERE / f"lion-{shape}.json", optimizer="lion", source=SOURCE, hyperparameters=hyperparameters, shape=shape, step=step)


# Optax computes schedules of its int32 count in float32 unless the count is converted.
exact = lambda schedule: lambda count: schedule(jnp.asarray(count, jnp.float64))
make("tall", {"learningRate": 0.03, "weightDecay": 0.1}, optax.lion(0.03, weight_decay=0.1))
make("wide", {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "weightDecay": 0.5, "decayed": "matrices", "schedule": "linear"},
     optax.lion(exact(optax.linear_schedule(0.05, 0.0, STEPS)), b1=0.8, b2=0.95, weight_decay=0.5,
                mask=lambda params: [{"weight": True, "bias": False} for _ in params]))
