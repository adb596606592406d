"""Writes the golden trajectories of Shampoo and SOAP.

    pip install numpy torch
    git clone https://github.com/nikhilvyas/SOAP && git -C SOAP checkout a1e5535
    PYTHONPATH=SOAP python make.py

SOAP is the authors' soap.py, kept in float64: it casts the factors to float32 before a QR factorization, which is undone here. Axes with
an ambiguous first basis are longer than maxSize.
Shampoo has no reference with the same epsilon: it is written down here in numpy, with roots from eigenvalues.
"""

import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from soap import SOAP  # noqa: E402
from trajectory import every, problem, write  # noqa: E402

torch.set_default_dtype(torch.float64)
torch.Tensor.float = lambda self: self


def soap(shape, options, hyperparameters):
    layers, _ = problem(shape)
    parameters = [torch.nn.Parameter(torch.tensor(layer[key])) for layer in layers for key in ("weight", "bias")]
    optimizer = SOAP(parameters, **options)

    def step(_, gradient, t):
        own = [g[key] for g in gradient for key in ("weight", "bias")]
        for parameter, g in zip(parameters, own):
            parameter.grad = torch.tensor(g)
        optimizer.step()
        moved = [p.detach().numpy().copy() for p in parameters]
        return [{"weight": moved[2 * i], "bias": moved[2 * i + 1]} for i in range(len(moved) // 2)]

    write(HERE / f"soap-{shape}.json", optimizer="soap", shape=shape, hyperparameters=hyperparameters, step=step,
          source=f"nikhilvyas/SOAP a1e5535 in float64, torch {torch.__version__}")


def inverse_root(matrix, power):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values ** -power) @ vectors.T


def blocks(x, size):
    starts = [range(0, n, size) for n in x.shape]
    return [np.s_[tuple(slice(s, s + size) for s in start)] for start in np.array(np.meshgrid(*starts, indexing="ij")).reshape(x.ndim, -1).T]


class Shampoo:
    """One parameter."""

    def __init__(self, x, h):
        self.h, self.m, self.v = h, np.zeros_like(x), np.zeros_like(x)
        self.blocks = blocks(x, h["blockSize"])
        self.factors = [[np.zeros((n, n)) for n in x[b].shape] for b in self.blocks]
        self.roots = [[np.eye(n) for n in x[b].shape] for b in self.blocks]

    def step(self, x, g, t):
        h = self.h
        self.m = h["beta1"] * self.m + (1 - h["beta1"]) * g
        self.v = h["graftingBeta2"] * self.v + (1 - h["graftingBeta2"]) * g * g
        m = self.m / (1 - h["beta1"] ** t)
        adam = m / (np.sqrt(self.v / (1 - h["graftingBeta2"] ** t)) + h["graftingEpsilon"])
        direction = np.zeros_like(x)
        for b, factors, roots in zip(self.blocks, self.factors, self.roots):
            axes = range(x.ndim)
            for axis in axes:
                G = np.moveaxis(g[b], axis, 0).reshape(g[b].shape[axis], -1)
                factors[axis] = (factors[axis] + G @ G.T if h["beta2"] == 1
                                 else h["beta2"] * factors[axis] + (1 - h["beta2"]) * G @ G.T)
            if t >= h["startStep"] and (t - h["startStep"]) % h["refreshEvery"] == 0:
                for axis in axes:
                    L = factors[axis] / (1 if h["beta2"] == 1 else 1 - h["beta2"] ** t)
                    L = L + h["epsilon"] * np.trace(L) * np.eye(len(L))
                    roots[axis] = inverse_root(L, 1 / (2 * x.ndim) if h["root"] == "original" else 1 / x.ndim)
            u = m[b]
            for axis in axes:
                u = np.moveaxis(np.tensordot(roots[axis], u, axes=(1, axis)), 0, axis)
            grafted = {"adam": adam[b], "sgd": m[b], "none": u}[h["grafting"]]
            direction[b] = (grafted if t < h["startStep"] else u * np.linalg.norm(grafted) / np.linalg.norm(u))
        return x - h["learningRate"] * (direction + h["weightDecay"] * x)


def shampoo(shape, given):
    h = {"beta1": 0.9, "beta2": 1, "root": "original", "refreshEvery": 1, "startStep": 1, "blockSize": 128,
         "grafting": "adam", "graftingBeta2": 0.999, "graftingEpsilon": 1e-8, "weightDecay": 0, **given}
    states = every(lambda x: Shampoo(x, h), problem(shape)[0])
    write(HERE / f"shampoo-{shape}.json", optimizer="shampoo", shape=shape, hyperparameters=h,
          source=f"plain loops in numpy {np.__version__}, roots from eigenvalues",
          step=lambda layers, gradient, t: every(lambda s, x, g: s.step(x, g, t + 1), states, layers, gradient))


soap("tall", dict(lr=0.05, precondition_frequency=3, max_precond_dim=3),
     {"learningRate": 0.05, "refreshEvery": 3, "maxSize": 3})
soap("wide", dict(lr=0.02, betas=(0.8, 0.9), shampoo_beta=0.7, eps=1e-2, weight_decay=0.1, precondition_frequency=1, max_precond_dim=3),
     {"learningRate": 0.02, "beta1": 0.8, "beta2": 0.9, "factorBeta": 0.7, "epsilon": 1e-2, "weightDecay": 0.1, "refreshEvery": 1, "maxSize": 3})
shampoo("tall", {"learningRate": 0.02, "epsilon": 1e-4, "refreshEvery": 2, "startStep": 3, "blockSize": 2,
                 "graftingEpsilon": 1e-2, "weightDecay": 0.1})
shampoo("wide", {"learningRate": 0.05, "epsilon": 1e-4, "beta1": 0.5, "beta2": 0.9, "root": "half", "grafting": "none"})
