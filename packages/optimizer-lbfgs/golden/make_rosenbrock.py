"""Writes test/golden/rosenbrock.json: L-BFGS on a sum of Rosenbrock's functions, by PyTorch and by SciPy.

    pip install numpy scipy torch
    python make_rosenbrock.py

f(w) = sum_k (100 (b_k - a_k^2)^2 + (1 - a_k)^2) / (2 n), w = (a_1, b_1, ...): the mean of the squared residuals 10 (b - a^2) and 1 - a.
PyTorch's first step is min(1, 1 / |g|_1) g, ours min(1, 1 / |g|_2) g: f is scaled so that both are 1, which changes nothing else. Its
trajectory is without a line search, whose rules differ; SciPy's counts say what a search needs to arrive.
"""

import json
import pathlib

import numpy as np
import scipy
import torch
from scipy.optimize import minimize

HERE = pathlib.Path(__file__).parent
torch.set_default_dtype(torch.float64)
START = np.array([-1.2, 1.0, 0.4, -0.3, 1.5, 2.0])
SCALE, RATE, MEMORY, STEPS = 1e-3, 0.2, 3, 20


def f(w, scale=SCALE):
    a, b = w[0::2], w[1::2]
    return scale * ((100 * (b - a**2) ** 2 + (1 - a) ** 2).sum() / len(w))


w = torch.nn.Parameter(torch.tensor(START))
f(w).backward()
assert w.grad.abs().sum() < 1
optimizer = torch.optim.LBFGS([w], lr=RATE, max_iter=1, history_size=MEMORY, tolerance_grad=0, tolerance_change=0)


def closure():
    optimizer.zero_grad()
    value = f(w)
    value.backward()
    return value


trajectory = []
for _ in range(STEPS):
    optimizer.step(closure)
    trajectory.append(w.detach().tolist())


def reach(target):
    """Iterations and evaluations of SciPy's L-BFGS until f is at most `target`."""
    seen = []

    def fun(x):
        t = torch.tensor(x, requires_grad=True)
        value = f(t, 1.0)
        value.backward()
        seen.append(value.item())
        return value.item(), t.grad.numpy()

    found = minimize(fun, START, jac=True, method="L-BFGS-B", options={"maxcor": 10, "ftol": 0, "gtol": 1e-12, "maxiter": 500})
    evaluations = next(i for i, value in enumerate(seen) if value <= target) + 1
    return {"target": target, "evaluations": evaluations, "minimum": found.x.tolist()}


data = {
    "source": f"torch.optim.LBFGS, torch {torch.__version__}",
    "scipy": f"scipy.optimize L-BFGS-B, scipy {scipy.__version__}",
    "start": START.tolist(), "scale": SCALE, "learningRate": RATE, "memory": MEMORY, "trajectory": trajectory, "arrival": reach(1e-12),
}
file = HERE.parent / "test" / "golden" / "rosenbrock.json"
file.parent.mkdir(exist_ok=True)
file.write_text(json.dumps(data) + "\n")
print(data["arrival"], f(torch.tensor(trajectory[-1])).item(), f(torch.tensor(START)).item())
