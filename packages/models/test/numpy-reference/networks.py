"""Starts and outputs of the networks in plain numpy: writes networks.expected.json.

    pip install numpy==2.4.6
    python networks.py && npx biome format --write networks.expected.json

Parameters and inputs are sines of their places, which networks.test.ts computes as well, so that only outputs are kept.
The parameters of a network are listed here by hand, as paths and shapes: the test compares them with the model's own.
"""

import json
import math
import pathlib

import numpy as np


def wave(shape, seed):
    """sin(0.7 i + 1.3 seed + 0.2) / 2 by place i; `wave` in networks.test.ts gives the same."""
    i = np.arange(math.prod(shape))
    return (np.sin(0.7 * i + 1.3 * seed + 0.2) / 2).reshape(shape)


def conv(x, w, b=None, stride=(1, 1), pad=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """Window by window; no library convolution."""
    x = np.pad(x, ((0, 0), (0, 0), *pad))
    f, c, kh, kw = w.shape
    reach = [dilation[0] * (kh - 1) + 1, dilation[1] * (kw - 1) + 1]
    oh, ow = [(x.shape[2 + a] - reach[a]) // stride[a] + 1 for a in (0, 1)]
    y = np.zeros((x.shape[0], f, oh, ow))
    for k in range(f):
        group = k // (f // groups)
        own = x[:, group * c : (group + 1) * c]
        for i in range(oh):
            for j in range(ow):
                top, left = i * stride[0], j * stride[1]
                window = own[:, :, top : top + reach[0] : dilation[0], left : left + reach[1] : dilation[1]]
                y[:, k, i, j] = (window * w[k]).sum(axis=(1, 2, 3))
    return y if b is None else y + b[:, None, None]


def pool(x, size, stride, reduce):
    oh, ow = [(x.shape[2 + a] - size[a]) // stride[a] + 1 for a in (0, 1)]
    y = np.zeros((*x.shape[:2], oh, ow))
    for i in range(oh):
        for j in range(ow):
            top, left = i * stride[0], j * stride[1]
            y[:, :, i, j] = reduce(x[:, :, top : top + size[0], left : left + size[1]], axis=(2, 3))
    return y


def relu(x):
    return np.where(x > 0, x, 0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gelu(x):
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def flat(x):
    return x.reshape(len(x), -1)


def normalize(x, axes, scale, shift, epsilon=1e-5):
    variance = x.var(axis=axes, keepdims=True)
    return (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(variance + epsilon) * scale + shift


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# The starts of the paper: one stream of RandomState(1), layer by layer.

LENET = [(6, 1, 5, 5), (16, 6, 5, 5), (256, 120), (120, 84), (84, 10)]
VGG = [(32, 3, 3, 3), (64, 32, 3, 3), (64, 64, 3, 3), (1024, 64), (64, 10)]


def start(shapes, classes=10):
    random = np.random.RandomState(1)
    weights = []
    for shape in shapes:
        s = np.sqrt(6 / (math.prod(shape) if len(shape) == 4 else shape[0] + classes))
        weights.append(random.uniform(-s, s, size=shape))
    return weights


def facts(weight):
    numbers = weight.ravel()
    return {
        "shape": list(weight.shape),
        "first": numbers[:3].tolist(),
        "last": numbers[-2:].tolist(),
        "norm": float(np.linalg.norm(numbers)),
    }


def lenet(x, w):
    x = pool(relu(conv(x, w[0])), (2, 2), (2, 2), np.max)
    x = flat(pool(relu(conv(x, w[1])), (2, 2), (2, 2), np.max))
    return relu(relu(x @ w[2]) @ w[3]) @ w[4]


def vgg(x, w):
    x = pool(relu(conv(x, w[0])), (2, 2), (2, 2), np.max)
    x = pool(relu(conv(x, w[1])), (2, 2), (2, 2), np.max)
    return relu(flat(relu(conv(x, w[2]))) @ w[3]) @ w[4]


# Small networks, each with parameters of waves.

NETWORKS = {}


def network(inputs, **parameters):
    """Registers a forward pass with the shapes of its inputs and parameters, in the model's order."""

    def register(forward):
        values = {name: wave(shape, k) for k, (name, shape) in enumerate(parameters.items())}
        y = forward(wave(inputs, 50), values)
        NETWORKS[forward.__name__] = {
            "inputs": list(inputs),
            "parameters": [list(shape) for shape in parameters.values()],
            "shape": list(y.shape),
            "outputs": y.ravel().tolist(),
        }
        return forward

    return register


@network((2, 2, 9, 8), w0=(4, 2, 3, 2), b0=(4,), w1=(6, 2, 3, 3), b1=(6,), w2=(2, 6, 2, 2), b2=(2,), w3=(8, 5), b3=(5,), w4=(5, 3), b4=(3,))
def convnet(x, p):
    # conv 4 3x2 stride 2x1 padding 1x0 tanh; conv 6 3 groups 2 padding same; average-pool 2 stride 1; conv 2 2 dilation 2x3 linear; max-pool 1x2 stride 1
    x = np.tanh(conv(x, p["w0"], p["b0"], stride=(2, 1), pad=((1, 1), (0, 0))))
    x = sigmoid(conv(x, p["w1"], p["b1"], pad=((1, 1), (1, 1)), groups=2))
    x = pool(x, (2, 2), (1, 1), np.mean)
    x = conv(x, p["w2"], p["b2"], dilation=(2, 3))
    x = pool(x, (1, 2), (1, 1), np.max)
    return sigmoid(flat(x) @ p["w3"] + p["b3"]) @ p["w4"] + p["b4"]


@network((3, 6), w0=(6, 5), b0=(5,), w1=(5, 4), b1=(4,), w2=(4, 2), b2=(2,), w3=(2, 4), b3=(4,), w4=(4, 5), b4=(5,), w5=(5, 6), b5=(6,))
def autoencoder(x, p):
    x = np.tanh(x @ p["w0"] + p["b0"])
    x = np.tanh(x @ p["w1"] + p["b1"])
    x = x @ p["w2"] + p["b2"]
    x = np.tanh(x @ p["w3"] + p["b3"])
    x = np.tanh(x @ p["w4"] + p["b4"])
    return sigmoid(x @ p["w5"] + p["b5"])


def residual(x, p, blocks, unit):
    x = relu(unit(x, p, "stem", 1))
    for name, stride, shortcut in blocks:
        branch = unit(relu(unit(x, p, f"{name}a", stride)), p, f"{name}b", 1)
        if shortcut:
            x = conv(x, p[f"{name}sw"], p[f"{name}sb"], stride=(stride, stride))
        x = relu(x + branch)
    return x.mean(axis=(2, 3)) @ p["ow"] + p["ob"]


def normalized_unit(x, p, name, stride):
    y = conv(x, p[f"{name}_w"], stride=(stride, stride), pad=((1, 1), (1, 1)))
    return normalize(y, (1, 2, 3), p[f"{name}_s"][:, None, None], p[f"{name}_h"][:, None, None])


def plain_unit(x, p, name, stride):
    return conv(x, p[f"{name}_w"], p[f"{name}_b"], stride=(stride, stride), pad=((1, 1), (1, 1)))


@network((2, 2, 5, 6), stem_w=(3, 2, 3, 3), stem_s=(3,), stem_h=(3,),
         aa_w=(3, 3, 3, 3), aa_s=(3,), aa_h=(3,), ab_w=(3, 3, 3, 3), ab_s=(3,), ab_h=(3,),
         ba_w=(4, 3, 3, 3), ba_s=(4,), ba_h=(4,), bb_w=(4, 4, 3, 3), bb_s=(4,), bb_h=(4,), bsw=(4, 3, 1, 1), bsb=(4,),
         ow=(4, 3), ob=(3,))  # fmt: skip
def resnet_layer(x, p):
    return residual(x, p, [("a", 1, False), ("b", 2, True)], normalized_unit)


@network((2, 2, 5, 6), stem_w=(3, 2, 3, 3), stem_b=(3,),
         aa_w=(3, 3, 3, 3), aa_b=(3,), ab_w=(3, 3, 3, 3), ab_b=(3,), ca_w=(3, 3, 3, 3), ca_b=(3,), cb_w=(3, 3, 3, 3), cb_b=(3,),
         ba_w=(4, 3, 3, 3), ba_b=(4,), bb_w=(4, 4, 3, 3), bb_b=(4,), bsw=(4, 3, 1, 1), bsb=(4,),
         da_w=(4, 4, 3, 3), da_b=(4,), db_w=(4, 4, 3, 3), db_b=(4,), ow=(4, 3), ob=(3,))  # fmt: skip
def resnet_none(x, p):
    return residual(x, p, [("a", 1, False), ("c", 1, False), ("b", 2, True), ("d", 1, False)], plain_unit)


TOKENS = np.array([[0, 3, 1, 1, 2], [4, 4, 0, 2, 3]])


def transformer_block(k, width, hidden):
    layers = {}
    for n in "qkvm":
        layers |= {f"{k}{n}w": (width, width), f"{k}{n}b": (width,)}
    return {
        f"{k}as": (width,), f"{k}ah": (width,), **layers, f"{k}ds": (width,), f"{k}dh": (width,),
        f"{k}ew": (width, hidden), f"{k}eb": (hidden,), f"{k}cw": (hidden, width), f"{k}cb": (width,),
    }  # fmt: skip


@network((1,), tokens=(5, 6), positions=(5, 6), **transformer_block(0, 6, 12), **transformer_block(1, 6, 12), os=(6,), oh=(6,), ow=(6, 5), ob=(5,))
def transformer(_, p):
    """One sequence, one position and one head at a time: a position sees the slice of those before it, without a mask."""
    logits = np.zeros((*TOKENS.shape, 5))
    for m, sequence in enumerate(TOKENS):
        h = p["tokens"][sequence] + p["positions"]
        for k in (0, 1):
            affine = lambda x, n: x @ p[f"{k}{n}w"] + p[f"{k}{n}b"]
            z = normalize(h, -1, p[f"{k}as"], p[f"{k}ah"])
            q, keys, v = affine(z, "q"), affine(z, "k"), affine(z, "v")
            mixed = np.zeros_like(h)
            for t in range(len(sequence)):
                for own in (slice(0, 3), slice(3, 6)):
                    weights = softmax(keys[: t + 1, own] @ q[t, own] / np.sqrt(3))
                    mixed[t, own] = weights @ v[: t + 1, own]
            h = h + affine(mixed, "m")
            z = normalize(h, -1, p[f"{k}ds"], p[f"{k}dh"])
            h = h + affine(gelu(affine(z, "e")), "c")
        logits[m] = normalize(h, -1, p["os"], p["oh"]) @ p["ow"] + p["ob"]
    return logits


starts = {"lenet": start(LENET), "vgg": start(VGG)}
forwards = {"lenet": lenet(wave((2, 1, 28, 28), 50), starts["lenet"]), "vgg": vgg(wave((1, 3, 32, 32), 50), starts["vgg"])}
document = {
    "source": f"networks.py, numpy {np.__version__}; float64",
    "starts": {name: [facts(w) for w in weights] for name, weights in starts.items()},
    "startOutputs": {name: y.ravel().tolist() for name, y in forwards.items()},
    "tokens": TOKENS.ravel().tolist(),
    "networks": NETWORKS,
}
pathlib.Path(__file__).with_name("networks.expected.json").write_text(json.dumps(document, indent=2) + "\n")
