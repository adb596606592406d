"""Writes golden trajectories of K-FAC from curvlinops: its factors (type-2 Fisher, "expand") and their damped inverses.

    pip install numpy torch curvlinops-for-pytorch==3.0.1
    python make_curvlinops.py

curvlinops keeps no running means and chooses no step length: factorDecay=0, refreshes in every step, stepSize=fixed. It scales A and S
otherwise, which cancels in A (x) S and in pi. The last file has the factors and the direction of a convolutional softmax network.
"""

import importlib.metadata
import json
import pathlib
import sys

import numpy as np
import torch
from curvlinops import FisherType, KFACInverseLinearOperator, KFACLinearOperator

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from trajectory import problem, write  # noqa: E402

torch.set_default_dtype(torch.float64)
SOURCE = f"curvlinops {importlib.metadata.version('curvlinops-for-pytorch')}, torch {torch.__version__}"


def curvature(network, loss, batch):
    return KFACLinearOperator(network, loss, list(network.parameters()), [batch], fisher_type=FisherType.TYPE2,
                              separate_weight_and_bias=False)


def direction(operator, gradient, damping):
    inverse = KFACInverseLinearOperator(operator, damping=damping, use_heuristic_damping=True, min_damping=0.0)
    return inverse @ list(gradient)


class Kfac:
    """v = mu v - D ; delta = -lr v, with D from curvlinops."""

    def __init__(self, layers, batches, h):
        self.batches, self.h = batches, h
        modules = []
        for layer in layers:
            modules += [torch.nn.Linear(*layer["weight"].shape), torch.nn.Tanh()]
        self.network = torch.nn.Sequential(*modules[:-1])
        self.velocity = [torch.zeros_like(p) for p in self.network.parameters()]

    def step(self, layers, gradient, t):
        h, parameters = self.h, list(self.network.parameters())
        given = [torch.tensor(x) for layer in layers for x in (layer["weight"].T, layer["bias"])]
        g = [torch.tensor(x) for layer in gradient for x in (layer["weight"].T, layer["bias"])]
        with torch.no_grad():
            for parameter, value in zip(parameters, given):
                parameter.copy_(value)
        batch = self.batches[t % len(self.batches)]
        data = torch.tensor(batch["inputs"]), torch.tensor(batch["targets"])
        D = direction(curvature(self.network, torch.nn.MSELoss(), data), g, h["damping"])
        self.velocity = [h["momentum"] * v + d for v, d in zip(self.velocity, D)]
        moved = [(w - h["learningRate"] * v).numpy() for w, v in zip(given, self.velocity)]
        return [{"weight": moved[2 * i].T, "bias": moved[2 * i + 1]} for i in range(len(moved) // 2)]


def trajectory(shape, given):
    h = {"fisher": "exact", "stepSize": "fixed", "adaptiveDamping": False, "factorDecay": 0, "factorsEvery": 1, "inversesEvery": 1,
         "momentum": 0, **given}
    layers, batches = problem(shape)
    write(HERE / f"kfac-curvlinops-{shape}.json", optimizer="kfac", shape=shape, hyperparameters=h,
          step=Kfac(layers, batches, h).step, source=SOURCE)


def convnet():
    """Two filters of 2 x 2 on images (2, 4, 4), tanh, three classes; into test/golden."""
    random, damping = np.random.RandomState(1), 0.05
    network = torch.nn.Sequential(torch.nn.Conv2d(2, 2, 2), torch.nn.Tanh(), torch.nn.Flatten(), torch.nn.Linear(18, 3))
    start = [random.randn(*p.shape) / 2 for p in network.parameters()]
    inputs, targets = random.randn(5, 2, 4, 4), random.randint(0, 3, 5)
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), start):
            parameter.copy_(torch.tensor(value))
    data, loss = (torch.tensor(inputs), torch.tensor(targets)), torch.nn.CrossEntropyLoss()
    operator = curvature(network, loss, data)
    gradient = torch.autograd.grad(loss(network(data[0]), data[1]), list(network.parameters()))
    found = direction(operator, gradient, damping)
    # A (x) S of each layer as a dense matrix would be large: its product with the parameters instead.
    product = operator @ [p.detach() for p in network.parameters()]

    def named(values):
        conv_weight, conv_bias, weight, bias = (np.asarray(v) for v in values)
        return {"conv": {"weight": conv_weight.tolist(), "bias": conv_bias.tolist()},
                "head": {"weight": weight.T.tolist(), "bias": bias.tolist()}}

    file = HERE.parent / "test" / "golden" / "convnet.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"source": SOURCE, "damping": damping, "inputs": inputs.tolist(), "targets": targets.tolist(),
                                "params": named(start), "product": named(product), "direction": named(found)}) + "\n")


if __name__ == "__main__":
    trajectory("tall", {"damping": 0.2, "learningRate": 0.1, "momentum": 0.5})
    trajectory("wide", {"damping": 0.05, "learningRate": 0.2})
    convnet()
