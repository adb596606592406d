// A Gauss-Newton product of a small convnet costs one linear forward and one linear backward pass.

import { describe, expect, it } from 'vitest';
import {
  add,
  conv2d,
  type Equation,
  less,
  linearize,
  logSoftmax,
  loopsOf,
  matmul,
  maxPool2d,
  mean,
  mul,
  neg,
  oneHot,
  type Program,
  printProgram,
  relu,
  reshape,
  scalar,
  sum,
  type Tensor,
  tensorType,
  trace,
  valueAndGrad,
  whileLoop,
} from '../src/index.js';
import { compute, expectClose } from './check-derivatives.js';
import { double, float64, int32 } from './values.js';

interface Params<T = Tensor> {
  readonly [name: string]: T;
  readonly filter1: T;
  readonly bias1: T;
  readonly filter2: T;
  readonly bias2: T;
  readonly weight: T;
  readonly bias: T;
}

const SHAPES: Params<readonly number[]> = {
  filter1: [2, 1, 3, 3],
  bias1: [2],
  filter2: [3, 2, 2, 2],
  bias2: [3],
  weight: [12, 4],
  bias: [4],
};
const IMAGES = [5, 1, 8, 9] as const;
const LABELS = int32([5], [0, 3, 1, 1, 2]);

/** Convolution, bias, relu and pooling, twice; then a linear layer. */
function network(p: Params, x: Tensor): Tensor {
  const perChannel = (bias: Tensor) => reshape(bias, [-1, 1, 1]);
  const h1 = maxPool2d(relu(add(conv2d(x, p.filter1, { padding: 1 }), perChannel(p.bias1))), { window: 2 });
  const h2 = maxPool2d(relu(add(conv2d(h1, p.filter2), perChannel(p.bias2))), { window: 2, strides: 1 });
  return add(matmul(reshape(h2, [x.shape[0]!, -1]), p.weight), p.bias);
}

function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return neg(mean(sum(mul(oneHot(labels, 4, logits.dtype), logSoftmax(logits)), { axes: [-1] })));
}

/** v -> J' H J v, with a single evaluation of the network and its loss. */
function gaussNewton(params: Params, x: Tensor, labels: Tensor): (v: Params) => Params {
  const { value, jvp, vjp } = linearize((p: Params) => network(p, x), params);
  const hessian = linearize(
    (z: Tensor) => valueAndGrad((y: Tensor) => crossEntropy(y, labels))(z).grad,
    value,
  );
  return (v) => vjp(hessian.jvp(jvp(v)));
}

const primitives = (program: Program) => program.equations.map(({ primitive }) => primitive);
const count = (program: Program) => {
  const counts: Partial<Record<Equation['primitive'], number>> = {};
  for (const primitive of primitives(program)) counts[primitive] = (counts[primitive] ?? 0) + 1;
  return counts;
};

const leavesOf = <T>(make: (shape: readonly number[], i: number) => T): Params<T> =>
  Object.fromEntries(Object.entries(SHAPES).map(([name, shape], i) => [name, make(shape, i)])) as never;

describe('the Gauss-Newton product of a convnet', () => {
  const { program } = trace(
    (params: Params, x: Tensor, labels: Tensor) => {
      const product = gaussNewton(params, x, labels);
      return whileLoop(
        ({ k }) => less(k, 5),
        ({ k, v }) => ({ k: add(k, 1), v: product(v) }),
        { k: scalar(0, 'int32'), v: params },
        { name: 'cg' },
      ).v;
    },
    leavesOf((shape) => tensorType('float32', shape)),
    tensorType('float32', IMAGES),
    LABELS.type,
  );
  const { body } = loopsOf(program)[0]!.params;

  it('has one linear forward and one backward pass in the body of the loop', () => {
    expect(printProgram(body)).toMatchSnapshot();
  });

  it('does not reevaluate layers, pooling or nonlinearities', () => {
    const linear = count(body);
    // The forward tangent: for the first layer, only its filter; for the second, filter and image.
    expect(linear.conv2d).toBe(3);
    expect(linear.maxPool2dTake).toBe(2);
    // Backward: a cotangent for both filters, and for the one image that comes from a layer.
    expect(linear.conv2dFilterAdjoint).toBe(2);
    expect(linear.conv2dInputAdjoint).toBe(1);
    expect(linear.maxPool2dScatter).toBe(2);
    // The linear layer has two products each way; the data's images have none.
    expect(linear.matmul).toBe(4);
    for (const nonlinear of ['maxPool2d', 'relu', 'logSoftmax', 'exp', 'less', 'equal', 'select'] as const) {
      expect(linear[nonlinear], nonlinear).toBeUndefined();
    }
  });

  it('evaluates the network once, before the loop', () => {
    const before = count(program);
    expect(before.conv2d).toBe(2);
    expect(before.maxPool2d).toBe(2);
    expect(before.matmul).toBe(1);
  });

  it("matches J' H J v with an explicit Jacobian", () => {
    const values = leavesOf((shape, i) => float64(shape, { seed: 10 + i, low: -1, high: 1 }));
    const v = leavesOf((shape, i) => float64(shape, { seed: 30 + i, low: -1, high: 1 }));
    const x = float64(IMAGES);
    const product = compute(
      ((p: Params, images: Tensor, labels: Tensor, direction: Params) =>
        gaussNewton(p, images, labels)(direction)) as never,
      values,
      x,
      LABELS,
      v,
    );

    // J by rows, using only reverse mode; H v = (diag(s) - s s') v / M of each example, from its formula.
    const logits = compute(((p: Params, images: Tensor) => network(p, images)) as never, values, x)[0]!;
    const rows = logits.map((_, i) => {
      const unit = double(
        [5, 4],
        logits.map((__, k) => (k === i ? 1 : 0)),
      );
      return compute(
        ((p: Params, images: Tensor, u: Tensor) =>
          linearize((q: Params) => network(q, images), p).vjp(u)) as never,
        values,
        x,
        unit,
      );
    });
    const direction = Object.values(v).map(({ data }) => Array.from(data));
    const inner = (row: readonly number[][]) =>
      row.flatMap((leaf, i) => leaf.map((e, k) => e * direction[i]![k]!)).reduce((a, b) => a + b, 0);
    const jv = rows.map(inner);
    const hjv = jv.map((_, i) => {
      const example = Math.floor(i / 4) * 4;
      const exps = logits.slice(example, example + 4).map(Math.exp);
      const s = exps.map((e) => e / exps.reduce((a, b) => a + b));
      const along = s.reduce((total, p, k) => total + p * jv[example + k]!, 0);
      return (s[i - example]! * (jv[i]! - along)) / 5;
    });
    const expected = direction.map((leaf, i) =>
      leaf.map((_, k) => rows.reduce((total, row, r) => total + row[i]![k]! * hjv[r]!, 0)),
    );
    expectClose(
      product.map((leaf) => double([leaf.length], leaf)),
      expected,
      1e-12,
    );
  });
});
