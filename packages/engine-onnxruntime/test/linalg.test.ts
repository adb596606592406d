// Matrix routines as native programs: what defines each of them holds, in float32 and float64, alone and inside an optimizer's step.

import {
  abs,
  add,
  concat,
  type DType,
  embedding,
  FLOAT_LIMITS,
  iota,
  matmul,
  max,
  mul,
  oneHot,
  reshape,
  sizeOf,
  sub,
  type Tensor,
  type TensorValue,
  tanh,
  tensorValue,
  trace,
  transpose,
  tree,
  vector,
  vmap,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { type Optimizer, stepContext } from '@gaussmark/core';
import { runProgram } from '@gaussmark/engine-conformance';
import {
  cholesky,
  eigh,
  inverseRoot,
  lu,
  polarFactor,
  qr,
  solve,
  solveSpd,
  solveTriangular,
  svd,
} from '@gaussmark/linalg';
import { bindProblem, losses, type Params } from '@gaussmark/problem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { createEngine, randomValue } from './support.js';

let engine: OnnxRuntimeEngine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.dispose());

const SIZE = 40;
const swap = (x: Tensor) => transpose(x, [0, 2, 1]);
const eye = (size: number, dtype: DType) => oneHot(iota(size), size, dtype);
const gram = (x: Tensor) => matmul(x, x, { transposeA: true });
const columnsTimes = (x: Tensor, values: Tensor) => mul(x, reshape(values, [-1, 1, SIZE]));

/** Tensors that are zero but for rounding, for a batch A of random matrices and a batch S of positive definite ones. */
const IDENTITIES: Readonly<Record<string, (A: Tensor, S: Tensor) => readonly Tensor[]>> = {
  cholesky: (_, S) => {
    const L = cholesky(S);
    return [sub(matmul(L, L, { transposeB: true }), S)];
  },
  solveTriangular: (A, S) => {
    const L = cholesky(S);
    return [sub(matmul(L, solveTriangular(L, A)), A)];
  },
  solveSpd: (A, S) => [sub(matmul(S, solveSpd(S, A)), A)],
  solve: (A, S) => [sub(matmul(A, solve(A, matmul(A, S))), matmul(A, S))],
  lu: (A) => {
    const { L, U, permutation } = lu(A);
    const P = vmap((indices: Tensor) => embedding(eye(SIZE, A.dtype), indices))(permutation) as Tensor;
    return [sub(matmul(L, U), matmul(P, A))];
  },
  qr: (A) => {
    const { Q, R } = qr(A);
    return [sub(matmul(Q, R), A), sub(gram(Q), eye(SIZE, A.dtype))];
  },
  eigh: (A) => {
    const symmetric = add(A, swap(A));
    const { values, vectors } = eigh(symmetric);
    return [
      sub(matmul(columnsTimes(vectors, values), vectors, { transposeB: true }), symmetric),
      sub(gram(vectors), eye(SIZE, A.dtype)),
    ];
  },
  svd: (A) => {
    const { U, values, V } = svd(A);
    return [
      sub(matmul(columnsTimes(U, values), V, { transposeB: true }), A),
      sub(gram(U), eye(SIZE, A.dtype)),
      sub(gram(V), eye(SIZE, A.dtype)),
    ];
  },
  polarFactor: (A) => {
    const U = polarFactor(A);
    const H = matmul(U, A, { transposeA: true });
    return [sub(gram(U), eye(SIZE, A.dtype)), sub(H, swap(H))];
  },
  inverseRoot: (_, S) => {
    const X = inverseRoot(S, 2);
    return [sub(matmul(matmul(X, S), X), eye(SIZE, S.dtype))];
  },
};

describe.each(['float32', 'float64'] as const)('in %s', (dtype) => {
  const type = { dtype, shape: [2, SIZE, SIZE] };

  it.each(Object.keys(IDENTITIES))('%s holds what defines it', async (name) => {
    const { program } = trace((A: Tensor) => {
      const S = add(mul(1 / SIZE, matmul(A, A, { transposeB: true })), mul(0.1, eye(SIZE, dtype)));
      return IDENTITIES[name]!(A, S).map((residual) => max(abs(residual)));
    }, type);
    const residuals = await runProgram(engine, program, [randomValue(type, 1)]);
    // At most 80 units: elements are sums of 40 products of size 1.
    for (const { data } of residuals) expect(data[0]! / FLOAT_LIMITS[dtype].epsilon).toBeLessThan(80);
  });
});

