"""Residuals of differential equations by JAX, in float64: writes pde.expected.json.

    pip install jax==0.10.2 numpy==2.4.6
    JAX_ENABLE_X64=1 python pde.py && npx biome format --write pde.expected.json

Parameters, points and directions are sines of their places, which pde.test.ts computes as well. Derivatives are JAX's own, of the equations
written down here anew: jax.hessian in the inputs, jax.jacobian and jax.grad in the parameters.
"""

import json
import math
import pathlib

import jax
import jax.numpy as jnp
import numpy as np

assert jax.config.jax_enable_x64
HIDDEN, ROWS = 4, 5


def wave(shape, seed):
    i = np.arange(math.prod(shape))
    return jnp.asarray((np.sin(0.7 * i + 1.3 * seed + 0.2)).reshape(shape))


def shapes(d):
    return [(d, HIDDEN), (HIDDEN,), (HIDDEN, 1), (1,)]


def u(params, x):
    w1, b1, w2, b2 = params
    return (jnp.tanh(x @ w1 + b1) @ w2 + b2)[0]


def poisson(params, x):
    return -jnp.trace(jax.hessian(u, 1)(params, x))


def heat(params, x):
    return jax.grad(u, 1)(params, x)[1] - 0.25 * jax.hessian(u, 1)(params, x)[0, 0]


SOLUTIONS = {
    "poisson-sine": lambda x: jnp.prod(jnp.sin(jnp.pi * x)),
    "poisson-cosine": lambda x: jnp.sum(jnp.cos(jnp.pi * x)),
    "heat": lambda x: jnp.exp(-jnp.pi**2 * x[1] / 4) * jnp.sin(jnp.pi * x[0]),
}


def of_solution(name, x):
    exact = SOLUTIONS[name]
    second = jax.hessian(exact)(x)
    return jax.grad(exact)(x)[1] - 0.25 * second[0, 0] if name == "heat" else -jnp.trace(second)


def case(name, d):
    params = [wave(shape, seed) for seed, shape in enumerate(shapes(d))]
    v = [wave(shape, 90 + seed) for seed, shape in enumerate(shapes(d))]
    x, y = wave((ROWS, d), 50), wave((ROWS, 1), 7)
    a, b = wave((ROWS,), 20), wave((ROWS,), 30)
    operator = heat if name == "heat" else poisson
    exact = SOLUTIONS[name]

    def outputs(p):
        return jnp.stack([a[i] * operator(p, x[i]) + b[i] * u(p, x[i]) for i in range(ROWS)])

    def loss(p):
        return jnp.mean((outputs(p) - y[:, 0]) ** 2)

    flat = lambda tree: np.concatenate([np.asarray(leaf).ravel() for leaf in tree])
    jacobian = np.concatenate(
        [np.asarray(leaf).reshape(ROWS, -1) for leaf in jax.jacobian(outputs)(params)], axis=1
    )
    values = np.array([u(params, each) - exact(each) for each in x])
    slopes = np.array([jax.grad(u, 1)(params, each) - jax.grad(exact)(each) for each in x])
    return {
        "equation": name,
        "dimension": d,
        "outputs": np.asarray(outputs(params)).tolist(),
        "loss": float(loss(params)),
        "gradient": flat(jax.grad(loss)(params)).tolist(),
        "ggnProduct": (2 / ROWS * jacobian.T @ (jacobian @ flat(v))).tolist(),
        "hessianProduct": flat(jax.jvp(jax.grad(loss), (params,), (v,))[1]).tolist(),
        "squaredErrors": {
            "L2": (values**2).tolist(),
            "H1": (values**2 + (slopes**2).sum(axis=1)).tolist(),
        },
        # At the first point of the wave folded into the cube: L u* and u*.
        "source": float(of_solution(name, jnp.abs(x[0]))),
        "solution": float(exact(jnp.abs(x[0]))),
    }


here = pathlib.Path(__file__).parent
cases = [case("poisson-sine", 2), case("poisson-cosine", 3), case("heat", 2)]
(here / "pde.expected.json").write_text(json.dumps(cases, indent=1))
