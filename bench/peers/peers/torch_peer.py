"""The steps in PyTorch.

`compiled`: the network linearized by hand (torch_linear.py), and each piece between two decisions of the host compiled by
torch.compile: the linearization with its gradient, one CG iteration, the loss along the step.
`eager`: autograd as it is. J'u is recorded once with a graph of its own, linear in u: its backward pass gives J v, so both
products reuse the residuals of one forward pass (Townsend, "A new trick for calculating Jacobian vector products", 2017).
"""

import os
import time
from functools import partial

import torch
import torch.nn.functional as F
import torch_references
from exchange import REPORTED_LOSSES, Unsupported, read_problem, serve
from torch_linear import jvp, linearize, network, vjp

MODE = os.environ.get("PEER_MODE", "compiled")
torch.set_num_threads(int(os.environ["PEER_THREADS"]))


def compiled(function):
    return torch.compile(function, dynamic=False, fullgraph=True) if MODE == "compiled" else function


def squared_error(outputs, targets):
    return torch.mean((outputs - targets.view_as(outputs)) ** 2)


LOSSES = {
    "squaredError": squared_error,
    "softmaxCrossEntropy": lambda outputs, targets: F.cross_entropy(outputs, targets),
}


def loss_slope(name, outputs, targets):
    """The loss, its gradient in the outputs, and what its Hessian there needs."""
    if name == "squaredError":
        difference = outputs - targets.view_as(outputs)
        return torch.mean(difference**2), difference * (2 / difference.numel()), None
    log_p = torch.log_softmax(outputs, 1)
    p = log_p.exp()
    hot = F.one_hot(targets, outputs.shape[1]).to(p.dtype)
    m = outputs.shape[0]
    return -(log_p * hot).sum() / m, (p - hot) / m, p


def hessian_product(name, p, u):
    if name == "squaredError":
        return u * (2 / u.numel())
    pu = p * u
    return (pu - p * pu.sum(1, keepdim=True)) / u.shape[0]


def dot(a, b):
    return sum(torch.sum(x * y) for x, y in zip(a, b))


def axpy(scale, x, y):
    return [torch.add(b, scale * a) for a, b in zip(x, y)]


def max_abs(a):
    return torch.stack([x.abs().amax() for x in a]).amax()


# --- What differs between the two: linearization, and B v.


class ByHand:
    def __init__(self, layers, loss):
        self.layers, self.loss = layers, loss

    def linearize(self, params, inputs, targets):
        outputs, residuals = linearize(self.layers, params, inputs)
        value, slope, p = loss_slope(self.loss, outputs, targets)
        return value, vjp(self.layers, residuals, slope), (residuals, p)

    def product(self, point, v):
        residuals, p = point
        return vjp(self.layers, residuals, hessian_product(self.loss, p, jvp(self.layers, residuals, v)))

    def value_and_grad(self, params, inputs, targets):
        value, grads, _ = self.linearize(params, inputs, targets)
        return value, grads


class Autograd:
    def __init__(self, layers, loss):
        self.layers, self.loss = layers, LOSSES[loss]

    def value_and_grad(self, params, inputs, targets):
        leaves = [leaf.detach().requires_grad_() for leaf in params]
        value = self.loss(network(self.layers, leaves, inputs), targets)
        return value.detach(), torch.autograd.grad(value, leaves)

    def linearize(self, params, inputs, targets):
        leaves = [leaf.detach().requires_grad_() for leaf in params]
        outputs = network(self.layers, leaves, inputs)
        z = outputs.detach().requires_grad_()
        value = self.loss(z, targets)
        (slope,) = torch.autograd.grad(value, z, create_graph=True)
        u = torch.zeros_like(outputs, requires_grad=True)
        transposed = torch.autograd.grad(outputs, leaves, u, create_graph=True)
        grads = torch.autograd.grad(outputs, leaves, slope.detach(), retain_graph=True)
        return value.detach(), list(grads), (leaves, outputs, z, slope, u, transposed)

    def product(self, point, v):
        leaves, outputs, z, slope, u, transposed = point
        (jv,) = torch.autograd.grad(transposed, u, v, retain_graph=True)
        (hjv,) = torch.autograd.grad(slope, z, jv, retain_graph=True)
        return list(torch.autograd.grad(outputs, leaves, hjv, retain_graph=True))


class Sgn:
    """The SGN step; the host decides when CG and the line search end."""

    def __init__(self, model, loss_of, options, iterations):
        self.options, self.iterations = options, iterations
        self.linearize = compiled(model.linearize)

        def iterate(point, rho, x, r, p, rr):
            q = axpy(rho, p, model.product(point, p))
            alpha = rr / dot(p, q)
            x, r = axpy(alpha, p, x), axpy(-alpha, q, r)
            next_rr = dot(r, r)
            return x, r, axpy(next_rr / rr, p, r), next_rr, max_abs(r)

        def finish(params, inputs, targets, grads, x, r, before, rho):
            full = loss_of(axpy(-options["stepSize"], x, params), inputs, targets)
            gain = (full - before) / (-0.5 * dot(axpy(1, r, grads), x))
            shrunk = torch.clamp(2 / 3 * rho, min=options["minDamping"])
            rho = torch.where(gain < 0.25, 1.5 * rho, torch.where(gain > 0.75, shrunk, rho))
            bound = before - options["stepSize"] * options["sufficientDecrease"] * dot(grads, x)
            return full, rho, bound

        self.iterate, self.finish = compiled(iterate), compiled(finish)
        self.loss_at = compiled(lambda a, x, params, inputs, targets: loss_of(axpy(-a, x, params), inputs, targets))
        self.move = compiled(lambda a, x, params: axpy(-a, x, params))

    def __call__(self, params, rho, inputs, targets):
        options = self.options
        before, grads, point = self.linearize(params, inputs, targets)
        with torch.no_grad():
            x = [torch.zeros_like(g) for g in grads]
            r = p = grads
            rr = dot(r, r)
        k = 0
        while True:
            x, r, p, rr, norm = self.iterate(point, rho, x, r, p, rr)
            k += 1
            if k >= self.iterations or not norm.item() > options["cgTolerance"]:
                break
        with torch.no_grad():
            full, rho, bound = self.finish(params, inputs, targets, grads, x, r, before, rho)
            alpha, searched = torch.full_like(before, options["stepSize"]), 0
            limit, after = bound.item(), full.item()
            while after > limit and searched < options["maxLineSearchSteps"]:
                alpha = alpha * options["backtrackingFactor"]
                after = self.loss_at(alpha, x, params, inputs, targets).item()
                searched += 1
            return self.move(alpha, x, params), rho, (before, k, searched)


