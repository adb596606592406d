# Golden trajectories of this package: independent float64 implementations with numpy, in plain loops over dense matrices.
#
#     python golden/make.py          made with Python 3.11, numpy 2.4.6
#
# Everything differs from the package's way: Jacobians are formed row by row by a hand-written backward pass, Gauss-Newton matrices are
# dense in the parameters, and solved there; nothing uses the Gram matrix.

import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "plugin-conformance" / "golden"))
from trajectory import loss_of, outputs_and_jacobian, pack, part, problem, unpack, write  # noqa: E402

SOURCE = f"golden/make.py, numpy {np.__version__}: dense matrices in the space of the parameters"


class At:
    """Loss, gradient and Gauss-Newton matrix of mean((f - y)^2) at a point."""

    def __init__(self, theta, like, batch):
        f, self.J = outputs_and_jacobian(theta, like, batch)
        self.r = (f - batch["targets"]).ravel()
        self.n = len(self.r)
        self.loss = np.mean(self.r**2)
        self.g = 2 / self.n * self.J.T @ self.r
        self.B = 2 / self.n * self.J.T @ self.J
        self.outputs = f.shape[1]

    def newton(self, damping):
        return np.linalg.solve(self.B + damping * np.eye(len(self.g)), self.g)


def egn(like, h):
    state = {"m": 0, "t": 0, "damping": h.get("damping", 1), "alpha": h.get("learningRate", 1)}
    limit, beta = state["alpha"], h.get("momentum", 0)

    def step(theta, batch):
        at = At(theta, like, batch)
        lam = state["damping"]
        state["t"] += 1
        state["m"] = beta * state["m"] + (1 - beta) * at.newton(lam)
        d = state["m"] / (1 - beta ** state["t"])
        alpha = limit
        after = loss_of(theta - alpha * d, like, batch)
        if h.get("lineSearch"):
            alpha = min(1.5 * state["alpha"], limit)
            after = loss_of(theta - alpha * d, like, batch)
            for _ in range(15):
                if after <= at.loss - 0.1 * alpha * at.g @ d:
                    break
                alpha *= 0.8
                after = loss_of(theta - alpha * d, like, batch)
            state["alpha"] = alpha
        if h.get("dampingPolicy") == "adaptive":
            s = -alpha * d
            ratio = (after - at.loss) / (at.g @ s + (s @ at.B @ s + lam * s @ s) / 2)
            if ratio < 0.25:
                state["damping"] = lam * h.get("dampingGrowth", 1.01)
            elif ratio > 0.75:
                state["damping"] = max(lam * h.get("dampingShrinkage", 0.99), 1e-12)
        return theta - alpha * d

    return step


def ignd(like, h):
    state = {"m": 0, "v": 0, "t": 0}
    beta1, beta2 = h.get("momentum", 0), h.get("beta2", 0)

    def step(theta, batch):
        own = [At(theta, like, part(batch, i, i + 1)) for i in range(len(batch["inputs"]))]
        d = np.mean([at.newton(h.get("damping", 1)) for at in own], axis=0)
        state["t"] += 1
        state["m"] = beta1 * state["m"] + (1 - beta1) * d
        d, squared = state["m"] / (1 - beta1 ** state["t"]), d**2
        if beta2 > 0:
            state["v"] = beta2 * state["v"] + (1 - beta2) * squared
            d = d / (np.sqrt(state["v"] / (1 - beta2 ** state["t"])) + 1e-7)
        return theta - h.get("learningRate", 0.1) * d

    return step


def rule(h, rate):
    """What follows the direction: heavy ball or Adam."""
    state = {"v": 0, "m": 0, "s": 0, "t": 0}
    mu, beta2 = h.get("momentum", 0), h.get("beta2", 0.999)

    def apply(theta, d):
        state["t"] += 1
        if h.get("rule") == "adam":
            state["m"] = mu * state["m"] + (1 - mu) * d
            state["s"] = beta2 * state["s"] + (1 - beta2) * d**2
            root = np.sqrt(state["s"] / (1 - beta2 ** state["t"]))
            return theta - rate * state["m"] / (1 - mu ** state["t"]) / (root + 1e-8)
        state["v"] = mu * state["v"] + d
        return theta - rate * state["v"]

    return apply


