// Sampled targets: the covariance of their gradients is the Gauss-Newton matrix.

import {
  mean,
  mul,
  square,
  type Tensor,
  type TensorValue,
  tensorValue,
  tree,
  vmap,
} from '@gaussmark/autodiff';
import { key, keys } from '@gaussmark/random/program';
import { describe, expect, it } from 'vitest';
import {
  errorOf,
  gaussNewtonBlock,
  mlpSetup,
  numbers,
  restricted,
  run,
  runner,
  type Setup,
  sequenceSetup,
  traced,
} from './tiny-networks.js';

/** The diagonal of the Gauss-Newton matrix, by products with unit vectors. */
function gaussNewtonDiagonal(setup: Setup): number[] {
  return tree
    .leaves<TensorValue>(setup.params)
    .flatMap((_, leaf) => gaussNewtonBlock(setup, leaf).map((row, element) => row[element]!));
}

// E over all labels, weighted by their probabilities: an exact sum.
it.each([
  ['two examples', restricted(mlpSetup('softmaxCrossEntropy'), 0, 2), [2]],
  ['a sequence of three', restricted(sequenceSetup(), 0, 1), [1, 3]],
] as const)('has terms g^2 with the mean diag(G) over all labels of %s', (_, setup, shape) => {
  const outputs = run(setup, (problem, params) => problem.linearize(params).outputs)[0]!;
  const count = shape.reduce((product: number, size) => product * size, 1);
  const probabilities = Array.from({ length: count }, (__, i) => {
    const exps = Array.from(outputs.data.slice(3 * i, 3 * i + 3), Math.exp);
    const whole = exps.reduce((sum, e) => sum + e, 0);
    return exps.map((e) => e / whole);
  });
  const squares = runner(
    setup,
    (problem, params, targets) => {
      const { grad } = problem.withTargets(targets!).valueAndGrad(params);
      return tree.map((g: Tensor) => mul(square(g), problem.terms), grad);
    },
    setup.targets,
  );
  const expectation: number[] = [];
  for (let combination = 0; combination < 3 ** count; combination++) {
    const labels = Array.from({ length: count }, (__, i) => Math.floor(combination / 3 ** i) % 3);
    const weight = labels.reduce((product, label, i) => product * probabilities[i]![label]!, 1);
    const gradient = squares(tensorValue('int32', shape, labels));
    for (const [i, value] of numbers(gradient).entries())
      expectation[i] = (expectation[i] ?? 0) + weight * value;
  }
  expect(errorOf(expectation, gaussNewtonDiagonal(setup))).toBeLessThan(1e-13);
});

describe.each([
  ['regression', restricted(mlpSetup('squaredError'), 0, 2), 1000],
  ['classification', restricted(mlpSetup('softmaxCrossEntropy'), 0, 2), 10_000],
] as const)('%s', (_, setup, draws) => {
  it(`estimates diag(G) in ${draws} draws`, () => {
    const moments = run(setup, (problem, params) => {
      const { outputs } = problem.linearize(params);
      const estimates = vmap((each: Tensor) => {
        const sampled = problem.withTargets(problem.sampleTargets(outputs, each));
        return tree.map((g: Tensor) => mul(square(g), problem.terms), sampled.valueAndGrad(params).grad);
      })(keys(key(7), draws));
      const average = (x: Tensor) => mean(x, { axes: [0] });
      return [tree.map(average, estimates), tree.map((x: Tensor) => average(square(x)), estimates)];
    });
    const all = numbers(moments);
    const [averages, squares] = [all.slice(0, all.length / 2), all.slice(all.length / 2)];
    for (const [i, expected] of gaussNewtonDiagonal(setup).entries()) {
      const error = Math.sqrt((squares[i]! - averages[i]! ** 2) / draws);
      expect(Math.abs(averages[i]! - expected)).toBeLessThan(5 * error);
      expect(error).toBeLessThan((4 / Math.sqrt(draws)) * expected);
    }
  });

  it('draws targets of the type of the batch’s, the same for the same key', () => {
    const draw = (seed: number) =>
      run(setup, (problem, params) =>
        problem.sampleTargets(problem.linearize(params).outputs, key(seed)),
      )[0]!;
    expect(draw(1).type).toEqual(setup.targets.type);
    expect(numbers([draw(1)])).toEqual(numbers([draw(1)]));
    const many = [1, 2, 3, 4, 5, 6].map((seed) => numbers([draw(seed)]).join());
    expect(new Set(many).size).toBeGreaterThan(1);
  });
});

it('names the loss without a distribution, and targets of another type', () => {
  const { distribution: _, ...loss } = mlpSetup('squaredError').loss;
  const setup = { ...mlpSetup('squaredError'), loss };
  expect(() => traced(setup, (problem) => problem.sampleTargets(problem.targets, key(0)))).toThrow(TypeError);
  expect(() =>
    traced(setup, (problem, params) => problem.withTargets(problem.examples(0, 2).targets).loss(params)),
  ).toThrow(TypeError);
});