class Step:
    def __init__(self, directory, step):
        problem = read_problem(directory)
        manifest = problem.manifest
        layers, loss = manifest["layers"], manifest["loss"]
        convolutional = any(layer["kind"] == "conv" for layer in layers)
        # oneDNN computes channels-last images without reordering them.
        layout = (lambda x: x.to(memory_format=torch.channels_last) if x.ndim == 4 else x) if convolutional else (lambda x: x)
        self.params = [layout(torch.from_numpy(leaf.copy())) for leaf in problem.params]
        targets = (lambda y: torch.from_numpy(y.copy()).long()) if "classes" in manifest else (lambda y: torch.from_numpy(y.copy()))
        self.batches = [(layout(torch.from_numpy(x.copy())), targets(y)) for x, y in problem.batches]
        self.rho = torch.tensor(manifest["sgn"]["damping"], dtype=self.params[0].dtype)
        self.directory, self.kind = directory, step["kind"]
        self.reference = None
        model = (ByHand if MODE == "compiled" else Autograd)(layers, loss)
        loss_of = lambda params, inputs, targets: LOSSES[loss](network(layers, params, inputs), targets)
        if self.kind == "gradient":
            self.function = compiled(model.value_and_grad)
        elif self.kind == "ggn":

            def function(params, v, inputs, targets):
                return model.product(model.linearize(params, inputs, targets)[2], v)

            self.function = compiled(function)
        elif self.kind == "sgd":

            def function(params, inputs, targets):
                value, grads = model.value_and_grad(params, inputs, targets)
                # In place: the buffers of the parameters are the step's own.
                for leaf, g in zip(params, grads):
                    leaf.sub_(manifest["learningRate"] * g)
                return value

            self.function = compiled(function)
        elif self.kind in manifest["refreshing"]:
            if MODE == "compiled":
                raise Unsupported("the reference implementations are eager")
            torch_references.demand_sources(self.kind)
            self.reference = partial(
                torch_references.start,
                self.kind,
                manifest["refreshing"][self.kind],
                layers=layers,
                loss_of=LOSSES[loss],
                value_and_grad=model.value_and_grad,
            )
        else:
            self.function = Sgn(model, loss_of, manifest["sgn"], step["cgIterations"])
        start = time.perf_counter()
        self.run(1, 0)
        self.seconds = time.perf_counter() - start

    def set_iterations(self, step):
        if self.kind == "sgn":
            self.function.iterations = step["cgIterations"]

    def run(self, count, untimed):
        params = [leaf.clone() for leaf in self.params]
        direction = [leaf.clone() for leaf in self.params]
        rho = self.rho.clone()
        reference = None if self.reference is None else self.reference(params=params)
        infos = []
        begin = time.perf_counter()
        for i in range(untimed + count):
            if i == untimed:
                begin = time.perf_counter()
            inputs, targets = self.batches[i % len(self.batches)]
            if reference is not None:
                infos.append((reference.step(inputs, targets), 0, 0))
            elif self.kind == "gradient":
                result = self.function(params, inputs, targets)
            elif self.kind == "ggn":
                result = self.function(params, direction, inputs, targets)
            elif self.kind == "sgd":
                infos.append((self.function(params, inputs, targets), 0, 0))
            else:
                params, rho, info = self.function(params, rho, inputs, targets)
                infos.append(info)
        seconds = time.perf_counter() - begin

        if self.kind == "gradient":
            values = [result[0].item(), norm(result[1])]
        elif self.kind == "ggn":
            values = [norm(result)]
        else:
            values = [loss.item() for loss, _, _ in infos[:REPORTED_LOSSES]]
        return {
            "seconds": seconds,
            "values": values,
            "cgIterations": sum(k for _, k, _ in infos),
            "lineSearchSteps": sum(k for _, _, k in infos),
        }


def norm(leaves):
    return sum(leaf.double().square().sum() for leaf in leaves).sqrt().item()


prepared = None


def prepare(request):
    global prepared
    step = request["step"]
    if prepared is not None and (prepared.directory, prepared.kind) == (request["directory"], step["kind"]):
        prepared.set_iterations(step)
        return {"seconds": 0}
    prepared = None
    torch.compiler.reset()
    prepared = Step(request["directory"], step)
    return {"seconds": prepared.seconds}


def hello(_):
    return {"info": {"name": "torch", "version": torch.__version__, "mode": MODE, "threads": torch.get_num_threads()}}


serve({"hello": hello, "prepare": prepare, "run": lambda request: prepared.run(request["count"], request.get("untimed", 0))})
