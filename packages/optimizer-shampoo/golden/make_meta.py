"""Writes golden trajectories of Shampoo from Meta's implementation, in float64.

    pip install numpy torch
    git clone https://github.com/facebookresearch/optimizers && git -C optimizers checkout f606606
    PYTHONPATH=optimizers python make_meta.py

Its epsilon is absolute, unless factors are scaled by their trace (use_trace_scaling); then it is ours, and what the scaling does to the
length of a step is undone by grafting. It rounds learning rates to float32: those here are powers of 2.
"""

import pathlib
import sys

import torch
from distributed_shampoo import (
    AdamPreconditionerConfig,
    DistributedShampoo,
    RootInvShampooPreconditionerConfig,
    SingleDeviceDistributedConfig,
)

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "plugin-conformance" / "golden"))
from trajectory import problem, write  # noqa: E402

torch.set_default_dtype(torch.float64)


def shampoo(shape, hyperparameters, **options):
    layers, _ = problem(shape)
    parameters = [torch.nn.Parameter(torch.tensor(layer[key])) for layer in layers for key in ("weight", "bias")]
    half = {1: 1.0, 2: 0.5} if hyperparameters.get("root") == "half" else {}
    optimizer = DistributedShampoo(
        parameters,
        epsilon=hyperparameters["epsilon"],
        # No axes are merged.
        distributed_config=SingleDeviceDistributedConfig(target_parameter_dimensionality=2),
        preconditioner_config=RootInvShampooPreconditionerConfig(
            factor_matrix_dtype=torch.float64, inv_factor_matrix_dtype=torch.float64, inverse_exponent_override=half,
            use_trace_scaling=True, trace_scaling_exponent=1.0,
        ),
        **options,
    )

    def step(_, gradient, t):
        own = [g[key] for g in gradient for key in ("weight", "bias")]
        for parameter, g in zip(parameters, own):
            parameter.grad = torch.tensor(g)
        optimizer.step()
        moved = [p.detach().numpy().copy() for p in parameters]
        return [{"weight": moved[2 * i], "bias": moved[2 * i + 1]} for i in range(len(moved) // 2)]

    write(HERE / f"shampoo-meta-{shape}.json", optimizer="shampoo", shape=shape, step=step,
          hyperparameters=hyperparameters,
          source=f"facebookresearch/optimizers f606606 in float64, torch {torch.__version__}")


shampoo("tall",
        {"learningRate": 1 / 64, "epsilon": 1e-4, "refreshEvery": 5, "startStep": 5, "blockSize": 3, "beta1": 0.9, "beta2": 1, "grafting": "adam",
         "graftingBeta2": 0.99, "graftingEpsilon": 1e-3, "weightDecay": 0.1},
        lr=1 / 64, betas=(0.9, 1.0), weight_decay=0.1, max_preconditioner_dim=3, precondition_frequency=5, start_preconditioning_step=5,
        grafting_config=AdamPreconditionerConfig(beta2=0.99, epsilon=1e-3))
shampoo("wide",
        {"learningRate": 1 / 16, "epsilon": 1e-3, "refreshEvery": 3, "startStep": 6, "beta1": 0.5, "beta2": 0.9, "root": "half", "grafting": "adam",
         "graftingBeta2": 0.999, "graftingEpsilon": 1e-8, "weightDecay": 0},
        lr=1 / 16, betas=(0.5, 0.9), max_preconditioner_dim=128, precondition_frequency=3, start_preconditioning_step=6,
        grafting_config=AdamPreconditionerConfig(beta2=0.999, epsilon=1e-8))
