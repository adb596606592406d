// What each method promises besides its oracles, and the traps of its reference implementations.

import { mul, type Tensor, tensorValue } from '@gaussmark/autodiff';
import { dense, optimizerContext } from '@gaussmark/core';
import { deviation, leastSquares, type TestProblem, takeSteps } from '@gaussmark/plugin-conformance';
import { describe, expect, it } from 'vitest';
import dualGaussNewton from '../src/dual-gauss-newton.js';
import egn from '../src/egn.js';
import ignd from '../src/ignd.js';
import tngd, { type TngdHyperparameters } from '../src/tngd.js';
import vivit from '../src/vivit.js';
import { dot } from './dense.js';
import { change, dampedSolution, densePoint, flat, network } from './problems.js';
import { dualSettings, egnSettings, igndSettings, tngdSettings, vivitSettings } from './settings.js';

const classes = network('softmaxCrossEntropy', 4, 3);

/** The same examples in reverse. */
function reversed(problem: TestProblem): TestProblem {
  const [{ inputs, targets }] = problem.batches;
  const turn = ({ type, data }: typeof inputs) => {
    const [examples, ...shape] = type.shape as [number, ...number[]];
    const size = shape.reduce((a, b) => a * b, 1);
    const rows = Array.from({ length: examples }, (_, i) => [...data.slice(i * size, (i + 1) * size)]);
    return tensorValue(type.dtype, type.shape, rows.reverse().flat());
  };
  return { ...problem, batches: [{ inputs: turn(inputs), targets: turn(targets) }] };
}

describe('egn', () => {
  it('does not depend on the order of the examples', () => {
    const step = (problem: TestProblem) => change(egn, problem, egnSettings());
    expect(deviation(step(reversed(classes)), step(classes))).toBeLessThan(1e-13);
  });

  it('becomes -g / lambda for a large lambda', () => {
    const step = change(egn, classes, egnSettings({ damping: 1e8 }));
    const { gradient } = densePoint(classes);
    expect(
      deviation(
        step.map((d) => -1e8 * d),
        gradient,
      ),
    ).toBeLessThan(1e-7);
  });

  it('has the same step by conjugate gradients in the space of the outputs', () => {
    const cg = { solver: 'cg', cgTolerance: 1e-12, cgIterations: 40 } as const;
    expect(
      deviation(change(egn, classes, egnSettings(cg)), change(egn, classes, egnSettings())),
    ).toBeLessThan(1e-10);
  });

  it('keeps the gradient of classes whose probability underflows, beside others', () => {
    // The first example's class has a logit 920 below another's; the logits of the rest are below 2, of the same weights.
    const [{ targets }] = classes.batches;
    const inputs = tensorValue('float64', [4, 3], [400, -300, 200, 1, 0.5, -1, 0.3, 1, 1, -1, 0.2, 0.4]);
    const weight = tensorValue('float64', [3, 3], [1, -0.5, 0.2, 0.4, 0.8, -1, -0.3, 0.1, 0.6]);
    const far: TestProblem = {
      ...classes,
      model: {
        init: () => ({ weight }),
        apply: (params, x) => dense(x, params as { readonly weight: Tensor }),
      },
      batches: [{ inputs, targets: tensorValue('int32', [4], [1, ...[...targets.data].slice(1)]) }],
    };
    const expected = dampedSolution(densePoint(far), 0.5).map((d) => -d);
    expect(deviation(change(egn, far, egnSettings({ damping: 0.5 })), expected)).toBeLessThan(1e-12);
  });

  it('is accurate for a damping near the rounding errors of the curvature', () => {
    const problem = network('squaredError', 4, 1);
    const expected = dampedSolution(densePoint(problem), 1e-7).map((d) => -d);
    expect(deviation(change(egn, problem, egnSettings({ damping: 1e-7 })), expected)).toBeLessThan(1e-7);
  });

  it('takes finite steps in float32 where the Gram matrix is singular and lambda below its rounding errors', () => {
    const many = network('softmaxCrossEntropy', 12, 3);
    const hyperparameters = egnSettings({ damping: 1e-12, minDamping: 1e-12, learningRate: 1e-3 });
    const [step] = takeSteps(egn, { problem: many, hyperparameters, steps: 1, dtype: 'float32' });
    expect(flat(step!.params).every(Number.isFinite)).toBe(true);
  });

  it('has a mean of directions that corrects its start', () => {
    const step = change(egn, classes, egnSettings({ momentum: 0.9 }));
    expect(deviation(step, change(egn, classes, egnSettings()))).toBeLessThan(1e-13);
  });

  it('adapts lambda by the gain ratio of the damped model, on each side of its thresholds', () => {
    const problem = leastSquares({ inputs: [[1], [2]], targets: [3, 5], start: [0] });
    const adapted = (learningRate: number) => {
      const hyperparameters = egnSettings({
        ...{ learningRate, damping: 1, dampingPolicy: 'adaptive' },
        ...{ dampingGrowth: 3, dampingShrinkage: 0.5 },
      });
      const steps = takeSteps(egn, { problem, hyperparameters, steps: 2 });
      return { ratio: steps[0]!.metrics.gainRatio!, damping: steps[1]!.metrics.damping! };
    };
    // B = 5 and g = -13: a step of s = 13 alpha / 6 changes the loss by 5 s^2 / 2 - 13 s, and the model by 6 s^2 / 2 - 13 s.
    const expected = [
      [0.5, 0.5],
      [1, 0.5],
      [2.39, 3],
      [3.69, 1],
    ] as const;
    for (const [alpha, damping] of expected) {
      const s = (13 * alpha) / 6;
      const got = adapted(alpha);
      expect(got.ratio).toBeCloseTo((2.5 * s - 13) / (3 * s - 13), 8);
      expect(got.damping).toBe(damping);
    }
  });

  it('searches from the step size accepted last, grown, with the decrease that the current one promises', () => {
    const problem = leastSquares({ inputs: [[1], [2]], targets: [3, 5], start: [0] });
    const hyperparameters = egnSettings({ lineSearch: true, learningRate: 2.3, sufficientDecrease: 0.5 });
    const [first, next] = takeSteps(egn, { problem, hyperparameters, steps: 2 });
    // A decrease of 13 s - 5 s^2 / 2 with s = 13 alpha / 6, at least alpha / 2 times the slope 13^2 / 6: for 2.3 0.8^3.
    expect(first!.metrics.lineSearchSteps).toBe(3);
    expect(first!.metrics.stepSize).toBeCloseTo(2.3 * 0.8 ** 3, 12);
    expect(next!.metrics.stepSize! / 0.8 ** next!.metrics.lineSearchSteps!).toBeCloseTo(
      1.5 * 2.3 * 0.8 ** 3,
      12,
    );
  });

  it('refuses a smallest damping above the first', () => {
    expect(() => egn.create(egnSettings({ damping: 0.1, minDamping: 1 }), optimizerContext())).toThrow(
      expect.objectContaining({ pointer: '/minDamping', expected: expect.stringContaining('0.1') }),
    );
  });
});

