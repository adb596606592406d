"""Writes the golden trajectories of Hessian-free optimization, from plain loops over the explicit Gauss-Newton matrix.

    pip install numpy
    python make.py

No reference implementation has the same choices (README.md lists them), so the method is written down here from the papers, in numpy.
"""

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from trajectory import problem, write  # noqa: E402


def flat(layers):
    return np.concatenate([layer[key].ravel() for layer in layers for key in ("weight", "bias")])


def unflat(theta, like):
    layers, at = [], 0
    for layer in like:
        own = {}
        for key in ("weight", "bias"):
            size = layer[key].size
            own[key] = theta[at:at + size].reshape(layer[key].shape)
            at += size
        layers.append(own)
    return layers


def outputs(layers, inputs):
    h = inputs
    for i, layer in enumerate(layers):
        h = (h if i == 0 else np.tanh(h)) @ layer["weight"] + layer["bias"]
    return h


def jacobian(layers, inputs):
    """(examples, outputs, parameters), by the chain rule for one output at a time."""
    activations = [inputs]
    for i, layer in enumerate(layers):
        z = activations[-1] @ layer["weight"] + layer["bias"]
        activations.append(z if i == len(layers) - 1 else np.tanh(z))
    examples, width = activations[-1].shape
    J = np.zeros((examples, width, flat(layers).size))
    for k in range(width):
        delta = np.zeros((examples, width))
        delta[:, k] = 1
        parts = []
        for i in reversed(range(len(layers))):
            weight = np.einsum("ni,nj->nij", activations[i], delta).reshape(examples, -1)
            parts.insert(0, np.concatenate([weight, delta], axis=1))
            delta = (delta @ layers[i]["weight"].T) * (1 - activations[i] ** 2)
        J[:, k] = np.concatenate(parts, axis=1)
    return J


def loss(layers, batch):
    return np.mean((outputs(layers, batch["inputs"]) - batch["targets"]) ** 2)


class HessianFree:
    def __init__(self, like, batches, h):
        self.like, self.batches, self.h = like, batches, h
        self.damping, self.start = h["damping"], np.zeros(flat(like).size)

    def step(self, layers, gradient, t):
        h, batch, g, theta = self.h, self.batches[t % len(self.batches)], flat(gradient), flat(layers)
        at = lambda x: loss(unflat(theta - x, self.like), batch)
        J = jacobian(layers, batch["inputs"])
        examples, width, _ = J.shape
        residual = outputs(layers, batch["inputs"]) - batch["targets"]
        part = max(1, round(h["curvatureShare"] * examples))
        B = 2 / (part * width) * np.einsum("nkp,nkq->pq", J[:part], J[:part])
        A = B + self.damping * np.eye(len(g))
        own = 2 / width * np.einsum("nkp,nk->np", J, residual)
        M = (np.mean(own ** 2, axis=0) + self.damping) ** h["preconditionerExponent"]

        x = h["warmStart"] * self.start
        r = g - A @ x
        y = r / M
        p, models, kept = y, [], {}
        kept_at = sorted({int(np.ceil(1.3 ** j)) for j in range(30)})
        for i in range(1, h["cgIterations"] + 1):
            a = (r @ y) / (p @ A @ p)
            x = x + a * p
            s = r - a * (A @ p)
            z = s / M
            p = z + (s @ z) / (r @ y) * p
            r, y = s, z
            models.append(x @ A @ x / 2 - g @ x)
            if i in kept_at:
                kept[i] = x
            k = max(10, i // 10)
            if i > k and models[-1] < 0 and (models[-1] - models[-1 - k]) / models[-1] < k * h["progressTolerance"]:
                break
        last = x
        best = at(x)
        for j in sorted((j for j in kept if j < i), reverse=True) if h["cgBacktracking"] else []:
            if not at(kept[j]) <= best * (1 + 256 * np.finfo(float).eps):
                break
            x, best = kept[j], at(kept[j])
        ratio = (best - loss(layers, batch)) / (x @ A @ x / 2 - g @ x)
        alpha = 1.0
        for tries in range(h["maxLineSearchSteps"] + 1):
            if at(alpha * x) <= loss(layers, batch) - h["sufficientDecrease"] * alpha * (g @ x):
                break
            alpha = h["backtrackingFactor"] * alpha
        else:
            alpha = 0.0
        self.damping = (1.5 * self.damping if ratio < 0.25 else max(self.damping * 2 / 3, h["minDamping"]) if ratio > 0.75 else self.damping)
        self.start = last if g @ x > 0 else np.zeros_like(x)
        if g @ x <= 0:
            alpha = 0.0
        return unflat(theta - alpha * x, self.like)


def hessian_free(shape, given):
    h = {"cgIterations": 30, "progressTolerance": 5e-4, "warmStart": 0.95, "cgBacktracking": True, "preconditionerExponent": 0.75,
         "damping": 1, "minDamping": 1e-8, "curvatureShare": 1, "sufficientDecrease": 0.01, "backtrackingFactor": 0.8,
         "maxLineSearchSteps": 20, **given}
    layers, batches = problem(shape)
    write(HERE / f"hessian-free-{shape}.json", optimizer="hessian-free", shape=shape, hyperparameters=h,
          step=HessianFree(layers, batches, h).step, source=f"plain loops in numpy {np.__version__}, over the explicit matrix")


hessian_free("tall", {"damping": 2, "minDamping": 0.5, "cgIterations": 5})
hessian_free("wide", {"damping": 1, "curvatureShare": 0.5, "warmStart": 0.5, "preconditionerExponent": 0.5, "cgIterations": 4,
                      "sufficientDecrease": 0.4, "minDamping": 0.3})
