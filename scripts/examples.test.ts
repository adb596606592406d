// Every function that a plugin can import has an `@example`, which runs, with the names a reader would have at hand.

import { describe, expect, it } from 'vitest';
import type { Tensor, TensorValue } from '../packages/autodiff/dist/index.js';
import * as operations from '../packages/autodiff/dist/index.js';
import * as reference from '../packages/autodiff/dist/reference.js';
import * as core from '../packages/core/dist/index.js';
import { stripTypes } from '../packages/core/dist/type-stripping.js';
import * as linalg from '../packages/linalg/dist/index.js';
import * as optim from '../packages/optim/dist/index.js';
import * as conformance from '../packages/plugin-conformance/dist/index.js';
import * as problemPackage from '../packages/problem/dist/index.js';
import * as random from '../packages/random/dist/index.js';
import * as drawing from '../packages/random/dist/program/index.js';
import { ENTRIES, publicFunctions, sourcesOf } from './public-functions.js';

const autodiff = { ...operations, ...reference };

const PACKAGES = [...ENTRIES.keys()];

/** Public functions without an example, and why, by package. */
const WITHOUT_EXAMPLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'plugin-conformance': {
    checkPlugin: 'starts processes; docs/test-a-plugin.md shows what it reports',
    goldenOracles: 'reads files; docs/test-a-plugin.md has an example',
  },
};

const examplesOf = (name: string): readonly { readonly place: string; readonly code: string }[] =>
  [...sourcesOf(name)].flatMap(([file, text]) =>
    [...text.matchAll(/^( *)\* @example\n((?:\1\*(?! @)(?!\/).*\n)+)/gm)].map((match) => ({
      place: `${file}:${text.slice(0, match.index).split('\n').length}`,
      code: match[2]!.replaceAll(/^ *\* ?/gm, ''),
    })),
  );

const { add, constant, cos, iota, matmul, mul, reshape, scalar, sub, sum, tensorValue, trace, vector } =
  autodiff;
const OTHERS = { ...core, ...problemPackage, ...random, ...drawing, ...linalg, ...optim, ...autodiff };
const OWN: Readonly<Record<string, object>> = {
  autodiff,
  core,
  linalg,
  optim,
  'plugin-conformance': conformance,
  problem: problemPackage,
  random,
  'random/program': drawing,
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

/** Gradient descent as a plugin. */
const plugin: core.OptimizerPlugin<{ readonly learningRate: number }, Record<string, Tensor>> = {
  create: ({ learningRate }) => ({
    init: () => ({}),
    step(problem, params) {
      const { loss, grad } = problem.valueAndGrad(params);
      return { params: vector.addScaled(params, -learningRate, grad), state: {}, metrics: { loss } };
    },
  }),
};

/** The least manifest. */
const manifest = {
  kind: 'optimizer',
  name: 'descent',
  version: '0.1.0',
  summary: 'Gradient descent.',
  entry: './index.js',
  hyperparameters: {
    type: 'object',
    properties: { learningRate: { type: 'number', default: 0.1, description: 'Step size.' } },
  },
};

/** Names that mean something else in a package. */
const VARIANTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  autodiff: {
    loss: ({ w, b }: { w: Tensor; b: Tensor }, x: Tensor, y: Tensor) =>
      sum(sub(add(matmul(reshape(x, [1, 3]), w), b), y)),
  },
  'random/program': { grad: values('float32', 5) },
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
  const paramTypes = autodiff.tree.map(({ type }: Tensor) => type, params);
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
    ...{ params, model, problem, loss, grad, direction, context, identity, ...batch },
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
    ...{ lossAt: (p: typeof params) => problem.loss(p), step: direction },
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
    ...{ paramTypes, inputType: batch.inputs.type, targetType: batch.targets.type },
    types: [paramTypes, {}, batch.inputs.type, batch.targets.type],
    ...{ plugin, manifest, hyperparameters: { learningRate: 0.1 } },
    optimizer: plugin.create({ learningRate: 0.1 }, core.optimizerContext()),
    ...VARIANTS[name],
  };
}

/** A value that an example states: `exp(x); // = [1, 2.71828]`, or a type alone: `// = float32[8,16]`. */
interface Stated {
  readonly value: unknown;
  readonly expected: unknown;
}