describe('ignd', () => {
  it('is unchanged in its predictions if a linear model’s features are rescaled', () => {
    const inputs = [
      [1, 2],
      [-1, 0.5],
    ];
    const predictions = (scale: number) => {
      const problem = leastSquares({
        inputs: inputs.map((row) => row.map((x) => scale * x)),
        targets: [1, 3],
        start: [0.2 / scale, -0.4 / scale],
      });
      const hyperparameters = igndSettings({ damping: 1e-12 });
      const [step] = takeSteps(ignd, { problem, hyperparameters, steps: 1 });
      return inputs.map((row) =>
        dot(
          row.map((x) => scale * x),
          flat(step!.params),
        ),
      );
    };
    expect(deviation(predictions(30), predictions(1))).toBeLessThan(1e-9);
  });

  it('averages the steps of single examples, and stands still at a dead unit', () => {
    // l' J / (l'' J^2 + epsilon) with l = (w x - y)^2: 2 (0 - 4) 2 / (2 4 + 1), and nothing for x = 0.
    const problem = leastSquares({ inputs: [[2], [0]], targets: [4, 1], start: [0] });
    const step = change(ignd, problem, igndSettings({ learningRate: 1, damping: 1 }));
    expect(step[0]).toBeCloseTo(16 / 9 / 2, 14);
  });
});

