// Losses, gradients and Jacobians of single examples, and means over sub-batches.

import { cast, matmul, reshape, sum, type Tensor, type TensorValue, tree, vector } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import type { Params, Problem } from '../src/index.js';
import {
  convnetSetup,
  errorOf,
  mlpSetup,
  numbers,
  restricted,
  run,
  type Setup,
  sequenceSetup,
  shifted,
  traced,
  wave,
} from './tiny-networks.js';

const SETUPS: readonly (readonly [string, Setup])[] = [
  ['regression', mlpSetup('squaredError')],
  ['classification', mlpSetup('softmaxCrossEntropy')],
  ['convnet', convnetSetup()],
  ['sequence', sequenceSetup()],
];

describe.each(SETUPS)('%s', (_, setup) => {
  const size = setup.inputs.type.shape[0]!;
  const alone = Array.from({ length: size }, (_, i) => restricted(setup, i, i + 1));
  const leafCount = tree.leaves(setup.params).length;

  it.each([size, 2, 1])('has the losses and gradients of each example alone, in chunks of %i', (chunk) => {
    const losses = alone.map((one) => run(one, (problem, params) => problem.loss(params))[0]!.data[0]!);
    const got = run(setup, (problem, params) => problem.perExample.losses(params, { chunk }))[0]!;
    expect(got.type.shape).toEqual([size]);
    expect(errorOf(numbers([got]), losses)).toBeLessThan(1e-13);

    const rows = alone.map((one) => run(one, (problem, params) => problem.valueAndGrad(params).grad));
    const gradients = run(setup, (problem, params) => problem.perExample.gradients(params, { chunk }));
    for (const [leaf, gradient] of gradients.entries()) {
      expect(gradient.type.shape).toEqual([size, ...rows[0]![leaf]!.type.shape]);
      expect(
        errorOf(
          numbers([gradient]),
          rows.flatMap((row) => numbers([row[leaf]!])),
        ),
      ).toBeLessThan(1e-12);
    }
  });

  it('has gradients whose mean is the gradient', () => {
    const grad = run(setup, (problem, params) => problem.valueAndGrad(params).grad);
    const mean = run(setup, (problem, params) =>
      problem.perExample.mean((example) => example.valueAndGrad(params).grad, { chunk: 2 }),
    );
    expect(errorOf(numbers(mean), numbers(grad))).toBeLessThan(1e-13);
  });

  it('has the Jacobians of finite differences', () => {
    const jacobians = run(setup, (problem, params) => problem.perExample.jacobians(params, { chunk: 2 }));
    const outputs = run(setup, (problem, params) => problem.linearize(params).outputs)[0]!;
    const H = 1e-5;
    for (const which of [0, leafCount - 1]) {
      const { type, data } = jacobians[which]!;
      const parameter = tree.leaves<TensorValue>(setup.params)[which]!;
      expect(type.shape).toEqual([...outputs.type.shape, ...parameter.type.shape]);
      const width = data.length / outputs.data.length;
      for (const element of [0, width - 1]) {
        const [ahead, behind] = [H, -H].map(
          (h) =>
            run(
              { ...setup, params: shifted(setup.params, which, element, h) },
              (problem, params) => problem.linearize(params).outputs,
            )[0]!.data,
        );
        const difference = Array.from(ahead!, (value, i) => (value - behind![i]!) / (2 * H));
        const column = difference.map((_, i) => data[i * width + element]!);
        expect(errorOf(column, difference)).toBeLessThan(1e-8);
      }
    }
  });

  it('accumulates the gradient of the whole batch from sub-batches', () => {
    const whole = numbers(run(setup, (problem, params) => problem.valueAndGrad(params).grad));
    const inLoop = run(setup, (problem, params) =>
      problem.accumulate((part) => part.valueAndGrad(params).grad, { chunk: 2 }),
    );
    expect(errorOf(numbers(inLoop), whole)).toBeLessThan(1e-13);
    const unrolled = run(setup, (problem, params) =>
      problem
        .chunks(2)
        .map((part) => vector.scale(part.batchSize / problem.batchSize, part.valueAndGrad(params).grad))
        .reduce((sum, each) => vector.add(sum, each)),
    );
    expect(errorOf(numbers(unrolled), whole)).toBeLessThan(1e-13);
  });
});

const setup = mlpSetup('squaredError');