def dual_gauss_newton(like, h):
    gamma, apply = h.get("gamma", 1), rule(h, h.get("learningRate", 1))

    def step(theta, batch):
        at = At(theta, like, batch)
        # (I + gamma H J J') alpha = rho by k steps of Lanczos' method: the Galerkin solution in the Krylov space of the first residual,
        # from an orthonormal basis and a dense solve, instead of CG's recurrences.
        rho = 2 / at.n * at.r
        system = np.eye(at.n) + gamma * 2 / at.n * at.J @ at.J.T
        residual = rho - system @ rho
        basis = []
        v = residual
        for _ in range(h["cgIterations"]):
            for _ in range(2):
                for b in basis:
                    v = v - (b @ v) * b
            if np.linalg.norm(v) < 1e-12 * np.linalg.norm(residual):
                break
            basis.append(v / np.linalg.norm(v))
            v = system @ basis[-1]
        V = np.array(basis).T
        alpha = rho + V @ np.linalg.solve(V.T @ system @ V, V.T @ residual)
        return apply(theta, gamma * at.J.T @ alpha)

    return step


def vivit(like, h):
    def step(theta, batch):
        at = At(theta, like, batch)
        curved = At(theta, like, part(batch, 0, h.get("gramSize", 64) // at.outputs))
        values, vectors = np.linalg.eigh(curved.B)
        rank = min(h.get("directions", 10), curved.n, len(theta))
        s = np.zeros_like(theta)
        for k in range(len(values) - rank, len(values)):
            if values[k] > curved.n * 2**-52 * values[-1]:
                s += vectors[:, k] @ at.g / (values[k] + h.get("damping", 1)) * vectors[:, k]
        return theta - h.get("learningRate", 1) * s

    return step


def tngd(like, h):
    state = {"x": None}
    apply = rule(h, h.get("learningRate", 0.01))

    def step(theta, batch):
        at = At(theta, like, batch)
        A = at.B + h.get("damping", 0.01) * np.eye(len(theta))
        x = at.g if state["x"] is None or h.get("start", "gradient") == "gradient" else state["x"]
        for _ in range(h["iterations"]):
            x = x - h.get("timeStep", 0.1) * (A @ x - at.g)
        state["x"] = x
        return apply(theta, x)

    return step


CASES = [
    ("egn", egn, "tall", {"damping": 0.1}),
    ("egn", egn, "wide", {"damping": 0.5, "learningRate": 4, "momentum": 0.3, "lineSearch": True,
                          "dampingPolicy": "adaptive", "dampingGrowth": 1.5, "dampingShrinkage": 0.5}),
    ("ignd", ignd, "tall", {}),
    ("ignd", ignd, "wide", {"learningRate": 0.01, "damping": 0.1, "momentum": 0.8, "beta2": 0.99}),
    ("dual-gauss-newton", dual_gauss_newton, "tall", {"gamma": 5, "cgIterations": 3, "cgTolerance": 0, "momentum": 0.5, "learningRate": 0.3}),
    ("dual-gauss-newton", dual_gauss_newton, "wide", {"cgIterations": 2, "cgTolerance": 0, "rule": "adam", "momentum": 0.9, "learningRate": 0.01}),
    ("vivit", vivit, "tall", {"directions": 4, "damping": 0.1, "gramSize": 6, "learningRate": 0.5}),
    ("vivit", vivit, "wide", {"directions": 3, "gramSize": 7}),
    ("tngd", tngd, "tall", {"iterations": 20, "learningRate": 0.3, "momentum": 0.5, "start": "previous"}),
    ("tngd", tngd, "wide", {"iterations": 7, "timeStep": 0.2, "damping": 0.5, "rule": "adam", "momentum": 0.8, "beta2": 0.9, "learningRate": 0.02}),
]  # fmt: skip


for name, method, shape, h in CASES:
    layers, batches = problem(shape)
    step = method(layers, h)
    write(
        HERE / f"{name}-{shape}.json",
        optimizer=name,
        source=SOURCE,
        hyperparameters=h,
        shape=shape,
        step=lambda now, _, t: unpack(step(pack(now), batches[t % len(batches)]), layers),
    )
