"""SOAP, Shampoo and K-FAC by their authors or by the best known implementation in PyTorch, all eager.

`PEER_SOURCES` is the folder with their repositories (src/references.mjs). Options are those of src/problems.mjs, named as in our
manifests. Every run starts with a new optimizer.
"""

import importlib.metadata as metadata
import os
import sys

import torch
from exchange import Unsupported
from torch import nn

REPOSITORIES = {"soap": "SOAP", "shampoo": "optimizers", "kfac": "kfac-pytorch"}
ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}


def demand_sources(kind):
    folder = os.path.join(os.environ.get("PEER_SOURCES", ""), REPOSITORIES[kind])
    if not os.path.isdir(folder):
        raise Unsupported(f"the reference implementation, {REPOSITORIES[kind]}, is not on this machine")
    if folder not in sys.path:
        sys.path.insert(0, folder)
        # It asks for its own version, which only an installed package has.
        installed = metadata.version
        metadata.version = lambda name: "0" if name == "kfac-pytorch" else installed(name)


class OnLeaves:
    """An optimizer of torch.optim's kind, fed with gradients of plain leaves."""

    def __init__(self, make, value_and_grad, params):
        self.leaves = [nn.Parameter(leaf.clone(memory_format=torch.contiguous_format)) for leaf in params]
        self.optimizer = make(self.leaves)
        self.value_and_grad = value_and_grad

    def step(self, inputs, targets):
        loss, grads = self.value_and_grad(self.leaves, inputs, targets)
        for leaf, grad in zip(self.leaves, grads):
            leaf.grad = grad.contiguous()
        self.optimizer.step()
        return loss


def soap(options):
    from soap import SOAP

    return lambda leaves: SOAP(
        leaves,
        lr=options["learningRate"],
        betas=(options["beta1"], options["beta2"]),
        eps=options["epsilon"],
        weight_decay=options["weightDecay"],
        precondition_frequency=options["refreshEvery"],
        max_precond_dim=options["maxSize"],
    )


def shampoo(options):
    from distributed_shampoo import (
        AdamPreconditionerConfig,
        DistributedShampoo,
        RootInvShampooPreconditionerConfig,
        SingleDeviceDistributedConfig,
    )

    def make(leaves):
        dtype = leaves[0].dtype
        return DistributedShampoo(
            leaves,
            lr=options["learningRate"],
            betas=(options["beta1"], options["beta2"]),
            epsilon=options["epsilon"],
            weight_decay=options["weightDecay"],
            max_preconditioner_dim=options["blockSize"],
            precondition_frequency=options["refreshEvery"],
            start_preconditioning_step=options["startStep"],
            grafting_config=AdamPreconditionerConfig(beta2=options["graftingBeta2"], epsilon=options["graftingEpsilon"]),
            # As many dimensions as a tensor has: nothing is merged, as in ours.
            distributed_config=SingleDeviceDistributedConfig(target_parameter_dimensionality=4),
            # Our epsilon is relative to the trace; grafting undoes what the scaling does to the length.
            preconditioner_config=RootInvShampooPreconditionerConfig(
                factor_matrix_dtype=dtype, inv_factor_matrix_dtype=dtype, use_trace_scaling=True, trace_scaling_exponent=1.0
            ),
        )

    return make


def network_of(layers, params):
    """The network as modules, which K-FAC hooks into."""
    leaves, modules = iter(params), []
    for layer in layers:
        kind = layer["kind"]
        if kind == "dense":
            weight, bias = next(leaves), next(leaves)
            modules.append(nn.Linear(*weight.shape, dtype=weight.dtype))
            given = weight.T, bias
        elif kind == "conv":
            weight, bias = next(leaves), next(leaves)
            modules.append(nn.Conv2d(weight.shape[1], weight.shape[0], tuple(weight.shape[2:]), dtype=weight.dtype))
            given = weight, bias
        else:
            modules.append({"flatten": nn.Flatten, "maxPool": lambda: nn.MaxPool2d(layer["window"]),
                            "activation": lambda: ACTIVATIONS[layer["name"]]()}[kind]())
            continue
        with torch.no_grad():
            modules[-1].weight.copy_(given[0])
            modules[-1].bias.copy_(given[1])
    return nn.Sequential(*modules)


class Kfac:
    """kfac-pytorch with SGD. Its G comes from the gradients of the loss itself, ours from sampled targets; its damping is not factored."""

    def __init__(self, options, layers, loss_of, params):
        from kfac.preconditioner import KFACPreconditioner

        self.network, self.loss_of = network_of(layers, params), loss_of
        rate = options["learningRate"]
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=rate, momentum=options["momentum"])
        self.preconditioner = KFACPreconditioner(
            self.network,
            factor_update_steps=options["factorsEvery"],
            inv_update_steps=options["inversesEvery"],
            damping=options["damping"],
            factor_decay=options["factorDecay"],
            kl_clip=1e30,  # never active; None is refused
            lr=rate,
            compute_method="inverse",
            inv_dtype=params[0].dtype,
        )

    def step(self, inputs, targets):
        self.optimizer.zero_grad()
        loss = self.loss_of(self.network(inputs), targets)
        loss.backward()
        self.preconditioner.step()
        self.optimizer.step()
        return loss.detach()


def start(kind, options, *, layers, loss_of, value_and_grad, params):
    """A reference at its start: `.step(inputs, targets)` returns the loss before the update."""
    # SOAP's factors and the bias corrections of Shampoo have the default dtype.
    torch.set_default_dtype(params[0].dtype)
    if kind == "kfac":
        return Kfac(options, layers, loss_of, params)
    return OnLeaves({"soap": soap, "shampoo": shampoo}[kind](options), value_and_grad, params)
