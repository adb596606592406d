# Golden trajectories of ENGD: an independent float64 implementation with numpy, over dense matrices.
#
#     python golden/make.py          made with Python 3.11, numpy 2.4.6
#
# Jacobians are formed row by row by a hand-written backward pass; systems are solved in the space of the parameters, the undamped one by
# numpy's lstsq, whatever space the optimizer uses.

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "plugin-conformance" / "golden"))
from trajectory import loss_of, outputs_and_jacobian, pack, problem, unpack, write  # noqa: E402

SOURCE = f"golden/make.py, numpy {np.__version__}: dense matrices in the space of the parameters"


def engd(like, h):
    state = {"phi": 0}
    mu, damping = h.get("momentum", 0), h.get("damping", 1e-3)

    def step(theta, batch):
        f, J = outputs_and_jacobian(theta, like, batch)
        r = (f - batch["targets"]).ravel()
        scale = np.sqrt(2 / len(r))
        A, s = scale * J, scale * r
        kept = mu * state["phi"] * np.ones_like(theta)
        right = A.T @ (s - A @ kept)
        if damping == 0:
            direction = np.linalg.lstsq(A, s - A @ kept, rcond=None)[0]
        else:
            direction = np.linalg.solve(A.T @ A + damping * np.eye(len(theta)), right)
        phi = state["phi"] = kept + direction
        eta = h.get("learningRate", 1)
        if h.get("lineSearch", "grid") == "grid":
            etas = [eta * 0.5**k for k in range(h.get("gridSize", 31))]
            losses = [loss_of(theta - each * phi, like, batch) for each in etas]
            return theta - etas[int(np.argmin(losses))] * phi
        if h.get("normConstraint"):
            eta = min(eta, np.sqrt(h["normConstraint"]) / np.linalg.norm(phi))
        return theta - eta * phi

    return step


CASES = [
    ("tall", "tall", {"damping": 0.3}),
    ("wide", "wide", {"damping": 0.05}),
    ("pseudo-inverse", "tall", {"damping": 0, "learningRate": 0.2}),
    ("spring", "tall", {"momentum": 0.9, "damping": 0.02, "lineSearch": "none", "normConstraint": 0.05, "learningRate": 0.5}),
]  # fmt: skip


for name, shape, h in CASES:
    layers, batches = problem(shape)
    if h["damping"] == 0:
        # Two examples: the eigenvalues of four residuals.
        batches = [{key: values[:2] for key, values in batch.items()} for batch in batches]
    step = engd(layers, h)
    write(
        HERE / f"engd-{name}.json",
        optimizer="engd",
        source=SOURCE,
        hyperparameters=h,
        shape=shape,
        given=(layers, batches),
        step=lambda now, _, t: unpack(step(pack(now), batches[t % len(batches)]), layers),
    )
