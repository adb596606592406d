# The LAPACK side of linalg.mjs: makes the matrices, times numpy and scipy, and computes the errors of both in float64.
#
# Requests are lines of JSON, {command, routine, n, dtype}; so are answers. Arrays are files in the folder given as argument.

import json
import sys
import time
from pathlib import Path

import numpy as np
import scipy.linalg as sl

FOLDER = Path(sys.argv[1])
COLUMNS = 32
CONDITION = 1e4


def definite(n, random):
    """Symmetric positive definite, with eigenvalues in a geometric sequence."""
    vectors, _ = np.linalg.qr(random.standard_normal((n, n)))
    matrix = (vectors * CONDITION ** -np.linspace(0, 1, n)) @ vectors.T
    return (matrix + matrix.T) / 2


def inputs(routine, n):
    random = np.random.default_rng(1)
    square = random.standard_normal((n, n))
    columns = random.standard_normal((n, COLUMNS))
    return {
        "cholesky": lambda: [definite(n, random)],
        "solveSpd": lambda: [definite(n, random), columns],
        "solveTriangular": lambda: [np.tril(square) / np.sqrt(n) + 2 * np.eye(n), columns],
        "solve": lambda: [square, columns],
        "inverse": lambda: [square],
        "qr": lambda: [square],
        "eigh": lambda: [(square + square.T) / 2],
        "svd": lambda: [square],
        "polarFactor": lambda: [square],
        "inverseRoot": lambda: [definite(n, random)],
    }[routine]()


def svd(A):
    U, values, Vh = np.linalg.svd(A, full_matrices=False)
    return [U, values, Vh.T]


def inverse_root(A):
    values, vectors = np.linalg.eigh(A)
    return [(vectors * values ** -0.25) @ vectors.T]


LAPACK = {
    "cholesky": lambda A: [np.linalg.cholesky(A)],
    "solveSpd": lambda A, b: [sl.cho_solve(sl.cho_factor(A), b)],
    "solveTriangular": lambda A, b: [sl.solve_triangular(A, b, lower=True)],
    "solve": lambda A, b: [np.linalg.solve(A, b)],
    "inverse": lambda A: [np.linalg.inv(A)],
    "qr": lambda A: list(np.linalg.qr(A)),
    "eigh": lambda A: list(np.linalg.eigh(A)),
    "svd": svd,
    "polarFactor": lambda A: [sl.polar(A)[0]],
    "inverseRoot": inverse_root,
}

norm = np.linalg.norm


def orthogonality(*matrices):
    return max(norm(Q.T @ Q - np.eye(Q.shape[1])) / np.sqrt(Q.shape[1]) for Q in matrices)


def residual(A, b, x):
    return norm(A @ x - b) / (norm(A) * norm(x))


ERRORS = {
    "cholesky": lambda A, L: norm(L @ L.T - A) / norm(A),
    "solveSpd": residual,
    "solveTriangular": residual,
    "solve": residual,
    "inverse": lambda A, X: norm(A @ X - np.eye(len(A))) / (norm(A) * norm(X)),
    "qr": lambda A, Q, R: max(norm(Q @ R - A) / norm(A), orthogonality(Q)),
    "eigh": lambda A, w, V: max(norm((V * w) @ V.T - A) / norm(A), orthogonality(V)),
    "svd": lambda A, U, s, V: max(norm((U * s) @ V.T - A) / norm(A), orthogonality(U, V)),
    # The symmetry of the other factor, U'A.
    "polarFactor": lambda A, U: max(norm(U.T @ A - A.T @ U) / norm(A), orthogonality(U)),
    "inverseRoot": lambda A, X: norm(X - inverse_root(A)[0]) / norm(X),
}


def saved(name, like):
    array = np.frombuffer((FOLDER / name).read_bytes(), dtype=like.dtype)
    return array.reshape(like.shape)


def answer(command, routine, n, dtype):
    global given
    if command == "make":
        given = [np.ascontiguousarray(each, dtype=dtype) for each in inputs(routine, n)]
        for i, each in enumerate(given):
            (FOLDER / f"input{i}").write_bytes(each.tobytes())
        return [each.shape for each in given]
    start = time.perf_counter()
    outputs = LAPACK[routine](*given)
    if command == "run":
        return 1000 * (time.perf_counter() - start)
    ours = [saved(f"output{i}", each) for i, each in enumerate(outputs)]
    exact = [each.astype("float64") for each in given]
    return [ERRORS[routine](*exact, *[each.astype("float64") for each in side]) for side in (ours, outputs)]


given = []
for line in sys.stdin:
    print(json.dumps(answer(**json.loads(line))), flush=True)