describe('dual-gauss-newton', () => {
  it('descends after any number of iterations, within the duality gap of the best model value', () => {
    const [gamma, point] = [20, densePoint(classes)];
    /** loss + g'd + d'Bd / 2 + |d|^2 / (2 gamma) */
    const model = (d: readonly number[]) =>
      point.loss +
      dot(point.gradient, d) +
      dot(
        d,
        point.curvature.map((row) => dot(row, d)),
      ) /
        2 +
      dot(d, d) / (2 * gamma);
    const best = model(dampedSolution(point, 1 / gamma).map((x) => -x));
    const gaps = [0, 1, 3, 8].map((cgIterations) => {
      const hyperparameters = dualSettings({ gamma, cgIterations, cgTolerance: 0 });
      const [step] = takeSteps(dualGaussNewton, { problem: classes, hyperparameters, steps: 1 });
      const d = change(dualGaussNewton, classes, hyperparameters);
      const { slope, dualityGap } = step!.metrics;
      expect(slope! / dot(point.gradient, d)).toBeCloseTo(1, 10);
      expect(slope).toBeLessThan(0);
      expect(model(d) - best).toBeGreaterThan(-1e-14);
      expect(model(d) - best).toBeLessThan(dualityGap! + 1e-14);
      return dualityGap!;
    });
    expect(gaps[0]).toBeGreaterThan(1e-3);
    expect(gaps[3]).toBeLessThan(1e-24);
  });
});

describe('vivit', () => {
  it('takes no step outside its directions', () => {
    const [few, all] = [2, 64].map((directions) => change(vivit, classes, vivitSettings({ directions })));
    const { curvature } = densePoint(classes);
    const outside = all!.map((x, i) => x - few![i]!);
    const across = dot(
      outside,
      curvature.map((row) => dot(row, few!)),
    );
    expect(dot(outside, outside)).toBeGreaterThan(1e-6);
    expect(Math.abs(across)).toBeLessThan(1e-14);
  });

  it.each([
    ['classes', network('softmaxCrossEntropy', 1, 3)],
    ['numbers', network('squaredError', 1, 2)],
  ] as const)('samples a curvature whose mean is the exact one: %s', (_, problem) => {
    // With one example, the only eigenvalue is the squared norm of a sampled gradient: its mean is the trace of B.
    const hyperparameters = vivitSettings({ curvature: 'sampled', learningRate: 1e-14 });
    const drawn = takeSteps(vivit, { problem, hyperparameters, steps: 250 }).map(
      ({ metrics }) => metrics.largestEigenvalue!,
    );
    const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length;
    const error = Math.sqrt(drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0)) / drawn.length;
    const trace = densePoint(problem).curvature.reduce((sum, row, i) => sum + row[i]!, 0);
    expect(error).toBeLessThan(0.1 * trace);
    expect(Math.abs(mean - trace)).toBeLessThan(4 * error);
  });

  it('refuses examples with more outputs than its Gram matrix has rows', () => {
    const hyperparameters = vivitSettings({ gramSize: 2 });
    expect(() => takeSteps(vivit, { problem: classes, hyperparameters, steps: 1 })).toThrow(
      /curvature=sampled/,
    );
  });
});

