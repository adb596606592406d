"""Makes schedules.json and trajectories.json: what PyTorch, Optax and scipy compute.

    pip install torch jax optax scipy
    python make.py && npx biome format --write .

Muon with Nesterov's momentum follows KellerJordan/Muon's muon.py (commit 857d1ad) in float64: the original runs in bfloat16, and
Optax corrects the bias of the two terms differently.
"""

import json
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import optax
import scipy
import torch
from optax import contrib
from scipy.sparse.linalg import minres

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)
warnings.filterwarnings("ignore")

VERSIONS = {"torch": torch.__version__, "jax": jax.__version__, "optax": optax.__version__,
            "scipy": scipy.__version__, "numpy": np.__version__}
STEPS = 12
# The steps whose parameters are kept.
SHOWN = (1, 2, 10)


def torch_rates(make, rate=0.8):
    """The rate that each step uses: scheduler.step() comes after optimizer.step()."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    scheduler = make(optimizer)
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def optax_rates(schedule):
    return [float(schedule(jnp.asarray(count, jnp.float64))) for count in range(STEPS)]


def warmup_then(main, warmup, start):
    s = torch.optim.lr_scheduler
    return lambda o: s.SequentialLR(o, [s.LinearLR(o, start, 1.0, warmup), main(o)], [warmup])


s = torch.optim.lr_scheduler
SCHEDULES = {
    "torch": {
        "LinearLR to 0 in 8": torch_rates(lambda o: s.LinearLR(o, 1.0, 0.0, 8)),
        "LinearLR from 1/4 in 8": torch_rates(lambda o: s.LinearLR(o, 0.25, 1.0, 8)),
        "PolynomialLR 8, power 2": torch_rates(lambda o: s.PolynomialLR(o, 8, 2.0)),
        "CosineAnnealingLR 12 to 0.1": torch_rates(lambda o: s.CosineAnnealingLR(o, 12, 0.1)),
        "ExponentialLR 0.7": torch_rates(lambda o: s.ExponentialLR(o, 0.7)),
        "StepLR 5, 0.3": torch_rates(lambda o: s.StepLR(o, 5, 0.3)),
        "MultiStepLR 3, 7, 0.5": torch_rates(lambda o: s.MultiStepLR(o, [3, 7], 0.5)),
        "LinearLR from 1/10 in 4, CosineAnnealingLR 8": torch_rates(
            warmup_then(lambda o: s.CosineAnnealingLR(o, 8), 4, 0.1)),
        "LinearLR from 1/10 in 4, ConstantLR, LinearLR to 0 in 3": torch_rates(
            lambda o: s.SequentialLR(o, [s.LinearLR(o, 0.1, 1.0, 4), s.ConstantLR(o, 1.0, 0),
                                         s.LinearLR(o, 1.0, 0.0, 3)], [4, 8])),
    },
    "optax": {
        "linear_schedule 0.8 to 0.2 in 8": optax_rates(optax.linear_schedule(0.8, 0.2, 8)),
        "polynomial_schedule 0.8 to 0.2 in 8, power 3": optax_rates(optax.polynomial_schedule(0.8, 0.2, 3, 8)),
        "cosine_decay_schedule 0.8 in 8, alpha 0.25": optax_rates(optax.cosine_decay_schedule(0.8, 8, 0.25)),
        "warmup_cosine_decay_schedule 0.1, 0.8, 3 of 10, 0.05": optax_rates(
            optax.warmup_cosine_decay_schedule(0.1, 0.8, 3, 10, 0.05)),
        "exponential_decay 0.8, 5, 0.3": optax_rates(optax.exponential_decay(0.8, 5, 0.3)),
        "exponential_decay 0.8, 5, 0.3, staircase": optax_rates(
            optax.exponential_decay(0.8, 5, 0.3, staircase=True)),
        "warmup_exponential_decay_schedule 0, 0.8, 3, 4, 0.5": optax_rates(
            optax.warmup_exponential_decay_schedule(0.0, 0.8, 3, 4, 0.5)),
        "piecewise_constant_schedule 0.8, 3: 0.5, 7: 0.1": optax_rates(
            optax.piecewise_constant_schedule(0.8, {3: 0.5, 7: 0.1})),
        "join_schedules linear 0 to 0.8 in 4, cosine 0.8 in 6": optax_rates(
            optax.join_schedules([optax.linear_schedule(0, 0.8, 4), optax.cosine_decay_schedule(0.8, 6)], [4])),
    },
}

# The parameters and a gradient that is easy to compute everywhere: g = c (x - t) + cos(3 x).
rng = np.random.default_rng(7)
SHAPES = {"wide": (2, 5), "tall": (4, 3), "bias": (3,)}
START = {name: rng.normal(size=shape).round(3) for name, shape in SHAPES.items()}
CURVATURE = {name: rng.uniform(0.1, 4, size=shape).round(3) for name, shape in SHAPES.items()}
TARGET = {name: rng.normal(size=shape).round(3) for name, shape in SHAPES.items()}


def gradient(name, x, cos):
    return CURVATURE[name] * (x - TARGET[name]) + cos(3 * x)


def flat(params):
    return np.concatenate([np.asarray(params[name]).ravel() for name in SHAPES]).tolist()


def torch_path(make, clip=None, schedule=None):
    params = {name: torch.nn.Parameter(torch.tensor(x)) for name, x in START.items()}
    optimizer = make(list(params.values()))
    scheduler = schedule(optimizer) if schedule else None
    path = []
    for _ in range(10):
        for name, p in params.items():
            p.grad = torch.tensor(gradient(name, p.detach().numpy(), np.cos))
        if clip:
            torch.nn.utils.clip_grad_norm_(params.values(), clip)
        optimizer.step()
        if scheduler:
            scheduler.step()
        path.append(flat({name: p.detach().numpy() for name, p in params.items()}))
    return path


def optax_path(rule, names=SHAPES, average=None):
    params = {name: jnp.asarray(START[name]) for name in names}
    state = rule.init(params)
    mean_state = average.init(params) if average else None
    path = []
    for _ in range(10):
        grads = {name: gradient(name, x, jnp.cos) for name, x in params.items()}
        updates, state = rule.update(grads, state, params)
        params = optax.apply_updates(params, updates)
        shown = params
        if average:
            shown, mean_state = average.update(params, mean_state)
        path.append(np.concatenate([np.asarray(shown[name]).ravel() for name in names]).tolist())
    return path


def muon_path(rate=0.02, beta=0.95, decay=0.1):
    """muon.py, for weights (in, out): its matrices are transposed."""
    params = {name: START[name].T.copy() for name in ("wide", "tall")}
    buffers = {name: np.zeros_like(x) for name, x in params.items()}
    path = []
    for _ in range(10):
        for name, x in params.items():
            grad = gradient(name, x.T, np.cos).T
            buffers[name] += (1 - beta) * (grad - buffers[name])
            update = grad + beta * (buffers[name] - grad)
            X = update.T if update.shape[0] > update.shape[1] else update
            X = X / (np.linalg.norm(X) + 1e-7)
            for _ in range(5):
                A = X @ X.T
                X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
            X = X.T if update.shape[0] > update.shape[1] else X
            X = X * max(1, x.shape[0] / x.shape[1]) ** 0.5
            params[name] = x * (1 - rate * decay) - rate * X
        path.append(np.concatenate([params[name].T.ravel() for name in ("wide", "tall")]).tolist())
    return path


opt = torch.optim
TRAJECTORIES = {
    "torch SGD, momentum 0.9, Nesterov, decay 0.1": torch_path(
        lambda p: opt.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.1)),
    "torch SGD, momentum 0.9, warm-up 3, cosine 10": torch_path(
        lambda p: opt.SGD(p, lr=0.1, momentum=0.9),
        schedule=warmup_then(lambda o: s.CosineAnnealingLR(o, 7), 3, 1e-12)),
    "torch SGD, clip 0.5": torch_path(lambda p: opt.SGD(p, lr=0.1), clip=0.5),
    "torch Adam": torch_path(lambda p: opt.Adam(p, lr=0.1)),
    "torch Adam, amsgrad, eps 0.01": torch_path(lambda p: opt.Adam(p, lr=0.3, betas=(0.5, 0.6), amsgrad=True, eps=0.01)),
    "torch AdamW, decay 0.1, eps 0.01": torch_path(lambda p: opt.AdamW(p, lr=0.1, weight_decay=0.1, eps=0.01)),
    "torch RMSprop": torch_path(lambda p: opt.RMSprop(p, lr=0.05)),
    "torch RMSprop, centered, momentum 0.8": torch_path(
        lambda p: opt.RMSprop(p, lr=0.02, alpha=0.9, eps=0.01, centered=True, momentum=0.8)),
    "torch Adagrad": torch_path(lambda p: opt.Adagrad(p, lr=0.3)),
    "optax lion, decay 0.1": optax_path(optax.lion(0.03, weight_decay=0.1)),
    "optax nadamw, decay 0.1": optax_path(optax.nadamw(0.1, weight_decay=0.1)),
    "optax signum 0.9": optax_path(optax.chain(optax.ema(0.9), optax.scale_by_sign(), optax.scale(-0.03))),
    "optax adaptive_grad_clip 0.1": optax_path(optax.chain(optax.adaptive_grad_clip(0.1), optax.sgd(0.5))),
    "optax clip 0.4": optax_path(optax.chain(optax.clip(0.4), optax.sgd(0.5))),
    "optax muon without Nesterov": optax_path(
        contrib.muon(0.02, nesterov=False, eps=0.0), ("wide", "tall")),
    "optax ema of sgd 0.9": optax_path(optax.sgd(0.1), average=optax.ema(0.9)),
    "muon.py, decay 0.1": muon_path(),
}

# The examples of the README, in a run of ten steps.
matrices = lambda params: {name: x.ndim == 2 for name, x in params.items()}
# Optax computes with its int32 counts in float32.
exact = lambda schedule: lambda count: schedule(jnp.asarray(count, jnp.float64))
warm = lambda rate, warmup: exact(optax.warmup_cosine_decay_schedule(0.0, rate, warmup, 10, 0.0))
EXAMPLES = {
    "adamw": optax_path(optax.adamw(warm(0.1, 2), weight_decay=0.1, mask=matrices)),
    "lion": optax_path(optax.lion(exact(optax.linear_schedule(0.03, 0.0, 10)), weight_decay=0.1)),
    "muon": optax_path(optax.partition(
        {True: contrib.muon(warm(0.02, 1), nesterov=False, eps=0.0), False: optax.adam(warm(0.1, 1))}, matrices)),
    "sgd": optax_path(optax.chain(optax.clip_by_global_norm(5.0), optax.sgd(warm(0.1, 2), momentum=0.9)),
                      average=optax.ema(0.9)),
}

# Symmetric systems: positive definite, indefinite, singular with a solution, singular without one.
n = 8
Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
SYSTEMS = []
for name, values in {
    "positive definite": np.linspace(0.5, 9, n),
    "indefinite": np.array([-6, -3, -0.8, 0.4, 1, 2.5, 4, 9]),
    "singular": np.array([-6, -3, 0, 0, 1, 2.5, 4, 9]),
}.items():
    A = (Q * values) @ Q.T
    A = (A + A.T) / 2
    b = rng.normal(size=n)
    if name == "singular":
        b = A @ b
    norms = []
    minres(A, b, rtol=1e-15, maxiter=n, callback=lambda x: norms.append(float(np.linalg.norm(b - A @ x))))
    SYSTEMS.append({"name": name, "matrix": A.tolist(), "rhs": b.tolist(),
                    "solution": np.linalg.lstsq(A, b, rcond=1e-10)[0].tolist(), "norms": norms[:5]})
b = rng.normal(size=n)
A = np.array(SYSTEMS[2]["matrix"])
SYSTEMS.append({"name": "singular without a solution", "matrix": A.tolist(), "rhs": b.tolist(),
                "solution": np.linalg.lstsq(A, b, rcond=1e-10)[0].tolist(), "norms": []})

# The step of a trust region, by scipy's trust-ncg, whose own tolerance ends it early inside the region: radii are those it reaches.
def steihaug(A, g, radius):
    from scipy.optimize._trustregion_ncg import CGSteihaugSubproblem
    n = len(g)
    step, reached = CGSteihaugSubproblem(np.zeros(n), lambda x: 0.0, lambda x: g, lambda x: A).solve(radius)
    assert reached
    return {"radius": radius, "step": step.tolist()}


REGIONS = [{"name": system["name"], "steps": [steihaug(np.array(system["matrix"]), -np.array(system["rhs"]), radius)
                                              for radius in (0.01, 0.1, 0.3)]} for system in SYSTEMS]

write = lambda name, value: json.dump({"made with": VERSIONS, **value}, open(name, "w"), indent=1)
write("schedules.json", SCHEDULES)
write("trajectories.json", {
    "shapes": SHAPES,
    "start": flat(START), "curvature": flat(CURVATURE), "target": flat(TARGET),
    "shown": SHOWN,
    "examples": {name: [path[k - 1] for k in SHOWN] for name, path in EXAMPLES.items()},
    "paths": {name: [path[k - 1] for k in SHOWN] for name, path in TRAJECTORIES.items()},
})
write("systems.json", {"systems": SYSTEMS})
write("regions.json", {"regions": REGIONS})
