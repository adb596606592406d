"""What the Python peers share: reading a problem's files, and the protocol (src/serve.mjs describes both)."""

import json
import os
import sys
import traceback
from dataclasses import dataclass

import numpy as np

REPORTED_LOSSES = 13


class Unsupported(Exception):
    """A step that the peer cannot run."""


@dataclass
class Problem:
    manifest: dict
    params: list  # leaves, in the order of the network's layers
    batches: list  # (inputs, targets)


def read_problem(directory):
    with open(os.path.join(directory, "manifest.json")) as file:
        manifest = json.load(file)
    dtype = np.dtype(manifest["dtype"])
    target_dtype = np.dtype(np.int32) if "classes" in manifest else dtype
    batches, size = manifest["batches"], manifest["batchSize"]

    def read(name, dtype, shape):
        array = np.fromfile(os.path.join(directory, name), dtype=dtype.newbyteorder("<"))
        return array.astype(dtype, copy=False).reshape(shape)

    flat = read("params.bin", dtype, (-1,))
    params, offset = [], 0
    for leaf in manifest["params"]:
        count = int(np.prod(leaf["shape"], dtype=np.int64))
        params.append(flat[offset : offset + count].reshape(leaf["shape"]))
        offset += count
    if offset != flat.size:
        raise ValueError(f"params.bin holds {flat.size} values, the manifest says {offset}")
    inputs = read("inputs.bin", dtype, (batches, size, *manifest["inputShape"]))
    targets = read("targets.bin", target_dtype, (batches, size, *manifest["targetShape"]))
    return Problem(manifest, params, list(zip(inputs, targets)))


def serve(handlers):
    """Answers JSON lines from stdin until it closes. What a library prints goes to stderr."""
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = handlers[request["op"]](request)
        except Unsupported as error:
            answer = {"unsupported": str(error)}
        except Exception as error:  # noqa: BLE001 - every failure becomes an answer
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}".strip()[:600]}
        channel.write(json.dumps(answer) + "\n")
        channel.flush()
