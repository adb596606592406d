// SGD against plain float64 loops, for all options.

import {
  add,
  matmul,
  reshape,
  type Tensor,
  type TensorValue,
  type Tree,
  tensorType,
  tensorValue,
  trace,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import {
  bindProblem,
  completeHyperparameters,
  initContext,
  losses,
  optimizerContext,
  type Params,
  parseManifest,
  stepContext,
} from '@gaussmark/core';
import type { MomentumState } from '@gaussmark/optim';
import { meetOracle } from '@gaussmark/plugin-conformance';
import { describe, expect, it } from 'vitest';
import manifestJson from '../manifest.json' with { type: 'json' };
import sgd, { type SgdHyperparameters } from '../src/sgd.js';
import { oracles } from './oracles.js';

const manifest = parseManifest(manifestJson, 'manifest.json');
const STEPS = 8;

/** f(x) = w'x + b on four examples of two inputs. */
const INPUTS = [
  [1, -2],
  [0.5, 3],
  [-1, 0.25],
  [2, 1],
] as const;
const TARGETS = [1, -0.5, 2, 0] as const;
const START = [0.3, -0.7, 0.1] as const;

function hyperparameters(options: Partial<SgdHyperparameters>): SgdHyperparameters {
  return completeHyperparameters(manifest, { ...options });
}

/** Losses, learning rates and parameters of {@link STEPS} steps of the optimizer's programs. */
function runTraced(
  options: Partial<SgdHyperparameters>,
  plannedSteps: number | null,
  progressAt = (taken: number) => taken / STEPS,
) {
  const optimizer = sgd.create(hyperparameters(options), optimizerContext({ plannedSteps }));
  const types = { weight: tensorType('float64', [2, 1]), bias: tensorType('float64', [1]) };
  const inputs = tensorValue('float64', [4, 2], INPUTS.flat());
  const targets = tensorValue('float64', [4], TARGETS);
  const model = {
    apply(params: Params, x: Tensor): Tensor {
      const { weight, bias } = params as { readonly weight: Tensor; readonly bias: Tensor };
      return reshape(add(matmul(x, weight), bias), [4]);
    },
  };
  const init = trace((params: Params) => optimizer.init(params, initContext()) as Tree<Tensor>, types);
  let params = [
    tensorValue('float64', [2, 1], START.slice(0, 2)),
    tensorValue('float64', [1], START.slice(2)),
  ];
  let state = evaluate(init.program, params);
  const stateTypes = tree.unflatten(
    init.output,
    state.map((value) => value.type),
  );
  const step = (
    p: Params,
    s: MomentumState,
    x: Tensor,
    y: Tensor,
    clock: { readonly progress: Tensor; readonly step: Tensor },
  ): Tree<Tensor> => {
    const problem = bindProblem(model, losses.squaredError, { inputs: x, targets: y });
    const result = optimizer.step(problem, p, s, stepContext(clock));
    return [result.params, result.state as Tree<Tensor>, result.metrics];
  };
  const clockTypes = { progress: tensorType('float64', []), step: tensorType('int32', []) };
  const { program, output } = trace(step, types, stateTypes, inputs.type, targets.type, clockTypes);
  const records = Array.from({ length: STEPS }, (_, taken) => {
    const clock = [tensorValue('float64', [], [progressAt(taken)]), tensorValue('int32', [], [taken])];
    const values = tree.unflatten(
      output,
      evaluate(program, [...params, ...state, inputs, targets, ...clock]),
    );
    const [nextParams, nextState, metrics] = values as unknown as [
      Tree<TensorValue>,
      Tree<TensorValue>,
      { readonly loss: TensorValue; readonly learningRate: TensorValue },
    ];
    params = tree.leaves<TensorValue>(nextParams);
    state = tree.leaves<TensorValue>(nextState);
    return {
      loss: metrics.loss.data[0]!,
      learningRate: metrics.learningRate.data[0]!,
      theta: params.flatMap((value) => [...value.data]),
    };
  });
  return { records, stateNames: Object.keys(stateTypes) };
}

function learningRateAt(h: SgdHyperparameters, plannedSteps: number, taken: number): number {
  const K = h.scheduleSteps ?? plannedSteps;
  const s = Math.min(taken / K, 1);
  switch (h.schedule) {
    case 'constant':
      return h.learningRate;
    case 'step':
      return h.learningRate * h.decayFactor ** Math.floor(taken / (h.decayEvery ?? Math.ceil(K / 3)));
    case 'linear':
      return h.learningRate * (1 - s);
    case 'cosine':
      return (h.learningRate * (1 + Math.cos(Math.PI * s))) / 2;
  }
}

/** The same in plain loops. */
function runPlain(options: Partial<SgdHyperparameters>, plannedSteps: number) {
  const h = hyperparameters(options);
  let theta: number[] = [...START];
  let v = [0, 0, 0];
  return Array.from({ length: STEPS }, (_, taken) => {
    const errors = INPUTS.map(([a, b], i) => theta[0]! * a + theta[1]! * b + theta[2]! - TARGETS[i]!);
    const loss = errors.reduce((sum, e) => sum + e * e, 0) / 4;
    const gradient = [0, 1, 2].map(
      (k) => errors.reduce((sum, e, i) => sum + 2 * e * (k === 2 ? 1 : INPUTS[i]![k]!), 0) / 4,
    );
    const learningRate = learningRateAt(h, plannedSteps, taken);
    const g = gradient.map((x, k) => x + h.weightDecay * theta[k]!);
    // As torch.optim.SGD documents it: the buffer accumulates gradients, and lr multiplies its value.
    const [inside, outside] = h.momentumForm === 'pytorch' ? [1, learningRate] : [learningRate, 1];
    v = v.map((x, k) => h.momentum * x + inside * g[k]!);
    const update = h.nesterov ? v.map((x, k) => h.momentum * x + inside * g[k]!) : v;
    theta = theta.map((x, k) => x - outside * update[k]!);
    return { loss, learningRate, theta };
  });
}

const CASES: readonly { readonly name: string; readonly options: Partial<SgdHyperparameters> }[] = [
  { name: 'the defaults', options: {} },
  { name: 'momentum', options: { momentum: 0.9, learningRate: 0.05 } },
  { name: 'Nesterov', options: { momentum: 0.8, nesterov: true } },
  { name: 'weight decay', options: { weightDecay: 0.3 } },
  { name: 'a step schedule', options: { schedule: 'step', decayEvery: 3, decayFactor: 0.5 } },
  { name: 'a step schedule by thirds', options: { schedule: 'step' } },
  { name: 'a linear schedule', options: { schedule: 'linear' } },
  { name: 'a linear schedule that ends', options: { schedule: 'linear', scheduleSteps: 5 } },
  { name: 'a cosine schedule', options: { schedule: 'cosine' } },
  {
    name: 'everything',
    options: { schedule: 'cosine', scheduleSteps: 6, momentum: 0.7, nesterov: true, weightDecay: 0.1 },
  },
  { name: "PyTorch's momentum", options: { momentumForm: 'pytorch', momentum: 0.9, learningRate: 0.05 } },
  {
    name: "PyTorch's momentum under a schedule",
    options: { momentumForm: 'pytorch', momentum: 0.9, schedule: 'cosine' },
  },
  {
    name: "PyTorch's momentum under a step schedule",
    options: { momentumForm: 'pytorch', momentum: 0.5, schedule: 'step', decayEvery: 2 },
  },
  {
    name: "everything in PyTorch's form",
    options: {
      momentumForm: 'pytorch',
      schedule: 'linear',
      momentum: 0.7,
      nesterov: true,
      weightDecay: 0.1,
    },
  },
  { name: "PyTorch's form without momentum", options: { momentumForm: 'pytorch', schedule: 'linear' } },
];

describe('steps match the plain loops', () => {
  it.each(CASES)('$name', ({ options }) => {
    const expected = runPlain(options, STEPS);
    for (const [i, record] of runTraced(options, STEPS).records.entries()) {
      const plain = expected[i]!;
      expect(record.loss).toBeCloseTo(plain.loss, 12);
      expect(record.learningRate).toBeCloseTo(plain.learningRate, 14);
      for (const [k, x] of record.theta.entries()) expect(x).toBeCloseTo(plain.theta[k]!, 12);
    }
  });
});

it.each(oracles)('$name', async (oracle) => {
  expect(await meetOracle(oracle)).toBeLessThanOrEqual(oracle.tolerance);
});

describe('the two forms of momentum', () => {
  const end = (options: Partial<SgdHyperparameters>) =>
    runTraced({ momentum: 0.9, ...options }, STEPS).records.at(-1)!.theta;

  it('agree at a constant learning rate and differ under a schedule', () => {
    const paper = end({});
    for (const [k, x] of end({ momentumForm: 'pytorch' }).entries()) expect(x).toBeCloseTo(paper[k]!, 12);
    const [inside] = end({ schedule: 'cosine' });
    const [outside] = end({ schedule: 'cosine', momentumForm: 'pytorch' });
    expect(Math.abs(inside! - outside!)).toBeGreaterThan(0.05);
  });

  it('defaults to the paper’s', () => {
    expect(hyperparameters({}).momentumForm).toBe('paper');
    expect(end({ schedule: 'cosine' })).toEqual(end({ schedule: 'cosine', momentumForm: 'paper' }));
  });
});

describe('a schedule longer than int32 counts', () => {
  it('has a length that the manifest accepts', () => {
    const { records } = runTraced({ schedule: 'linear', scheduleSteps: 3e9, learningRate: 0.8 }, null);
    expect(records[1]!.learningRate).toBeCloseTo(0.8 * (1 - 1 / 3e9), 14);
  });
});

describe('a run of unknown length', () => {
  /** Uneven, as under a budget in seconds. */
  const progressAt = (taken: number) => 1 - 0.8 ** taken;
  const rates = (options: Partial<SgdHyperparameters>) =>
    runTraced({ learningRate: 0.8, ...options }, null, progressAt).records.map(
      ({ learningRate }) => learningRate,
    );
  const shares = Array.from({ length: STEPS }, (_, taken) => progressAt(taken));
  const close = (values: readonly number[]) => values.map((x) => expect.closeTo(x, 14));

  it('is scheduled by the share of the budget spent', () => {
    expect(rates({ schedule: 'linear' })).toEqual(close(shares.map((p) => 0.8 * (1 - p))));
    expect(rates({ schedule: 'cosine' })).toEqual(
      close(shares.map((p) => 0.4 * (1 + Math.cos(Math.PI * p)))),
    );
    expect(rates({ schedule: 'step', decayFactor: 0.5 })).toEqual(
      close(shares.map((p) => 0.8 * 0.5 ** Math.floor(3 * p))),
    );
  });

  it('is scheduled by steps if their number is given', () => {
    expect(rates({ schedule: 'linear', scheduleSteps: 4 }).slice(0, 5)).toEqual(
      close([0.8, 0.6, 0.4, 0.2, 0]),
    );
    expect(rates({ schedule: 'step', decayEvery: 3, decayFactor: 0.5 }).slice(2, 4)).toEqual(
      close([0.8, 0.4]),
    );
  });
});

describe('the state', () => {
  it('contains only what the options need', () => {
    const names = (options: Partial<SgdHyperparameters>) => runTraced(options, STEPS).stateNames;
    expect(names({})).toEqual([]);
    expect(names({ schedule: 'linear' })).toEqual([]);
    expect(names({ schedule: 'step', momentum: 0.5 })).toEqual(['velocity']);
  });
});

describe('create', () => {
  const create = (options: Partial<SgdHyperparameters>, plannedSteps: number | null) => () =>
    sgd.create(hyperparameters(options), optimizerContext({ plannedSteps }));

  it('rejects Nesterov without momentum', () => {
    expect(create({ nesterov: true }, 10)).toThrow(
      expect.objectContaining({ pointer: '/momentum', remedy: expect.stringContaining('nesterov=false') }),
    );
  });
});

describe('the manifest', () => {
  it.each([
    ['learningRate', 0],
    ['momentum', 1],
    ['decayEvery', 0],
    ['schedule', 'exponential'],
  ])('rejects %s = %o', (name, value) => {
    expect(() => completeHyperparameters(manifest, { [name]: value })).toThrow(
      expect.objectContaining({ pointer: `/${name}` }),
    );
  });
});
