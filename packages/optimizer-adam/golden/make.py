"""Makes the golden trajectories of this package: optax 0.2.8 with jax 0.10.2, in float64.

    pip install jax==0.10.2 optax==0.2.8 numpy
    python make.py && npx biome format --write .
"""

import math
import pathlib
import sys

import jax
import jax.numpy as jnp
import optax
from optax import contrib

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from trajectory import STEPS, every, write

jax.config.update("jax_enable_x64", True)
SOURCE = f"optax {optax.__version__}, jax {jax.__version__}"


def stepper(rule):
    kept = {}

    def step(layers, gradient, t):
        layers, gradient = every(jnp.asarray, layers), every(jnp.asarray, gradient)
        if t == 0:
            kept["state"] = rule.init(layers)
        updates, kept["state"] = rule.update(gradient, kept["state"], layers)
        return optax.apply_updates(layers, updates)

    return step


def make(name, shape, hyperparameters, rule):
    write(HERE / f"{name}-{shape}.json", optimizer=name, source=SOURCE, hyperparameters=hyperparameters, shape=shape,
          step=stepper(rule))


# Optax computes schedules of its int32 count in float32 unless the count is converted.
exact = lambda schedule: lambda count: schedule(jnp.asarray(count, jnp.float64))
cosine = lambda rate: exact(optax.warmup_cosine_decay_schedule(0.0, rate, STEPS // 5, STEPS))
matrices = lambda params: [{"weight": True, "bias": False} for _ in params]

make("adamw", "tall", {"learningRate": 0.05, "epsilon": 0.01, "weightDecay": 0.1},
     optax.adamw(0.05, eps=0.01, weight_decay=0.1))
make("adamw", "wide",
     {"learningRate": 0.1, "beta1": 0.8, "beta2": 0.9, "weightDecay": 0.2, "decayed": "matrices", "schedule": "cosine",
      "warmup": 0.2},
     optax.adamw(cosine(0.1), b1=0.8, b2=0.9, weight_decay=0.2, mask=matrices))
make("nadamw", "tall", {"learningRate": 0.05, "epsilon": 0.01, "weightDecay": 0.1},
     optax.nadamw(0.05, eps=0.01, weight_decay=0.1))
make("nadamw", "wide", {"learningRate": 0.1, "beta1": 0.8, "beta2": 0.9, "schedule": "cosine", "warmup": 0.2},
     optax.nadamw(cosine(0.1), b1=0.8, b2=0.9, weight_decay=1e-4))
make("ademamix", "tall", {"learningRate": 0.05, "beta3": 0.99, "alpha": 6, "epsilon": 0.01, "weightDecay": 0.1},
     contrib.ademamix(0.05, b3=0.99, alpha=6.0, eps=0.01, weight_decay=0.1))


# The warm-up of alpha and beta3 over T steps, counted from 1, as in apple/ml-ademamix (c3d73c0) without the 1e-8 that it adds to betas.
def share(count):
    return jnp.minimum((count + 1) / (STEPS / 2), 1.0)


def slow_decay(count):
    half_life = (1 - share(count)) / math.log(0.8) + share(count) / math.log(0.999)
    return jnp.exp(1 / half_life)


make("ademamix", "wide",
     {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.9, "beta3": 0.999, "alpha": 5, "slowWarmup": 0.5},
     contrib.ademamix(0.05, b1=0.8, b2=0.9, b3=slow_decay, alpha=lambda count: 5.0 * share(count)))
