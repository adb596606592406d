"""Writes the golden trajectories of K-FAC with exact factors, from plain loops over examples and outputs.

    pip install numpy
    python make.py

kfac-jax damps and rescales differently (README.md), so the method is written down here from the paper, in numpy.
"""

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from trajectory import problem, write  # noqa: E402


def forward(layers, inputs):
    """The inputs of every layer, and the outputs."""
    activations = [inputs]
    for i, layer in enumerate(layers):
        z = activations[-1] @ layer["weight"] + layer["bias"]
        activations.append(z if i == len(layers) - 1 else np.tanh(z))
    return activations[:-1], activations[-1]


def backward(layers, activations, delta):
    """The derivatives of delta'f at the pre-activations of every layer, for one example."""
    found = []
    for i in reversed(range(len(layers))):
        found.insert(0, delta)
        delta = (layers[i]["weight"] @ delta) * (1 - activations[i] ** 2)
    return found


def loss(layers, batch):
    return np.mean((forward(layers, batch["inputs"])[1] - batch["targets"]) ** 2)


def matrices(layers):
    return [np.vstack([layer["weight"], layer["bias"]]) for layer in layers]


def apart(rows):
    return [{"weight": w[:-1], "bias": w[-1]} for w in rows]


def dot(a, b):
    return sum(np.sum(x * y) for x, y in zip(a, b))


class Kfac:
    def __init__(self, layers, batches, h):
        self.batches, self.h, self.damping = batches, h, h["damping"]
        self.A = [np.zeros((len(w), len(w))) for w in matrices(layers)]
        self.S = [np.zeros((w.shape[1], w.shape[1])) for w in matrices(layers)]
        self.last = [np.zeros_like(w) for w in matrices(layers)]

    def step(self, layers, gradient, t):
        h, batch = self.h, self.batches[t % len(self.batches)]
        inputs, outputs = forward(layers, batch["inputs"])
        M, c = outputs.shape
        A = [np.zeros_like(a) for a in self.A]
        S = [np.zeros_like(s) for s in self.S]
        J = {}
        for n in range(M):
            ones = [np.append(a[n], 1) for a in inputs]
            for i, a in enumerate(ones):
                A[i] += np.outer(a, a) / M
            for k in range(c):
                deltas = backward(layers, [a[n] for a in inputs], np.eye(c)[k])
                J[n, k] = [np.outer(a, d) for a, d in zip(ones, deltas)]
                for i, d in enumerate(deltas):
                    S[i] += 2 / (M * c) * np.outer(d, d)
        if t % h["factorsEvery"] == 0:
            e = h["factorDecay"]
            self.A = [e * old + (1 - e) * new for old, new in zip(self.A, A)]
            self.S = [e * old + (1 - e) * new for old, new in zip(self.S, S)]
        if t % h["inversesEvery"] == 0:
            weight = 1 - h["factorDecay"] ** (t // h["factorsEvery"] + 1)
            self.inverses = []
            for A, S in zip(self.A, self.S):
                A, S = A / weight, S / weight
                pi = np.sqrt((np.trace(A) / len(A)) / (np.trace(S) / len(S)))
                root = np.sqrt(self.damping)
                self.inverses.append((np.linalg.inv(A + pi * root * np.eye(len(A))), np.linalg.inv(S + root / pi * np.eye(len(S)))))
        g = matrices(gradient)
        D = [-(a @ x @ s) for (a, s), x in zip(self.inverses, g)]

        def curved(x, y):
            return 2 / (M * c) * sum(dot(j, x) * dot(j, y) for j in J.values()) + self.damping * dot(x, y)

        if h["stepSize"] == "model":
            C = np.array([[curved(x, y) for y in (D, self.last)] for x in (D, self.last)])
            b = -np.array([dot(g, D), dot(g, self.last)])
            alpha, mu = np.linalg.solve(C, b) if np.linalg.det(C) > 1e-6 * C[0, 0] * C[1, 1] else (b[0] / C[0, 0], 0)
            delta = [alpha * d + mu * l for d, l in zip(D, self.last)]
            self.last = delta
        else:
            self.last = [h["momentum"] * v - d for v, d in zip(self.last, D)]
            delta = [-h["learningRate"] * v for v in self.last]
        moved = [w + d for w, d in zip(matrices(layers), delta)]
        decay = h["learningRate"] * h["weightDecay"]
        decayed = [m - decay * w for m, w in zip(moved, matrices(layers))]
        if h["adaptiveDamping"] and t % h["dampingEvery"] == 0:
            predicted = dot(g, delta) + curved(delta, delta) / 2
            ratio = (loss(apart(moved), batch) - loss(layers, batch)) / predicted
            omega = 0.95 ** h["dampingEvery"]
            self.damping = (self.damping / omega if ratio < 0.25
                            else max(omega * self.damping, h["minDamping"]) if ratio > 0.75 else self.damping)
        return apart(decayed)


def kfac(shape, given):
    h = {"stepSize": "model", "learningRate": 0.1, "momentum": 0.9, "damping": 0.1, "minDamping": 1e-8, "adaptiveDamping": True,
         "dampingEvery": 5, "fisher": "exact", "factorDecay": 0.95, "factorsEvery": 1, "inversesEvery": 5, "weightDecay": 0, **given}
    layers, batches = problem(shape)
    write(HERE / f"kfac-{shape}.json", optimizer="kfac", shape=shape, hyperparameters=h, step=Kfac(layers, batches, h).step,
          source=f"plain loops in numpy {np.__version__}, over examples and outputs")


kfac("tall", {"inversesEvery": 2, "dampingEvery": 3, "damping": 0.5})
kfac("wide", {"stepSize": "fixed", "learningRate": 0.05, "momentum": 0.5, "damping": 0.2, "factorDecay": 0.7, "factorsEvery": 2,
              "inversesEvery": 3, "weightDecay": 0.1, "dampingEvery": 2})