/** The example with its stated results as calls of `stated`. A statement starts and ends with a line. */
function withStatements(code: string): string {
  let [open, start] = [0, 0];
  const lines = code.split('\n');
  for (const [i, line] of lines.entries()) {
    const [, text, result] = /^(.*?)(?: *\/\/ = (.+)| *\/\/.*)?$/.exec(line)!;
    open += (text!.match(/[([{]/g)?.length ?? 0) - (text!.match(/[)\]}]/g)?.length ?? 0);
    if (open > 0) continue;
    if (result !== undefined) {
      const expected = /^(float32|float64|int32|bool)\[[\d,]*\]$/.test(result) ? `'${result}'` : result;
      const statement = lines.slice(start, i).concat(text!).join('\n');
      const [, name] = /^const (\w+)/.exec(statement) ?? [];
      const value = name ?? `(${statement.replace(/;$/, '')})`;
      for (let each = start; each < i; each++) lines[each] = '';
      lines[i] = `${name === undefined ? '' : statement} stated(${value}, (${expected}));`;
    }
    start = i + 1;
  }
  return lines.join('\n');
}

/** Runs an example, in a trace of its own. Names that it declares itself hide those at hand. */
function run(name: string, code: string): readonly Stated[] {
  const found: Stated[] = [];
  const tensors: Tensor[] = [];
  const body = stripTypes(withStatements(code), 'example.ts');
  const { program } = trace(() => {
    const scope: Record<string, unknown> = { ...OTHERS, ...ambient(name), ...OWN[name] };
    scope.stated = (value: unknown, expected: unknown) => {
      const type = typeof expected === 'string' && value instanceof autodiff.Tensor;
      found.push({ value: type ? autodiff.formatType(value.type) : value, expected });
    };
    const used = Object.keys(scope).filter((each) => new RegExp(`\\b${each}\\b`).test(body));
    new Function(...used, `'use strict'; { ${body}\n }`)(...used.map((each) => scope[each]));
    for (const { value } of found) plain(value, (tensor) => tensors.push(tensor));
    return tensors;
  });
  const values = autodiff.evaluate(program, []);
  let next = 0;
  return found.map(({ value, expected }) => ({
    value: plain(value, () => nested(values[next++]!)),
    expected,
  }));
}

/** A value as numbers, text, lists and records. */
function plain(value: unknown, ofTensor: (tensor: Tensor) => unknown): unknown {
  if (value instanceof autodiff.Tensor) return ofTensor(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  if (Array.isArray(value)) return value.map((each) => plain(each, ofTensor));
  if (Object.prototype.toString.call(value) !== '[object Object]') return value;
  return Object.fromEntries(
    Object.entries(value as object).map(([key, each]) => [key, plain(each, ofTensor)]),
  );
}

/** A tensor's value as nested lists. */
function nested({ type, data }: TensorValue, shape = type.shape, start = 0): unknown {
  const [size, ...rest] = shape;
  if (size === undefined) return type.dtype === 'bool' ? data[start] === 1 : data[start];
  const step = autodiff.sizeOf(rest);
  return Array.from({ length: size }, (_, i) => nested({ type, data }, rest, start + i * step));
}

/** Numbers agree to the digits that examples show. */
const DIGITS = 1e-5;

function demandEqual(value: unknown, expected: unknown): void {
  const rounded = (each: unknown, other: unknown): unknown => {
    if (typeof each === 'number' && typeof other === 'number')
      return Math.abs(each - other) <= DIGITS * Math.max(1, Math.abs(other)) ? other : each;
    if (typeof each !== 'object' || typeof other !== 'object' || each === null || other === null) return each;
    const entries = Object.entries(each).map(([key, inner]) => [
      key,
      rounded(inner, (other as Record<string, unknown>)[key]),
    ]);
    return Array.isArray(each) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
  };
  expect(rounded(value, expected)).toEqual(expected);
}

const functions = new Map(
  await Promise.all(PACKAGES.map(async (name) => [name, await publicFunctions(name)] as const)),
);
const declared = new Set(
  [...functions.values()].flat().flatMap(({ name, place }) => (place === undefined ? [] : [name])),
);

describe.each(PACKAGES)('%s', (name) => {
  it('has an example with its result for every public function', () => {
    const lacking = functions.get(name)!.filter(({ name: own, place, docstring }) => {
      // What core passes on has its example where it is declared.
      if (place === undefined) return !declared.has(own);
      return !/@example\b[\s\S]*\/\/ = /.test(docstring) && !docstring.includes('@internal');
    });
    expect(lacking.map(({ name: own }) => own)).toEqual(Object.keys(WITHOUT_EXAMPLE[name] ?? {}));
  });

  it.each(examplesOf(name))('$place', ({ place, code }) => {
    const own = place.startsWith('program/') ? `${name}/program` : name;
    const found = run(own, code);
    expect(found.length).toBe(code.match(/\/\/ = /g)?.length ?? 0);
    for (const { value, expected } of found) demandEqual(value, expected);
  });
});

it('compares what examples state', () => {
  const [wrong] = run('autodiff', 'add(\n  iota(2), 1,\n); // = [1, 3]');
  expect(wrong).toEqual({ value: [1, 2], expected: [1, 3] });
  expect(() => demandEqual(wrong!.value, wrong!.expected)).toThrow();
});
