// Whole update rules against ten steps of PyTorch and Optax.

import { type Tensor, type TensorValue, type Tree, vector } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import {
  type AverageState,
  addDecayedWeights,
  chain,
  clipAdaptively,
  clipByGlobalNorm,
  clipByValue,
  cosine,
  exponentialAverage,
  exponentialMean,
  type GradientTransformation,
  linear,
  momentum,
  type Schedule,
  scale,
  scaleByAdagrad,
  scaleByAdam,
  scaleByLion,
  scaleByMuon,
  scaleByRms,
  scaleBySign,
  sequence,
} from '../src/index.js';
import { compiled, double, evaluated, numbersOf } from './evaluated.js';
import golden from './golden/trajectories.json' with { type: 'json' };

const STEPS = 10;
const { start, curvature, target, paths, shapes, shown } = golden;

type Name = keyof typeof shapes;
const sizes: Readonly<Record<Name, number>> = { wide: 10, tall: 12, bias: 3 };

/** A flat list of numbers as the named parameters. */
function leavesOf(names: readonly Name[], flat: readonly number[]): Readonly<Record<string, TensorValue>> {
  let at = 0;
  return Object.fromEntries(
    names.map((name) => {
      const values = flat.slice(at, at + sizes[name]);
      at += sizes[name];
      return [name, double(shapes[name], values)];
    }),
  );
}

const gradientAt = (x: readonly number[]) =>
  x.map((value, i) => curvature[i]! * (value - target[i]!) + Math.cos(3 * value));

interface Rule {
  /** The rule at a time, in steps. */
  readonly at: (time: Tensor) => GradientTransformation<Tree<Tensor>>;
  readonly names?: readonly Name[];
  /** Whether the path shows the average of the parameters. */
  readonly average?: ReturnType<typeof exponentialAverage>;
}

function pathOf({ at, names = ['wide', 'tall', 'bias'], average }: Rule): number[][] {
  let theta = start.slice(
    0,
    names.reduce((sum, name) => sum + sizes[name], 0),
  );
  const zero = double([], [0]);
  let state = evaluated(
    (params: Tree<Tensor>, time: Tensor) => [at(time).init(params), average ? average.init(params) : []],
    leavesOf(names, theta),
    zero,
  );
  const step = (params: Tree<Tensor>, grad: Tree<Tensor>, now: readonly Tree<Tensor>[], time: Tensor) => {
    const { updates, state: next } = at(time).update(grad, now[0]!, params);
    const moved = vector.sub(params, updates);
    if (average === undefined) return [moved, [next, []], moved];
    const kept = average.next(now[1] as AverageState, moved);
    return [moved, [next, kept], average.value(moved, kept)];
  };
  const named = leavesOf(names, theta);
  const run = compiled(step, named, named, state, zero);
  return Array.from({ length: STEPS }, (_, k) => {
    const gradient = leavesOf(names, gradientAt(theta));
    const [moved, next, point] = run(
      leavesOf(names, theta),
      gradient,
      state,
      double([], [k]),
    ) as readonly Tree<TensorValue>[];
    state = next!;
    theta = numbersOf(moved!);
    return numbersOf(point!);
  });
}

const erased = <S>(rule: GradientTransformation<S>) =>
  rule as unknown as GradientTransformation<Tree<Tensor>>;
const always =
  <S>(rule: GradientTransformation<S>): Rule['at'] =>
  () =>
    erased(rule);
const scheduled =
  <S>(schedule: Schedule, rule: (rate: Tensor) => GradientTransformation<S>): Rule['at'] =>
  (time) =>
    erased(rule(schedule(time)));

