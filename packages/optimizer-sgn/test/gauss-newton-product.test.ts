// The Gauss-Newton product of a problem against the explicit matrix J'HJ, with hand-written J and H.

import { trace } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { bindProblem, losses, type Params } from '@gaussmark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomNumbers, randomVector, relativeError, times } from '../../optim/test/plain-linear-algebra.js';
import { DEEP, randomBatch, SMALL } from './fixtures.js';
import { type LossName, type Network, parameterCount, plainGaussNewton, plainLoss } from './plain-network.js';
import { batchValues, flat, modelOf, paramTypes, paramValues } from './traced-step.js';

function traceProduct(network: Network, loss: LossName) {
  const [x, y] = batchValues(randomBatch(network, loss, 0));
  const types = paramTypes(network);
  const product = (p: Params, v: Params, inputs: never, targets: never) => {
    const problem = bindProblem(modelOf(network), losses[loss], { inputs, targets });
    const { loss: value, grad, ggnProduct } = problem.linearize(p);
    return [ggnProduct(v), grad, value];
  };
  return trace(product, types, types, x.type, y.type).program;
}

describe.each(['squaredError', 'softmaxCrossEntropy'] as const)('with the loss %s', (loss) => {
  it.each([
    ['one hidden layer', SMALL],
    ['two hidden layers', DEEP],
  ])('B v matches the explicit matrix to 1e-10 (%s)', (_, network) => {
    const program = traceProduct(network, loss);
    const size = parameterCount(network);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const random = randomNumbers(seed);
        const theta = randomVector(size, random).map((x) => 2 * x);
        const v = randomVector(size, random);
        const batch = randomBatch(network, loss, seed);
        const outputs = evaluate(program, [
          ...paramValues(network, theta),
          ...paramValues(network, v),
          ...batchValues(batch),
        ]);
        const leaves = (outputs.length - 1) / 2;
        const expected = plainGaussNewton(network, batch, theta);
        expect(relativeError(flat(outputs.slice(0, leaves)), times(expected.matrix, v))).toBeLessThan(1e-10);
        expect(relativeError(flat(outputs.slice(leaves, -1)), expected.gradient)).toBeLessThan(1e-10);
        expect(outputs.at(-1)!.data[0]).toBeCloseTo(expected.loss, 12);
      }),
      { numRuns: 15 },
    );
  });

  it('the gradient matches that of the plain loss', () => {
    const random = randomNumbers(3);
    const theta = randomVector(parameterCount(DEEP), random);
    const batch = randomBatch(DEEP, loss, 3);
    const { gradient } = plainGaussNewton(DEEP, batch, theta);
    const differences = theta.map((_, i) => {
      const at = (h: number) =>
        plainLoss(
          DEEP,
          batch,
          theta.map((x, j) => (j === i ? x + h : x)),
        );
      return (at(1e-5) - at(-1e-5)) / 2e-5;
    });
    expect(relativeError(differences, gradient)).toBeLessThan(1e-8);
  });
});
