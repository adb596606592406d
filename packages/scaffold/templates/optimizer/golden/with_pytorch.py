"""Writes golden/pytorch.json: the first steps of a PyTorch optimizer, which `bench check` compares with __name__.

    pip install torch
    python golden/with_pytorch.py

Edit HYPERPARAMETERS and `make_optimizer`. Everything is float64.
"""

import json
import pathlib

import torch

# As in manifest.json; those left out have their defaults.
HYPERPARAMETERS = {"learningRate": 0.05, "momentum": 0.9}


def make_optimizer(parameters):
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9)


STEPS = 10

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
# y = tanh(x W1 + b1) W2 + b2, with weights (in, out), on two mini-batches of six examples.
layers = [
    {"weight": torch.randn(3, 4) / 2, "bias": torch.zeros(4)},
    {"weight": torch.randn(4, 2) / 2, "bias": torch.zeros(2)},
]
batches = [{"inputs": torch.randn(6, 3), "targets": torch.randn(6, 2)} for _ in range(2)]


def plain(tensors):
    return [{key: value.tolist() for key, value in each.items()} for each in tensors]


golden = {
    "format": "gaussmark-golden-1",
    "source": f"torch {torch.__version__}",
    "hyperparameters": HYPERPARAMETERS,
    "layers": plain(layers),
    "batches": plain(batches),
    "steps": [],
}

parameters = [value.requires_grad_() for layer in layers for value in layer.values()]
optimizer = make_optimizer(parameters)
for step in range(STEPS):
    batch = batches[step % len(batches)]
    hidden = torch.tanh(batch["inputs"] @ layers[0]["weight"] + layers[0]["bias"])
    outputs = hidden @ layers[1]["weight"] + layers[1]["bias"]
    loss = ((outputs - batch["targets"]) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    golden["steps"].append({"loss": loss.item(), "layers": plain([{k: v.detach() for k, v in layer.items()} for layer in layers])})

file = pathlib.Path(__file__).with_name("pytorch.json")
file.write_text(json.dumps(golden, indent=1) + "\n")
print(f"{file}: {STEPS} steps, final loss {golden['steps'][-1]['loss']:.6g}")
