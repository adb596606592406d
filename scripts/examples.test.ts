// Every `@example` in a docstring of these packages runs, with the names a reader would have at hand.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../packages/autodiff/dist/index.js';
import * as autodiff from '../packages/autodiff/dist/index.js';
import * as core from '../packages/core/dist/index.js';
import { stripTypes } from '../packages/core/dist/type-stripping.js';
import * as linalg from '../packages/linalg/dist/index.js';
import * as optim from '../packages/optim/dist/index.js';
import * as problemPackage from '../packages/problem/dist/index.js';
import * as random from '../packages/random/dist/index.js';
import * as drawing from '../packages/random/dist/program/index.js';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The packages, and the fewest examples that each has. */
const PACKAGES: Readonly<Record<string, number>> = {
  autodiff: 10,
  linalg: 14,
  optim: 30,
  problem: 6,
  random: 12,
};

const examplesOf = (name: string): readonly { readonly place: string; readonly code: string }[] => {
  const folder = path.join(ROOT, 'packages', name, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .flatMap((file) => {
      const text = readFileSync(path.join(folder, file), 'utf8');
      return [...text.matchAll(/^( *)\* @example\n((?:\1\*(?! @)(?!\/).*\n)+)/gm)].map((match) => ({
        place: `${file}:${text.slice(0, match.index).split('\n').length}`,
        code: match[2]!.replaceAll(/^ *\* ?/gm, ''),
      }));
    });
};

const { add, constant, cos, iota, matmul, mul, reshape, scalar, sub, sum, tensorValue, trace, vector } =
  autodiff;
const OTHERS = { ...core, ...problemPackage, ...random, ...drawing, ...linalg, ...optim, ...autodiff };
const OWN: Readonly<Record<string, object>> = {
  autodiff,
  linalg,
  optim,
  problem: problemPackage,
  random: { ...random, ...drawing },
};

/** Reproducible values in (-1, 1). */
const values = (dtype: 'float32' | 'float64', ...shape: number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return constant(
    tensorValue(
      dtype,
      shape,
      Array.from({ length: size }, (_, i) => Math.sin(3 * i + size)),
    ),
  );
};

/** Names that mean something else in a package. */
const VARIANTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  autodiff: {
    step: (x: Tensor) => mul(x, x),
    loss: ({ w, b }: { w: Tensor; b: Tensor }, x: Tensor, y: Tensor) =>
      sum(sub(add(matmul(reshape(x, [1, 3]), w), b), y)),
  },
  random: { grad: values('float32', 5) },
};

/** What a reader has at hand: a step's arguments, and small matrices under their usual names. */
function ambient(name: string): Readonly<Record<string, unknown>> {
  const params = { w: values('float64', 3, 2), b: values('float64', 2) };
  const model = {
    apply: (p: typeof params, x: Tensor) => problemPackage.dense(x, { weight: p.w, bias: p.b }),
  };
  const batch = { inputs: values('float64', 4, 3), targets: values('float64', 4, 2) };
  const problem = problemPackage.bindProblem(model as never, core.losses.squaredError, batch);
  const { loss, grad } = problem.valueAndGrad(params);
  const [direction, ...vectors] = [vector.neg(grad), values('float64', 3, 1), values('float64', 3, 1)];
  const identity = constant(tensorValue('float64', [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]));
  const some = values('float64', 3, 3);
  const definite = add(matmul(some, some, { transposeB: true }), identity);
  const square = (x: Tensor) => mul(x, x);
  const types = [{ dtype: 'float64', shape: [3] }] as const;
  const metered = autodiff.meter(trace(square, ...types).program);
  const parameters = [
    { path: 'w', shape: [3, 2], role: 'weight' },
    { path: 'b', shape: [2], role: 'bias' },
  ];
  const context = { ...core.stepContext({ progress: scalar(0.5, 'float64'), seed: 1 }), parameters };
  const matrices = [
    'A',
    'K',
    'L',
    'R',
    'fisher',
    'covariance',
    'precision',
    'jacobian',
    'edges',
    'weights',
    'momentum',
  ];
  return {
    ...Object.fromEntries(matrices.map((each) => [each, definite])),
    ...{ params, model, problem, loss, grad, direction, context, metered, types, identity, ...batch },
    ...{ b: vectors[0], residual: vectors[1], gradient: definite, damping: 1e-3, learningRate: 0.1 },
    ...{
      rate: (progress: Tensor) => mul(0.1, progress),
      state: { stepSize: scalar(1, 'float64'), average: optim.exponentialAverage(0.9).init(params) },
      moved: params,
    },
    ...{
      lossAfter: loss,
      ggnProduct: (v: typeof params) => v,
      radius: scalar(1, 'float64'),
      gain: OTHERS.gainOf(loss, loss, loss),
    },
    ...{
      lossAt: (p: typeof params) => problem.loss(p),
      step: name === 'autodiff' ? square : direction,
      counts: [],
    },
    ...{
      images: values('float32', 8, 3, 32, 32),
      filter: values('float32', 16, 3, 3, 3),
      x: values('float32', 5),
    },
    ...{ cell: (h: Tensor, x: Tensor) => cos(add(h, x)), h0: values('float64', 3) },
    ...{
      base: drawing.key(0),
      key: drawing.key(0),
      n: 3,
      scale: 0.1,
      rows: iota(6),
      fit: scalar(1, 'float64'),
    },
    ...{ paramTypes: autodiff.tree.map(({ type }: Tensor) => type, params) },
    ...{ inputType: batch.inputs.type, targetType: batch.targets.type },
    ...VARIANTS[name],
  };
}

/** Names that an example declares itself hide those at hand. */
function run(name: string, code: string): void {
  const scope: Record<string, unknown> = { ...OTHERS, ...ambient(name), ...OWN[name] };
  const body = stripTypes(code, 'example.ts');
  const used = Object.keys(scope).filter((each) => new RegExp(`\\b${each}\\b`).test(body));
  new Function(...used, `'use strict'; { ${body}\n }`)(...used.map((each) => scope[each]));
}

describe.each(Object.entries(PACKAGES))('%s', (name, fewest) => {
  const examples = examplesOf(name);

  it('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(fewest);
  });

  it.each(examples)('$place', ({ code }) => {
    trace(() => {
      run(name, code);
      return [];
    });
  });
});
