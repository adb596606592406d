// A sum of Rosenbrock's functions as least squares, with the trajectory of torch.optim.LBFGS: golden/make_rosenbrock.py.

import { add, concat, mul, reshape, slice, square, sub, type Tensor, tensorValue } from '@gaussmark/autodiff';
import type { TestProblem } from '@gaussmark/plugin-conformance';
import golden from './golden/rosenbrock.json' with { type: 'json' };

export { golden };

const PAIRS = golden.start.length / 2;

/** scale sum_k (100 (b_k - a_k^2)^2 + (1 - a_k)^2) / 2n, of weight = (a_1, b_1, ..., a_n, b_n). */
export const rosenbrock = (scale: number): TestProblem => ({
  spec: { task: 'regression', input: { shape: [1] }, target: { shape: [2 * PAIRS] } },
  loss: 'squaredError',
  model: {
    init: () => ({ weight: tensorValue('float64', [PAIRS, 2], golden.start) }),
    apply(params, x) {
      const { weight } = params as { readonly weight: Tensor };
      const [a, b] = [0, 1].map((column) => slice(weight, [0, column], [PAIRS, column + 1])) as [
        Tensor,
        Tensor,
      ];
      const residuals = concat([mul(10, sub(b, square(a))), sub(1, a)], 1);
      return add(mul(0, x), mul(Math.sqrt(scale), reshape(residuals, [1, 2 * PAIRS])));
    },
  },
  batches: [
    {
      inputs: tensorValue('float64', [1, 1], [1]),
      targets: tensorValue('float64', [1, 2 * PAIRS], new Array(2 * PAIRS).fill(0)),
    },
  ],
});