describe('tngd', () => {
  const count = 250;
  /** Parameters w_i with f_i = w_i: B = 2 / count I, and all voltages are independent and alike. */
  const independent = leastSquares({
    inputs: Array.from({ length: count }, (_, i) =>
      Array.from({ length: count }, (__, j) => (i === j ? 1 : 0)),
    ),
    targets: new Array(count).fill(3),
    start: new Array(count).fill(0),
  });

  it('has the mean and variance of the noisy Euler chain', () => {
    const [damping, timeStep, noise, iterations] = [0.992, 0.5, 0.02, 4];
    const values = { learningRate: 1, damping, timeStep, noise, iterations };
    const x = change(tngd, independent, tngdSettings(values)).map((d) => -d);
    const [a, g] = [damping + 2 / count, (-2 * 3) / count];
    // x_j - g / a = (1 - dt a)^j (g - g / a), and the variance 2 kappa dt sum_i (1 - dt a)^2i
    const mean = g / a + (1 - timeStep * a) ** iterations * (g - g / a);
    const variance =
      2 *
      noise *
      timeStep *
      Array.from({ length: iterations }, (_, i) => (1 - timeStep * a) ** (2 * i)).reduce((s, v) => s + v, 0);
    const average = x.reduce((s, v) => s + v, 0) / count;
    const spread = x.reduce((s, v) => s + (v - average) ** 2, 0) / (count - 1);
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(variance / count));
    expect(Math.abs(spread / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
  });

  it('counts simulated time, and shows by its stiffness that a time step is too long', () => {
    const problem = leastSquares({ inputs: [[1], [2]], targets: [3, 5], start: [0] });
    const run = (timeStep: number, stable = false) =>
      takeSteps(tngd, {
        problem,
        hyperparameters: tngdSettings({ damping: 1, timeStep, iterations: 30, stable }),
        steps: 2,
      }).map(({ metrics }) => metrics);
    // B + lambda I = 6
    expect(run(0.1).map(({ simulatedTime }) => simulatedTime)).toEqual([
      expect.closeTo(3, 12),
      expect.closeTo(6, 12),
    ]);
    expect(run(0.1)[0]!.stiffness).toBeCloseTo(0.6, 12);
    expect(run(0.4)[0]!.stiffness).toBeCloseTo(2.4, 12);
    expect(run(0.4, true)[0]!.simulatedTime).toBeCloseTo(30 / 6, 12);
  });

  it('cuts a time step that is too long, and settles at the direction all the same', () => {
    // B + lambda I has the eigenvalues 200.1 and 2.1, and the gradient hardly has a part in the first.
    const problem = leastSquares({
      inputs: [
        [10 * Math.SQRT2, 0],
        [0, Math.SQRT2],
      ],
      targets: [1e-6, 1],
      start: [0, 0],
    });
    const after = (values: Partial<TngdHyperparameters>) =>
      change(tngd, problem, tngdSettings({ damping: 0.1, learningRate: 1, timeStep: 0.4, ...values }));
    const unstable = after({ iterations: 100, stable: false });
    expect(Math.abs(unstable[0]!)).toBeGreaterThan(1e100);
    const exact = change(egn, problem, egnSettings({ damping: 0.1, learningRate: 1 }));
    for (const [i, d] of after({ iterations: 4000 }).entries()) expect(d).toBeCloseTo(exact[i]!, 8);
  });
});

describe('a loss times 9, with the damping times 9', () => {
  const plain = network('squaredError', 3);
  const [{ inputs, targets }] = plain.batches;
  const scaled: TestProblem = {
    ...plain,
    model: { ...plain.model, apply: (params, x) => mul(3, plain.model.apply(params, x)) },
    batches: [
      {
        inputs,
        targets: tensorValue(
          'float64',
          targets.type.shape,
          [...targets.data].map((y) => 3 * y),
        ),
      },
    ],
  };
  const steps = {
    egn: (problem: TestProblem, c: number) => change(egn, problem, egnSettings({ damping: 0.2 * c })),
    ignd: (problem: TestProblem, c: number) => change(ignd, problem, igndSettings({ damping: 0.2 * c })),
    'dual-gauss-newton': (problem: TestProblem, c: number) =>
      change(dualGaussNewton, problem, dualSettings({ gamma: 5 / c, cgIterations: 2, cgTolerance: 0 })),
    // Its CG stops after two iterations, by the tolerance.
    'dual-gauss-newton with a tolerance': (problem: TestProblem, c: number) =>
      change(dualGaussNewton, problem, dualSettings({ gamma: 5 / c, cgIterations: 20, cgTolerance: 0.2 })),
    'egn by CG': (problem: TestProblem, c: number) =>
      change(egn, problem, egnSettings({ damping: 0.2 * c, solver: 'cg', cgTolerance: 0.1 })),
    vivit: (problem: TestProblem, c: number) =>
      change(vivit, problem, vivitSettings({ damping: 0.2 * c, directions: 2 })),
  };

  it.each(Object.entries(steps))('has the same step of %s', (_, step) => {
    expect(deviation(step(scaled, 9), step(plain, 1))).toBeLessThan(1e-11);
    expect(deviation(step(scaled, 1), step(plain, 1))).toBeGreaterThan(1e-3);
  });

  it('ends at the same direction of tngd with the time step divided by 9, but starts from a gradient times 9', () => {
    const step = (problem: TestProblem, c: number, iterations: number) =>
      change(
        tngd,
        problem,
        tngdSettings({ damping: 0.2 * c, timeStep: 0.25 / c, iterations, learningRate: 1 }),
      );
    expect(deviation(step(scaled, 9, 1000), step(plain, 1, 1000))).toBeLessThan(1e-11);
    expect(deviation(step(scaled, 9, 1), step(plain, 1, 1))).toBeGreaterThan(0.1);
  });
});
