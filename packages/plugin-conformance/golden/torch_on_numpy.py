"""A stand-in for the parts of PyTorch that reference optimizers call, on numpy in float64.

`module(path)` loads a reference's file: with PyTorch if it is installed, else with this stand-in, which has the same in-place methods.
`descend(make)` turns a reference's optimizer into the `step` of trajectory.write. Casts to bfloat16 are left out.
"""

import importlib.util
import pathlib
import sys
import types
from collections import defaultdict

import numpy as np

try:
    import torch

    NAME = f"torch {torch.__version__}"
except ImportError:
    torch = None
    NAME = f"numpy {np.__version__} in place of torch"


class Tensor(np.ndarray):
    """An array with PyTorch's methods. It is a key of dictionaries by identity."""

    grad = None
    device = None
    is_sparse = False
    __hash__ = object.__hash__
    data = property(lambda self: self)

    def size(self, dim):
        return self.shape[dim]

    def view(self, *shape):
        return self.reshape(*shape)

    def bfloat16(self):
        return self

    def norm(self, dim, keepdim):
        return np.sqrt((self * self).sum(axis=dim, keepdims=keepdim))

    def abs(self):
        return np.abs(self)

    def sqrt(self):
        return np.sqrt(self)

    def square(self):
        return self * self

    def sign(self):
        return np.sign(self)

    def clamp(self, low, high):
        return np.minimum(self, high) if low is None else np.clip(self, low, high)

    def div(self, other):
        return self / other

    def to(self, device):
        return self

    def _set(self, value):
        self[...] = value
        return self

    def mul_(self, x):
        return self._set(self * x)

    def div_(self, x):
        return self._set(self / x)

    def add_(self, x, alpha=1):
        return self._set(self + alpha * x)

    def sub_(self, x, alpha=1):
        return self._set(self - alpha * x)

    def sqrt_(self):
        return self._set(np.sqrt(self))

    def addcmul_(self, a, b, value=1):
        return self._set(self + value * a * b)

    def addcdiv_(self, a, b, value=1):
        return self._set(self + value * a / b)

    def lerp_(self, end, weight):
        return self._set(self + weight * (end - self))

    def detach(self):
        return self

    def clone(self):
        return self.copy()


def tensor(values):
    if torch is not None:
        return torch.tensor(np.asarray(values), dtype=torch.float64)
    return np.array(values, np.float64).view(Tensor) if not isinstance(values, Tensor) else values.copy()


def _stand_in():
    class Optimizer:
        def __init__(self, params, defaults):
            groups = list(params)
            groups = groups if isinstance(groups[0], dict) else [{"params": groups}]
            self.param_groups = [{**defaults, **group} for group in groups]
            self.state = defaultdict(dict)
            self.defaults = defaults

    class no_grad:
        def __call__(self, fn):
            return fn

        __enter__ = __exit__ = lambda self, *_: None

    module = types.ModuleType("torch")
    module.Tensor = Tensor
    module.no_grad = module.enable_grad = no_grad
    module.preserve_format = None
    module.zeros_like = lambda x, memory_format=None: np.zeros_like(x)
    module.clone = lambda x, memory_format=None: x.copy()
    module.tensor = lambda x, device=None, dtype=None: np.array(x, np.float64).view(Tensor)
    module.is_tensor = lambda x: isinstance(x, Tensor)
    module.is_complex = np.iscomplexobj
    module.dot = lambda a, b: np.dot(a, b)
    module.optim = types.ModuleType("torch.optim")
    module.optim.Optimizer = Optimizer
    module.optim.optimizer = types.ModuleType("torch.optim.optimizer")
    module.optim.optimizer.Optimizer = Optimizer
    module.optim.optimizer.ParamsT = object
    module.distributed = types.ModuleType("torch.distributed")
    for each in (module, module.optim, module.optim.optimizer, module.distributed):
        sys.modules[each.__name__] = each


def module(path):
    """The module in a reference's file."""
    if torch is None and "torch" not in sys.modules:
        _stand_in()
    path = pathlib.Path(path)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def descend(make, transposed=False, factor=None):
    """(step, layers -> point) of the optimizer that `make` makes of [{"weight", "bias"}, ...] of tensors.

    `transposed`: the reference expects weights (out, in). `factor(t)`: of every learning rate at step t.
    """
    turn = (lambda x, key: x.T if key == "weight" else x) if transposed else (lambda x, key: x)
    kept = {}

    def tensors(layers):
        return [{key: tensor(np.ascontiguousarray(turn(x, key))) for key, x in each.items()} for each in layers]

    def arrays(layers):
        return [{key: np.asarray(turn(x, key)).copy() for key, x in each.items()} for each in layers]

    def step(layers, gradient, t):
        if t == 0:
            kept["layers"] = tensors(layers)
            kept["optimizer"] = make(kept["layers"])
            kept["rates"] = [group["lr"] for group in kept["optimizer"].param_groups]
        if factor is not None:
            for group, rate in zip(kept["optimizer"].param_groups, kept["rates"]):
                group["lr"] = rate * factor(t)
        for each, own in zip(kept["layers"], tensors(gradient)):
            for key, x in each.items():
                x.grad = own[key]
        kept["optimizer"].step()
        return arrays(kept["layers"])

    def point(_):
        kept["optimizer"].eval()
        evaluated = arrays(kept["layers"])
        kept["optimizer"].train()
        return evaluated

    return step, point