it('refuses to average what is not of one float type', () => {
  const accumulated = (values: (part: { readonly targets: Tensor }) => Tensor, chunk: number) => () =>
    run(setup, (problem) => problem.accumulate(values, { chunk }));
  // The last sub-batch of five examples has one: its row would broadcast.
  expect(accumulated(({ targets }) => targets, 2)).toThrow(
    /same type for every sub-batch.*last one float64\[1,/,
  );
  for (const chunk of [1, 5]) {
    expect(accumulated(({ targets }) => cast(targets, 'int32'), chunk)).toThrow(/needs floats, got int32/);
  }
});

it('maps any function over examples', () => {
  const norms = run(setup, (problem, params) =>
    problem.perExample.map((example): Tensor => {
      const { grad } = example.valueAndGrad(params);
      return vector.dot(grad, grad);
    }),
  );
  const gradients = run(setup, (problem, params) => problem.perExample.gradients(params));
  const expected = [0, 1, 2, 3, 4].map((i) =>
    gradients.reduce((sum, { data }) => {
      const width = data.length / 5;
      return sum + Array.from(data.slice(i * width, (i + 1) * width)).reduce((s, g) => s + g * g, 0);
    }, 0),
  );
  expect(errorOf(numbers(norms), expected)).toBeLessThan(1e-13);
});

it('holds one chunk of gradients at a time in a mean', () => {
  const program = traced(setup, (problem, params) =>
    problem.perExample.mean((example) => example.valueAndGrad(params).grad, { chunk: 2 }),
  );
  const scans = program.equations.filter(({ primitive }) => primitive === 'scan');
  expect(scans.map(({ params }) => (params as { length: number }).length)).toEqual([2]);
  expect(
    program.equations.some(({ outputs }) =>
      outputs.some(({ type }) => type.shape[0] === 5 && type.shape.length === 3),
    ),
  ).toBe(false);
});

it('bounds a chunk by the gradients that a function evaluates', () => {
  // 2^20 + 1024 numbers of 8 bytes: 31 gradients in 256 MiB.
  const wide: Setup = {
    ...setup,
    network: {
      apply: ({ weight }: { weight: Tensor }, x: Tensor) =>
        reshape(sum(matmul(x, weight), { axes: [1] }), [x.shape[0]!, 1]),
    },
    params: { weight: wave([1025, 1024], 1) },
    inputs: wave([70, 1025], 2),
    targets: wave([70, 1], 3),
  };
  const program = traced(wide, (problem, params) =>
    problem.perExample.map((example) => {
      const { grad } = example.valueAndGrad(params);
      return vector.dot(grad, grad);
    }),
  );
  const lengths = program.equations.flatMap(({ primitive, params }) =>
    primitive === 'scan' ? [(params as { length: number }).length] : [],
  );
  expect(lengths).toEqual([2]);
});

it.each<[what: string, call: (problem: Problem, params: Params, options: never) => unknown]>([
  ['perExample.losses', (problem, params, options) => problem.perExample.losses(params, options)],
  ['perExample.gradients', (problem, params, options) => problem.perExample.gradients(params, options)],
  ['perExample.jacobians', (problem, params, options) => problem.perExample.jacobians(params, options)],
  ['perExample.map', (problem, params, o) => problem.perExample.map((one) => one.loss(params), o)],
  ['perExample.mean', (problem, params, o) => problem.perExample.mean((one) => one.loss(params), o)],
  ['accumulate', (problem, params, options) => problem.accumulate((part) => part.loss(params), options)],
])('refuses an option that %s does not have', (what, call) => {
  const wrong = () =>
    run(mlpSetup('squaredError'), (problem, params) => {
      call(problem, params, { chunks: 2 } as never);
      return problem.loss(params);
    });
  expect(wrong).toThrow(`${what}: unknown option 'chunks'; did you mean 'chunk'?`);
});

it('can be copied with other members, by spreading', () => {
  const program = traced(setup, (problem, params) => ({ ...problem }).loss(params));
  expect(program.outputs).toHaveLength(1);
});

it('refuses sub-batches and chunks that are not there', () => {
  const attempt = (fn: Parameters<typeof run>[1]) => () => traced(setup, fn);
  expect(attempt((problem, params) => problem.examples(2, 6).loss(params))).toThrow(RangeError);
  expect(attempt((problem, params) => problem.examples(2, 2).loss(params))).toThrow(RangeError);
  expect(attempt((problem, params) => problem.chunks(6)[0]!.loss(params))).toThrow(RangeError);
  expect(attempt((problem, params) => problem.perExample.losses(params, { chunk: 0 }))).toThrow(RangeError);
  expect(attempt((problem, params) => problem.second.loss(params))).toThrow(/"batches": 2/);
});
