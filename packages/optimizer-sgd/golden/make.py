"""Makes the golden trajectories of this package: optax 0.2.8 with jax 0.10.2, in float64.

    pip install jax==0.10.2 optax==0.2.8 numpy
    python make.py && npx biome format --write .

pytorch-*: optax.sgd, whose learning rate is outside the velocity, as in torch.optim.SGD. paper-*: the same pieces, with the learning
rate before the velocity. Under the schedules here, the two forms differ.
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


def make(name, shape, hyperparameters, rule):
    kept = {}

    def step(layers, gradient, t):
        layers, gradient = every(jnp.asarray, layers), every(jnp.asarray, gradient)
        if t == 0:
            kept["state"] = rule.init(layers)
        updates, kept["state"] = rule.update(gradient, kept["state"], layers)
        return optax.apply_updates(layers, updates)

    write(HERE / f"{name}-{shape}.json", optimizer="sgd", source=f"optax {optax.__version__}, jax {jax.__version__}",
          hyperparameters={"momentumForm": name, **hyperparameters}, shape=shape, step=step)


# Optax computes schedules of its int32 count in float32 unless the count is converted.
exact = lambda schedule: lambda count: schedule(jnp.asarray(count, jnp.float64))
linear = exact(optax.linear_schedule(0.3, 0.0, STEPS))
cosine = exact(optax.warmup_cosine_decay_schedule(0.0, 0.2, STEPS // 5, STEPS))
inside = lambda rate, decay, mu, nesterov: optax.chain(
    optax.add_decayed_weights(decay), optax.scale_by_learning_rate(rate), optax.trace(mu, nesterov))
outside = lambda rate, decay, mu, nesterov: optax.chain(
    optax.add_decayed_weights(decay), optax.sgd(rate, momentum=mu, nesterov=nesterov))

for name, form in {"paper": inside, "pytorch": outside}.items():
    make(name, "tall", {"learningRate": 0.3, "momentum": 0.8, "schedule": "linear"}, form(linear, 0.0, 0.8, False))
    make(name, "wide", {"learningRate": 0.2, "momentum": 0.9, "nesterov": True, "weightDecay": 0.1, "schedule": "cosine",
                        "warmup": 0.2}, form(cosine, 0.1, 0.9, True))
