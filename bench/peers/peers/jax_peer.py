"""The steps in JAX: one jitted function each, donated buffers, linearized once, CG and line search in lax.while_loop."""

import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from exchange import REPORTED_LOSSES, Problem, Unsupported, read_problem, serve
from jax import lax
from jax_convolution import convolution, correlate

jax.config.update("jax_enable_x64", True)

# GPUs have kernels for JAX's own derivatives of a convolution, in loops as well.
ON_CPU = jax.default_backend() == "cpu"

ACTIVATIONS = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu}


# --- The network. Images are NHWC and filters HWIO, which XLA's CPU backend computes without transposing; the parameters are
# --- rearranged once, when they are loaded.


def to_native(problem: Problem):
    """Parameters per layer and batches in JAX's layout."""
    params, leaves = [], iter(problem.params)
    image = None  # channels of an image that the next dense layer sees flattened
    for layer in problem.manifest["layers"]:
        if layer["kind"] == "conv":
            weight, bias = next(leaves), next(leaves)
            params.append((weight.transpose(2, 3, 1, 0), bias))
            image = weight.shape[0]
        elif layer["kind"] == "dense":
            weight, bias = next(leaves), next(leaves)
            if image is not None:  # rows come in the order C, H, W, the image in the order H, W, C
                side = int(round((weight.shape[0] // image) ** 0.5))
                weight = weight.reshape(image, side, side, -1).transpose(1, 2, 0, 3).reshape(weight.shape)
                image = None
            params.append((weight, bias))
    convolutional = any(layer["kind"] == "conv" for layer in problem.manifest["layers"])
    batches = [(x.transpose(0, 2, 3, 1) if convolutional else x, y) for x, y in problem.batches]
    as_device = partial(jax.tree.map, lambda leaf: jax.device_put(np.ascontiguousarray(leaf)))
    return as_device(params), as_device(batches)


def network(layers, params, x):
    """The outputs before the loss, (M, ...)."""
    leaves = iter(params)
    for layer in layers:
        kind = layer["kind"]
        if kind == "dense":
            weight, bias = next(leaves)
            x = x @ weight + bias
        elif kind == "conv":
            weight, bias = next(leaves)
            x = (convolution if ON_CPU else correlate)(x, weight) + bias
        elif kind == "maxPool":
            n, h, w, c = x.shape
            k = layer["window"]
            # Windows do not overlap: a maximum over axes of a reshaped image, whose derivatives are cheap.
            x = x[:, : h // k * k, : w // k * k].reshape(n, h // k, k, w // k, k, c).max((2, 4))
        elif kind == "flatten":
            x = x.reshape(x.shape[0], -1)
        elif kind == "activation":
            x = ACTIVATIONS[layer["name"]](x)
        else:
            raise Unsupported(f"layer {kind}")
    return x


def squared_error(outputs, targets):
    return jnp.mean((outputs - targets.reshape(outputs.shape)) ** 2)


def softmax_cross_entropy(outputs, targets):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(outputs), targets[:, None], axis=1))


LOSSES = {"squaredError": squared_error, "softmaxCrossEntropy": softmax_cross_entropy}


# --- Vectors: trees of arrays.


def dot(a, b):
    return sum(jnp.vdot(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b)))


def axpy(scale, x, y):
    return jax.tree.map(lambda a, b: scale * a + b, x, y)


def max_abs(a):
    return jnp.max(jnp.stack([jnp.max(jnp.abs(x)) for x in jax.tree.leaves(a)]))


# --- The steps.


def linearized(apply, loss, params):
    """Loss, gradient and v -> B v at one point: the network is evaluated once, its residuals serve every product."""
    outputs, jvp = jax.linearize(apply, params)
    vjp = jax.linear_transpose(jvp, params)
    value, slope = jax.value_and_grad(loss)(outputs)
    _, hessian = jax.linearize(jax.grad(loss), outputs)
    return value, vjp(slope)[0], lambda v: vjp(hessian(jvp(v)))[0]


def conjugate_gradient(product, rhs, iterations, tolerance):
    """x with product(x) = rhs, from zero; and the last residual, and the iterations taken."""

    def goes_on(carry):
        _, _, _, _, norm, k = carry
        return (k < iterations) & (norm > tolerance)

    def iterate(carry):
        x, r, p, rr, _, k = carry
        q = product(p)
        alpha = rr / dot(p, q)
        x = axpy(alpha, p, x)
        r = axpy(-alpha, q, r)
        next_rr = dot(r, r)
        return x, r, axpy(next_rr / rr, p, r), next_rr, max_abs(r), k + 1

    zero = jax.tree.map(jnp.zeros_like, rhs)
    rr = dot(rhs, rhs)
    # One iteration runs at least: the first norm is above any tolerance.
    start = (zero, rhs, rhs, rr, jnp.full_like(rr, jnp.inf), jnp.int32(0))
    x, r, _, _, _, k = lax.while_loop(goes_on, iterate, start)
    return x, r, k


def sgn_step(model, loss, options, params, rho, iterations, batch):
    """The whole step, for one call."""
    inputs, targets = batch
    apply = lambda at: model(at, inputs)
    before, grad, product = linearized(apply, lambda outputs: loss(outputs, targets), params)
    damped = lambda v: axpy(rho, v, product(v))
    solution, residual, cg_iterations = conjugate_gradient(damped, grad, iterations, options["cgTolerance"])
    loss_at = lambda alpha: loss(apply(axpy(-alpha, solution, params)), targets)
    full = loss_at(options["stepSize"])
    gain = (full - before) / (-0.5 * dot(axpy(1, residual, grad), solution))
    shrunk = jnp.maximum(2 / 3 * rho, options["minDamping"])
    next_rho = jnp.where(gain < 0.25, 1.5 * rho, jnp.where(gain > 0.75, shrunk, rho))
    bound = before - options["stepSize"] * options["sufficientDecrease"] * dot(grad, solution)

    def too_long(carry):
        _, after, k = carry
        return (after > bound) & (k < options["maxLineSearchSteps"])

    def shorten(carry):
        alpha, _, k = carry
        shorter = options["backtrackingFactor"] * alpha
        return shorter, loss_at(shorter), k + 1

    start = (jnp.full_like(before, options["stepSize"]), full, jnp.int32(0))
    alpha, _, searched = lax.while_loop(too_long, shorten, start)
    return axpy(-alpha, solution, params), next_rho, (before, cg_iterations, searched)


def sgd_step(model, loss, rate, params, batch):
    inputs, targets = batch
    value, grad = jax.value_and_grad(lambda at: loss(model(at, inputs), targets))(params)
    return axpy(-rate, grad, params), (value, jnp.int32(0), jnp.int32(0))


class Step:
    """A prepared step: its compiled function, its start, its batches."""

    def __init__(self, directory, step):
        problem = read_problem(directory)
        manifest = problem.manifest
        if step["kind"] in manifest["refreshing"]:
            raise Unsupported("no reference implementation")
        self.params, self.batches = to_native(problem)
        self.directory, self.kind = directory, step["kind"]
        self.set_iterations(step)
        model = partial(network, manifest["layers"])
        loss = LOSSES[manifest["loss"]]
        sgn = manifest["sgn"]
        self.rho = jnp.asarray(sgn["damping"], dtype=manifest["dtype"])

        def loss_of(params, batch):
            return loss(model(params, batch[0]), batch[1])

        if self.kind == "gradient":
            function, donated = jax.value_and_grad(loss_of), ()
        elif self.kind == "ggn":

            def function(params, direction, batch):
                apply, of_outputs = (lambda at: model(at, batch[0])), (lambda z: loss(z, batch[1]))
                return linearized(apply, of_outputs, params)[2](direction)

            donated = ()
        elif self.kind == "sgd":
            function, donated = partial(sgd_step, model, loss, manifest["learningRate"]), (0,)
        else:
            function, donated = partial(sgn_step, model, loss, sgn), (0, 1)
        start = time.perf_counter()
        args = (*self.start(), *self.budget)
        compiled = jax.jit(function, donate_argnums=donated)
        self.function = compiled.lower(*args, self.batches[0]).compile()
        self.seconds = time.perf_counter() - start

    def set_iterations(self, step):
        """The budget of CG is an argument of the compiled step."""
        self.budget = (jnp.int32(step["cgIterations"]),) if self.kind == "sgn" else ()

    def start(self):
        """Fresh arguments: donated buffers are gone after a step."""
        fresh = lambda: jax.tree.map(lambda leaf: leaf.copy(), self.params)
        if self.kind == "ggn":
            return fresh(), fresh()
        return (fresh(), self.rho.copy()) if self.kind == "sgn" else (fresh(),)

    def run(self, count):
        args = jax.block_until_ready(self.start())
        batches, function = self.batches, self.function
        infos = []
        begin = time.perf_counter()
        if self.kind in ("gradient", "ggn"):
            for i in range(count):
                result = function(*args, batches[i % len(batches)])
            jax.block_until_ready(result)
        else:
            for i in range(count):
                *args, info = function(*args, *self.budget, batches[i % len(batches)])
                infos.append(info)
            jax.block_until_ready((args, infos))
        seconds = time.perf_counter() - begin

        if self.kind == "gradient":
            return self.answer(seconds, [float(result[0]), norm(result[1])])
        if self.kind == "ggn":
            return self.answer(seconds, [norm(result)])
        losses = [float(loss) for loss, _, _ in infos[:REPORTED_LOSSES]]
        return self.answer(seconds, losses, sum(int(k) for _, k, _ in infos), sum(int(k) for _, _, k in infos))

    @staticmethod
    def answer(seconds, values, cg_iterations=0, line_search_steps=0):
        return {
            "seconds": seconds,
            "values": values,
            "cgIterations": cg_iterations,
            "lineSearchSteps": line_search_steps,
        }


def norm(tree):
    leaves = [np.asarray(leaf, dtype=np.float64) for leaf in jax.tree.leaves(tree)]
    return float(np.sqrt(sum(np.vdot(leaf, leaf) for leaf in leaves)))


prepared = None


def prepare(request):
    global prepared
    step = request["step"]
    if prepared is not None and (prepared.directory, prepared.kind) == (request["directory"], step["kind"]):
        prepared.set_iterations(step)
        return {"seconds": 0}
    prepared = None
    prepared = Step(request["directory"], step)
    return {"seconds": prepared.seconds}


def hello(_):
    return {"info": {"name": "jax", "version": jax.__version__, "device": str(jax.devices()[0])}}


serve({"hello": hello, "prepare": prepare, "run": lambda request: prepared.run(request["count"])})
