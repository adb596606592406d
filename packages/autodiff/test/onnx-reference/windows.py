"""Convolution and pooling by the reference implementation of ONNX, which is not ours: writes windows.expected.json.

    pip install onnx==1.23.2 numpy==2.4.6
    python windows.py && npx biome format --write windows.expected.json

All values are small integers, so every sum is exact. The adjoints are made of the convolution alone: it is applied to
each basis image (each basis filter), which gives the matrix of the linear map, and the matrix is transposed.
"""

import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def pattern(shape, seed, period=23):
    """Integers around zero; `integers` in windows.test.ts gives the same."""
    i = np.arange(int(np.prod(shape)))
    return ((i * 37 + seed * 11) % period - period // 2).reshape(shape).astype(np.float64)


def run(operator, inputs, outputs, **attributes):
    names = [f"i{k}" for k in range(len(inputs))]
    results = [f"o{k}" for k in range(outputs)]
    graph = helper.make_graph(
        [helper.make_node(operator, names, results, **attributes)],
        "g",
        [helper.make_tensor_value_info(n, TensorProto.DOUBLE, v.shape) for n, v in zip(names, inputs)],
        [helper.make_tensor_value_info(n, TensorProto.DOUBLE, None) for n in results],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])
    return ReferenceEvaluator(model).run(None, dict(zip(names, inputs)))


def pads(padding):
    (top, bottom), (left, right) = padding
    return [top, left, bottom, right]


def convolution(name, x, filter, strides=(1, 1), padding=((0, 0), (0, 0)), dilations=(1, 1), groups=1):
    def conv(images, weights):
        return run(
            "Conv", [images, weights], 1, group=groups, dilations=dilations, strides=strides, pads=pads(padding)
        )[0]

    images, weights = pattern(x, 1), pattern(filter, 2)
    value = conv(images, weights)
    y = pattern(value.shape, 3)

    # d<conv(x, w), y> / dx: images of a batch do not meet, so all basis images are one batch.
    size = int(np.prod(x[1:]))
    columns = conv(np.eye(size).reshape((size, *x[1:])), weights).reshape(size, -1)
    input_adjoint = y.reshape(x[0], -1) @ columns.T

    basis = np.eye(weights.size).reshape((weights.size, *filter))
    filter_adjoint = [np.sum(conv(images, w) * y) for w in basis]
    return {
        "name": name,
        "x": list(x),
        "filter": list(filter),
        "params": {"strides": strides, "padding": padding, "dilations": dilations, "groups": groups},
        "y": list(value.shape),
        "value": value.ravel().astype(int).tolist(),
        "inputAdjoint": input_adjoint.ravel().astype(int).tolist(),
        "filterAdjoint": np.array(filter_adjoint).astype(int).tolist(),
    }


def pooling(name, x, window, strides, padding=((0, 0), (0, 0)), period=23):
    images = pattern(x, 1, period)
    attributes = {"kernel_shape": window, "strides": strides, "pads": pads(padding)}
    values, indices = run("MaxPool", [images], 2, **attributes)
    means = run("AveragePool", [images], 1, count_include_pad=0, **attributes)[0]
    return {
        "name": name,
        "x": list(x),
        "period": period,
        "params": {"window": window, "strides": strides, "padding": padding},
        "y": list(values.shape),
        "maxima": values.ravel().astype(int).tolist(),
        # ONNX counts through the whole tensor, we through the plane.
        "positions": (indices.ravel() % (x[2] * x[3])).astype(int).tolist(),
        "means": means.ravel().tolist(),
    }


