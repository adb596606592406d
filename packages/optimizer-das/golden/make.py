# Golden trajectories of DAS: an independent float64 implementation with numpy, sample by sample.
#
#     python golden/make.py          made with Python 3.11, numpy 2.4.6
#
# The points are those on the axes: no other sampling can be the same in two implementations.

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "plugin-conformance" / "golden"))
from trajectory import loss_of, pack, problem, unpack, write  # noqa: E402

SOURCE = f"golden/make.py, numpy {np.__version__}: sample by sample"


def das(like, h):
    state = {"L": None, "square": 0}

    def step(theta, batch):
        D = len(theta)
        if state["L"] is None:
            state["L"] = h.get("initialWindow", 0.1) * np.eye(D)
        L = state["L"]
        points = [sign * np.sqrt(D) * e for sign in (1, -1) for e in np.eye(D)]
        losses = [loss_of(theta + L @ z, like, batch) for z in points]
        ys = -np.array(losses)
        if h.get("center", True):
            ys = ys - np.mean(ys)
        slope, dA = np.zeros(D), np.zeros((D, D))
        for z, y in zip(points, ys):
            slope += z * y / len(points)
            dA += (np.outer(z, z) - np.eye(D)) * y / len(points)
        state["square"] = max(np.mean(ys**2), 0.99 * state["square"])
        dt = h.get("timeStep", 0.5) / np.sqrt(state["square"] + 1e-10)
        dL = L @ dA / D
        r = np.linalg.norm(L + dt * dL) / np.linalg.norm(L)
        new = L + r * dt * dL
        rms = np.sqrt(np.mean(new**2))
        if rms < h.get("minWindow", 0):
            new = new * h["minWindow"] / rms
        if rms > h.get("maxWindow", 2):
            new = new * h.get("maxWindow", 2) / rms
        state["L"] = new
        s = r * dt * slope
        return theta + min(1, 1 / np.linalg.norm(s)) * L @ s

    return step


CASES = [
    ("tall", {"sampling": "axes", "covariance": "full"}),
    ("wide", {"sampling": "axes", "covariance": "diagonal", "timeStep": 1, "center": False, "minWindow": 0.02, "maxWindow": 0.03, "initialWindow": 0.2}),
]  # fmt: skip


for shape, h in CASES:
    layers, batches = problem(shape)
    step = das(layers, h)
    write(
        HERE / f"das-{shape}.json",
        optimizer="das",
        source=SOURCE,
        hyperparameters=h,
        shape=shape,
        step=lambda now, _, t: unpack(step(pack(now), batches[t % len(batches)]), layers),
    )