describe('a step that solves (J Q J + damping I) d = g by Cholesky', () => {
  const [DAMPING, BATCH, INPUTS, HIDDEN, CLASSES] = [0.1, 4, 2, 3, 2];

  /** Damped Gauss-Newton, dense. */
  const denseGaussNewton: Optimizer<Readonly<Record<never, Tensor>>> = {
    init: () => ({}),
    step(problem, params, state) {
      const { grad, outputs, outputHessianProduct } = problem.linearize(params);
      const rows = sizeOf(outputs.shape);
      const jacobian = concat(
        tree.leaves<Tensor>(problem.perExample.jacobians(params)).map((leaf) => reshape(leaf, [rows, -1])),
        1,
      );
      const columns = reshape(transpose(jacobian), [-1, ...outputs.shape]);
      const weighted = reshape(vmap(outputHessianProduct)(columns) as Tensor, [-1, rows]);
      const size = weighted.shape[0]!;
      const matrix = add(matmul(weighted, jacobian), mul(DAMPING, eye(size, jacobian.dtype)));
      const direction = vector.unpack(solveSpd(matrix, vector.pack(grad)), grad);
      return { params: vector.sub(params, direction), state, metrics: {} };
    },
  };

  const params = {
    a: randomValue({ dtype: 'float64', shape: [INPUTS, HIDDEN] }, 1),
    b: randomValue({ dtype: 'float64', shape: [HIDDEN, CLASSES] }, 2),
  };
  const inputs = randomValue({ dtype: 'float64', shape: [BATCH, INPUTS] }, 3);
  const labels = tensorValue('int32', [BATCH], [0, 1, 1, 0]);

  it('takes the step of plain loops, natively and in the reference', async () => {
    const network = {
      apply: ({ a, b }: { a: Tensor; b: Tensor }, x: Tensor) => matmul(tanh(matmul(x, a)), b),
    };
    const { program } = trace(
      (at: Params, x: Tensor, targets: Tensor) => {
        const problem = bindProblem(network, losses.softmaxCrossEntropy, { inputs: x, targets });
        return denseGaussNewton.step(problem, at, {}, stepContext()).params;
      },
      tree.map(({ type }: TensorValue) => type, params),
      inputs.type,
      labels.type,
    );
    const values = [params.a, params.b, inputs, labels];
    const expected = plainStep();
    for (const outputs of [evaluate(program, values), await runProgram(engine, program, values)]) {
      const moved = outputs.flatMap(({ data }) => [...data]);
      expect(moved.length).toBe(expected.length);
      for (const [i, value] of moved.entries()) expect(value).toBeCloseTo(expected[i]!, 13);
    }
  });

  /** The same step in plain loops: explicit Jacobians, softmax's Hessian, elimination. */
  function plainStep(): number[] {
    const at = [...params.a.data, ...params.b.data];
    const size = at.length;
    const matrix = at.map((_, i) => at.map((_, j) => (i === j ? DAMPING : 0)));
    const gradient = at.map(() => 0);
    for (let m = 0; m < BATCH; m++) {
      const x = [...inputs.data.slice(m * INPUTS, (m + 1) * INPUTS)];
      const h = Array.from({ length: HIDDEN }, (_, k) =>
        Math.tanh(x.reduce((sum, each, i) => sum + each * params.a.data[i * HIDDEN + k]!, 0)),
      );
      const b = (k: number, c: number) => params.b.data[k * CLASSES + c]!;
      const logits = Array.from({ length: CLASSES }, (_, c) =>
        h.reduce((sum, each, k) => sum + each * b(k, c), 0),
      );
      const total = logits.reduce((sum, each) => sum + Math.exp(each), 0);
      const p = logits.map((each) => Math.exp(each) / total);
      const jacobian = logits.map((_, c) => [
        ...x.flatMap((each) => h.map((y, k) => each * (1 - y * y) * b(k, c))),
        ...h.flatMap((y) => logits.map((_, other) => (other === c ? y : 0))),
      ]);
      for (let c = 0; c < CLASSES; c++) {
        const error = (p[c]! - Number(labels.data[m] === c)) / BATCH;
        for (let i = 0; i < size; i++) gradient[i]! += error * jacobian[c]![i]!;
        for (let d = 0; d < CLASSES; d++) {
          const q = (p[c]! * (Number(c === d) - p[d]!)) / BATCH;
          for (let i = 0; i < size; i++)
            for (let j = 0; j < size; j++) matrix[i]![j]! += q * jacobian[c]![i]! * jacobian[d]![j]!;
        }
      }
    }
    // Positive definite: elimination needs no pivoting.
    const rows = matrix.map((row, i) => [...row, gradient[i]!]);
    for (let k = 0; k < size; k++)
      for (let i = 0; i < size; i++) {
        const factor = i === k ? 0 : rows[i]![k]! / rows[k]![k]!;
        for (let j = k; j <= size && factor !== 0; j++) rows[i]![j]! -= factor * rows[k]![j]!;
      }
    return at.map((value, i) => value - rows[i]![size]! / rows[i]![i]!);
  }
});