NONE = ((0, 0), (0, 0))
CONVOLUTIONS = [
    convolution("1x1", (2, 3, 2, 3), (2, 3, 1, 1)),
    convolution("1x1, stride 2", (1, 2, 4, 3), (2, 2, 1, 1), strides=(2, 2)),
    convolution("3x3, valid", (2, 2, 5, 4), (3, 2, 3, 3)),
    convolution("a filter as big as the image", (2, 2, 3, 4), (2, 2, 3, 4)),
    convolution("3x2 on an odd image, strides 2 and 1", (1, 2, 5, 4), (2, 2, 3, 2), strides=(2, 1)),
    convolution("rest rows and columns that no window covers", (1, 1, 6, 8), (2, 1, 3, 2), strides=(2, 4)),
    convolution("strides beyond the filter", (1, 2, 7, 7), (1, 2, 2, 2), strides=(3, 4)),
    convolution("padding, even", (1, 2, 4, 3), (2, 2, 3, 3), padding=((1, 1), (1, 1))),
    convolution("padding, uneven", (1, 2, 4, 3), (2, 2, 3, 2), padding=((0, 2), (1, 0))),
    convolution("padding beyond the filter", (1, 1, 2, 2), (1, 1, 2, 2), padding=((3, 2), (0, 3))),
    convolution("padding and strides, a rest", (1, 1, 5, 6), (2, 1, 3, 3), strides=(2, 3), padding=((1, 0), (2, 1))),
    convolution("dilations 2 and 3", (1, 2, 6, 8), (2, 2, 2, 3), dilations=(2, 3)),
    convolution(
        "dilations, strides, uneven padding",
        (2, 1, 6, 7),
        (2, 1, 3, 2),
        strides=(3, 2),
        padding=((2, 1), (0, 3)),
        dilations=(2, 3),
    ),
    convolution("two groups", (2, 4, 4, 4), (6, 2, 2, 2), groups=2),
    convolution("three groups, strides, padding", (1, 3, 5, 5), (3, 1, 3, 3), (2, 2), ((1, 1), (0, 1)), groups=3),
    convolution("depthwise, two filters a channel", (1, 3, 4, 4), (6, 1, 3, 3), padding=((1, 1), (1, 1)), groups=3),
    convolution("two groups, dilated", (1, 4, 5, 6), (2, 2, 2, 2), dilations=(3, 2), groups=2),
]
POOLS = [
    pooling("2x2 side by side", (2, 2, 4, 6), (2, 2), (2, 2)),
    pooling("side by side, a rest", (1, 2, 5, 7), (2, 3), (2, 3)),
    pooling("1x1", (1, 2, 2, 3), (1, 1), (1, 1)),
    pooling("1x1, strides 2 and 3", (1, 1, 5, 5), (1, 1), (2, 3)),
    pooling("the whole image", (2, 3, 3, 4), (3, 4), (3, 4)),
    pooling("overlapping 3x3, stride 2", (1, 2, 7, 7), (3, 3), (2, 2)),
    pooling("overlapping, stride 1, a line", (2, 1, 1, 5), (1, 3), (1, 1)),
    pooling("strides beyond the window, a rest", (1, 1, 8, 8), (2, 2), (3, 5)),
    pooling("padding, uneven", (1, 2, 4, 5), (3, 3), (2, 2), ((1, 2), (0, 2))),
    pooling("padding on one side", (1, 1, 4, 4), (2, 2), (1, 2), ((1, 0), (0, 1))),
    pooling("padding, windows side by side", (1, 2, 4, 5), (2, 3), (2, 3), ((1, 1), (2, 2))),
    pooling("ties", (1, 2, 4, 5), (2, 3), (1, 1), period=3),
    pooling("ties, padding", (1, 1, 5, 5), (3, 3), (2, 2), ((1, 1), (1, 1)), period=2),
]

if __name__ == "__main__":
    result = {
        "source": f"onnx {onnx.__version__}, onnx.reference.ReferenceEvaluator; numpy {np.__version__}; windows.py",
        "convolutions": CONVOLUTIONS,
        "pools": POOLS,
    }
    path = pathlib.Path(__file__).with_name("windows.expected.json")
    path.write_text(json.dumps(result) + "\n")
