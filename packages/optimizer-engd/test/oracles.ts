// What decides whether ENGD is what its name says: trajectories in numpy, and exact recovery.

import {
  add,
  type Tensor,
  type TensorValue,
  tanh,
  tensorValue,
  trace,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { bindProblem, curvatureFactor, dense, losses, type Model, type Params } from '@gaussmark/core';
import {
  deviation,
  goldenOracles,
  leastSquares,
  type Oracle,
  type TestProblem,
  takeSteps,
} from '@gaussmark/plugin-conformance';
import engd from '../src/engd.js';
import { gramSystem, woodburySystem } from '../src/systems.js';
import { manifest, settings } from './settings.js';

const flat = (values: readonly TensorValue[]) => values.flatMap(({ data }) => [...data]);
const wave = (shape: readonly number[], seed: number): TensorValue =>
  tensorValue(
    'float64',
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
      Math.sin(1.7 * i * (1 + seed / 7) + seed),
    ),
  );

const layer = (shape: readonly [number, number], seed: number) => ({
  weight: wave(shape, seed),
  bias: wave([shape[1]], seed + 5),
});
type Layers = Readonly<Record<'hidden' | 'head', { readonly weight: Tensor; readonly bias: Tensor }>>;
const model: Model = {
  init: () => ({ hidden: layer([2, 3], 1), head: layer([3, 1], 2) }),
  apply(params, x) {
    const { hidden, head } = params as unknown as Layers;
    return dense(tanh(dense(x, hidden)), head);
  },
};

/** The directions of both systems for the same right-hand side. */
function systems(examples: number, damping: number): readonly number[][] {
  const init = model.init(1);
  const [inputs, targets] = [wave([examples, 2], 3), wave([examples, 1], 4)];
  const { program } = trace(
    (params: Params, x: Tensor, y: Tensor) => {
      const problem = bindProblem(model, losses.squaredError, { inputs: x, targets: y });
      const linearized = problem.linearize(params);
      const factor = curvatureFactor(problem, params, linearized);
      const parts = { problem, params, linearized, factor };
      // Any vector of residuals.
      const b = factor.product(tree.map((p: Tensor) => add(p, 1), params));
      return [gramSystem, woodburySystem].map((system) =>
        vector.pack(system(parts, b, { damping }).direction),
      );
    },
    tree.map(({ type }: TensorValue) => type, init),
    inputs.type,
    targets.type,
  );
  return evaluate(program, [...tree.leaves<TensorValue>(init), inputs, targets]).map((value) =>
    flat([value]),
  );
}

/** y = 2 x_1 - x_2 + 0.5 x_3: linear in the parameters. */
const linear: TestProblem = leastSquares({
  inputs: [
    [1, 2, 0],
    [-1, 0.5, 1],
    [0, 1, -2],
    [3, 1, 1],
  ],
  targets: [0, -2, -2, 5.5],
  start: [0.1, 0.2, 0.3],
});

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(engd, manifest, new URL('../golden', import.meta.url))),
  ...(
    [
      [5, 0.1],
      [20, 1e-3],
      [5, 0],
    ] as const
  ).map(
    ([examples, damping]): Oracle => ({
      optimizer: 'engd',
      name: `${examples} residuals, 13 parameters, damping ${damping}`,
      reference: 'identity: the systems in the space of the parameters and in Woodbury form',
      tolerance: 1e-9,
      worst() {
        const [gram, woodbury] = systems(examples, damping);
        return deviation(gram!, woodbury!);
      },
    }),
  ),
  {
    optimizer: 'engd',
    name: 'a model that is linear in its parameters',
    reference: 'identity: exact recovery in one step',
    tolerance: 1e-12,
    worst() {
      const [step] = takeSteps(engd, {
        problem: linear,
        hyperparameters: settings({ damping: 0 }),
        steps: 1,
      });
      return deviation(flat(tree.leaves<TensorValue>(step!.params)), [2, -1, 0.5]);
    },
  },
];
