# The LAPACK side of linalg.mjs: makes the matrices, times scipy, and computes the errors of both in float64.
#
# Requests are lines of JSON, {command, routine, n, dtype, condition}; so are answers. Arrays are files in the folder given as argument.

import json
import sys
import time
from pathlib import Path

import numpy as np
import scipy.linalg as sl

FOLDER = Path(sys.argv[1])
COLUMNS = 32


def orthogonal(n, random):
    return np.linalg.qr(random.standard_normal((n, n)))[0]


def inputs(routine, n, condition):
    """Matrices whose singular values fall geometrically from 1 to 1 / condition, and right-hand sides."""
    random = np.random.default_rng(1)
    values = condition ** -np.linspace(0, 1, n)
    left = orthogonal(n, random)
    general = (left * values) @ orthogonal(n, random)
    definite = (left * values) @ left.T
    columns = random.standard_normal((n, COLUMNS))
    return {
        "cholesky": [definite],
        "solveSpd": [definite, columns],
        "solveTriangular": [np.linalg.qr(general)[1].T, columns],
        "solve": [general, columns],
        "inverse": [general],
        "inverseSpd": [definite],
        "qr": [general],
        "eigh": [(left * values * (-1) ** np.arange(n)) @ left.T],
        "svd": [general],
        "polarFactor": [general],
        "inverseRoot": [definite],
    }[routine]


def svd(A):
    U, values, Vh = sl.svd(A, full_matrices=False, check_finite=False)
    return [U, values, Vh.T]


def inverse_spd(A):
    potrf, potri = sl.lapack.get_lapack_funcs(("potrf", "potri"), (A,))
    upper = np.triu(potri(potrf(A)[0])[0])
    return [upper + np.triu(upper, 1).T]


def inverse_root(A):
    values, vectors = sl.eigh(A, check_finite=False)
    return [(vectors * values ** -0.25) @ vectors.T]


# scipy computes float32 in float32; numpy.linalg would use float64.
LAPACK = {
    "cholesky": lambda A: [sl.cholesky(A, lower=True, check_finite=False)],
    "solveSpd": lambda A, b: [sl.cho_solve(sl.cho_factor(A, check_finite=False), b, check_finite=False)],
    "solveTriangular": lambda A, b: [sl.solve_triangular(A, b, lower=True, check_finite=False)],
    "solve": lambda A, b: [sl.lu_solve(sl.lu_factor(A, check_finite=False), b, check_finite=False)],
    "inverse": lambda A: [sl.inv(A, check_finite=False)],
    "inverseSpd": inverse_spd,
    "qr": lambda A: list(sl.qr(A, mode="economic", check_finite=False)),
    "eigh": lambda A: list(sl.eigh(A, check_finite=False)),
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
    "inverseSpd": lambda A, X: norm(A @ X - np.eye(len(A))) / (norm(A) * norm(X)),
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


def answer(command, routine, n, dtype, condition):
    global given
    if command == "make":
        given = [np.ascontiguousarray(each, dtype=dtype) for each in inputs(routine, n, condition)]
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