const RULES: { readonly [name in keyof typeof paths]: Rule } = {
  'torch SGD, momentum 0.9, Nesterov, decay 0.1': {
    at: always(chain(addDecayedWeights(0.1), momentum(0.9, { nesterov: true }), scale(0.05))),
  },
  'torch SGD, momentum 0.9, warm-up 3, cosine 10': {
    at: scheduled(
      sequence([linear({ from: 1e-13, to: 0.1, length: 3 }), cosine({ from: 0.1, length: 7 })], [3]),
      (rate) => chain(momentum(0.9), scale(rate)),
    ),
  },
  'torch SGD, clip 0.5': { at: always(chain(clipByGlobalNorm(0.5), scale(0.1))) },
  'torch Adam': { at: always(chain(scaleByAdam(), scale(0.1))) },
  'torch Adam, amsgrad, eps 0.01': {
    at: always(chain(scaleByAdam({ beta1: 0.5, beta2: 0.6, epsilon: 0.01, amsgrad: true }), scale(0.3))),
  },
  'torch AdamW, decay 0.1, eps 0.01': {
    at: always(chain(scaleByAdam({ epsilon: 0.01 }), addDecayedWeights(0.1), scale(0.1))),
  },
  'torch RMSprop': { at: always(chain(scaleByRms(), scale(0.05))) },
  'torch RMSprop, centered, momentum 0.8': {
    at: always(chain(scaleByRms({ decay: 0.9, epsilon: 0.01, centered: true }), momentum(0.8), scale(0.02))),
  },
  'torch Adagrad': { at: always(chain(scaleByAdagrad(), scale(0.3))) },
  'optax lion, decay 0.1': { at: always(chain(scaleByLion(), addDecayedWeights(0.1), scale(0.03))) },
  'optax nadamw, decay 0.1': {
    at: always(chain(scaleByAdam({ nesterov: true }), addDecayedWeights(0.1), scale(0.1))),
  },
  'optax signum 0.9': {
    at: always(chain(exponentialMean({ decay: 0.9 }), scaleBySign(), scale(0.03))),
  },
  'optax adaptive_grad_clip 0.1': { at: always(chain(clipAdaptively({ clipping: 0.1 }), scale(0.5))) },
  'optax clip 0.4': { at: always(chain(clipByValue(0.4), scale(0.5))) },
  'optax muon without Nesterov': {
    at: always(chain(scaleByMuon({ nesterov: false, epsilon: 0 }), scale(0.02))),
    names: ['wide', 'tall'],
  },
  'optax ema of sgd 0.9': { at: always(scale(0.1)), average: exponentialAverage(0.9) },
  'muon.py, decay 0.1': {
    at: always(chain(scaleByMuon(), addDecayedWeights(0.1), scale(0.02))),
    names: ['wide', 'tall'],
  },
};

/** PyTorch's clip_grad_norm_ adds 1e-6 to the norm. */
const DIGITS: { readonly [name: string]: number } = { 'torch SGD, clip 0.5': 5 };

describe('ten steps match', () => {
  it.each(Object.entries(RULES))('%s', (name, rule) => {
    const expected = paths[name as keyof typeof paths];
    const digits = DIGITS[name] ?? 12;
    const path = pathOf(rule);
    const rows = shown.map((k) => path[k - 1]);
    expect(rows).toEqual(expected.map((row) => row.map((x) => expect.closeTo(x, digits))));
  });
});

it.each<[string, () => unknown]>([
  ['scaleByAdam: expected beta1 of at least 0 and below 1, got 1', () => scaleByAdam({ beta1: 1 })],
  [
    'scaleByAdam: expected beta2 of at least 0 and below 1, got NaN',
    () => scaleByAdam({ beta2: Number.NaN }),
  ],
  ['scaleByRms: expected decay of at least 0 and below 1, got 2', () => scaleByRms({ decay: 2 })],
  ['scaleByLion: expected beta2 of at least 0 and below 1, got -1', () => scaleByLion({ beta2: -1 })],
  ['scaleByMuon: expected momentum of at least 0 and below 1, got 1', () => scaleByMuon({ momentum: 1 })],
])('%s', (message, make) => {
  expect(make).toThrow(new RangeError(message));
});
