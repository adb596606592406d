// The inputs of layers and the gradients at their pre-activations, against explicit sums.

import {
  add,
  constant,
  conv2d,
  matmul,
  reshape,
  type Shape,
  scan,
  sizeOf,
  sum,
  type Tensor,
  type TensorValue,
  tanh,
  tensorValue,
  trace,
  transpose,
  tree,
  zeros,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { describe, expect, it } from 'vitest';
import type { Layer, Params, Problem } from '../src/contract.js';
import { type AffineParams, dense } from '../src/layers.js';
import { patches } from '../src/patches.js';
import {
  convnetSetup,
  errorOf,
  gaussNewtonBlock,
  mlpSetup,
  numbers,
  restricted,
  run,
  type Setup,
  sequenceSetup,
  traced,
  wave,
} from './tiny-networks.js';

const SETUPS: readonly (readonly [string, Setup])[] = [
  ['regression', mlpSetup('squaredError')],
  ['classification', mlpSetup('softmaxCrossEntropy')],
  ['convnet', convnetSetup()],
  ['sequence', sequenceSetup()],
];

/** What the layers of a setup are called, without their tensors. */
function described(setup: Setup): Partial<Layer>[] {
  let found: readonly Layer[] = [];
  traced(setup, (problem, params) => {
    const { layers, loss } = problem.layers(params);
    found = layers;
    return loss;
  });
  return found.map(({ path, kind, weight, bias, preActivationShape }) => ({
    path,
    kind,
    weight,
    bias,
    preActivationShape,
  }));
}

it('finds dense and convolutional layers, a shared one twice', () => {
  expect(described(convnetSetup())).toEqual([
    {
      path: 'first',
      kind: 'conv',
      weight: 'first.weight',
      bias: 'first.bias',
      preActivationShape: [3, 4, 4, 4],
    },
    {
      path: 'second',
      kind: 'conv',
      weight: 'second.weight',
      bias: 'second.bias',
      preActivationShape: [3, 3, 4, 4],
    },
    {
      path: 'output',
      kind: 'dense',
      weight: 'output.weight',
      bias: 'output.bias',
      preActivationShape: [3, 3],
    },
  ]);
  const shared = {
    path: 'shared',
    kind: 'dense',
    weight: 'shared.weight',
    bias: 'shared.bias',
    preActivationShape: [2, 3, 4],
  };
  expect(described(sequenceSetup())).toEqual([
    shared,
    shared,
    { path: 'output', kind: 'dense', weight: 'output.weight', bias: null, preActivationShape: [2, 3, 3] },
  ]);
});

/** A product (C kh kw, filters) as a kernel [filters, C / groups, kh, kw]: the blocks within groups. */
function asKernel({ type, data }: TensorValue, [filters, ...rest]: Shape): number[] {
  const length = sizeOf(rest);
  const groups = type.shape[0]! / length;
  return Array.from({ length: filters! * length }, (_, i) => {
    const [filter, element] = [Math.floor(i / length), i % length];
    const group = Math.floor((filter * groups) / filters!);
    return data[(group * length + element) * filters! + filter]!;
  });
}

describe.each(SETUPS)('%s', (_, setup) => {
  const structure = tree.structureOf(setup.params);
  const paths = tree.paths(structure);

  /** The gradient of every parameter, put together from its layers: sums of a delta' and of delta, by place. */
  const assembled = (problem: Problem, params: Params) => {
    const { layers, backward, outputGradient } = problem.layers(params);
    const deltas = backward(outputGradient);
    const sums = new Map<string, Tensor>();
    const note = (path: string | null, value: Tensor) => {
      if (path === null) return;
      const before = sums.get(path);
      sums.set(path, before === undefined ? value : add(before, value));
    };
    for (const [i, layer] of layers.entries()) {
      const delta = layer.gradientRows(deltas[i]!);
      note(layer.weight, matmul(layer.inputRows(), delta, { transposeA: true }));
      note(layer.bias, sum(delta, { axes: [0] }));
    }
    return paths.map((path) => sums.get(path)!);
  };

  it('has inputs and gradients whose products are the gradient', () => {
    const expected = run(setup, (problem, params) => problem.valueAndGrad(params).grad);
    const got = run(setup, assembled);
    for (const [i, value] of expected.entries()) {
      const wanted = numbers([value]);
      const isKernel = value.type.shape.length === 4;
      expect(
        errorOf(isKernel ? asKernel(got[i]!, value.type.shape) : numbers([got[i]!]), wanted),
      ).toBeLessThan(1e-13);
    }
  });

  it('has the loss and the outputs of the network, from one forward pass', () => {
    const [loss, outputs, wantedLoss, wantedOutputs] = run(setup, (problem, params) => {
      const layered = problem.layers(params);
      const { loss: plain, outputs: z } = problem.linearize(params);
      return [layered.loss, layered.outputs, plain, z];
    });
    expect(numbers([loss!, outputs!])).toEqual(numbers([wantedLoss!, wantedOutputs!]));
    const counted = (fn: Parameters<typeof traced>[1]) =>
      traced(setup, fn).equations.filter(({ primitive }) => primitive === 'tanh').length;
    expect(
      counted((problem, params) => [problem.layers(params).loss, problem.valueAndGrad(params).grad]),
    ).toBe(counted((problem, params) => problem.loss(params)));
  });
});

// For one example, the block of W in J' H J is A (x) S: A = a a', S the sum of d d' over the columns of the Hessian's factor.
it.each([
  ['first', 0],
  ['second', 1],
] as const)('has the exact factors of one example at the layer %s', (_, position) => {
  const setup = restricted(mlpSetup('softmaxCrossEntropy'), 1, 2);
  const [a, ...deltas] = run(setup, (problem, params) => {
    const { layers, outputs, backward } = problem.layers(params);
    const { outputHessianFactor } = problem.linearize(params);
    const columns = [0, 1, 2].map((k) =>
      constant(
        tensorValue(
          'float64',
          outputs.shape,
          [0, 1, 2].map((i) => (i === k ? 1 : 0)),
        ),
      ),
    );
    return [
      layers[position]!.inputs,
      ...columns.map((column) => backward(outputHessianFactor(column))[position]!),
    ];
  }).map((value) => numbers([value]));
  const units = deltas[0]!.length;
  const block = gaussNewtonBlock(setup, 2 * position);
  const expected = block.map((_, i) =>
    block.map((__, j) => {
      const S = deltas.reduce((sum, delta) => sum + delta[i % units]! * delta[j % units]!, 0);
      return a![Math.floor(i / units)]! * a![Math.floor(j / units)]! * S;
    }),
  );
  expect(errorOf(block.flat(), expected.flat())).toBeLessThan(1e-13);
});

/** What {@link patches} cuts, element by element. `top` and `left` are the padding before the image. */
function cutByHand(
  { type: { shape }, data }: TensorValue,
  [kh, kw]: readonly [number, number],
  {
    strides,
    dilations,
    top,
    left,
    places,
  }: Record<'strides' | 'dilations' | 'places', readonly [number, number]> & {
    readonly top: number;
    readonly left: number;
  },
): number[] {
  const [images, channels, height, width] = shape as [number, number, number, number];
  const cut: number[] = [];
  for (let n = 0; n < images; n++)
    for (let i = 0; i < places[0]; i++)
      for (let j = 0; j < places[1]; j++)
        for (let c = 0; c < channels; c++)
          for (let a = 0; a < kh; a++)
            for (let b = 0; b < kw; b++) {
              const row = i * strides[0] + a * dilations[0] - top;
              const column = j * strides[1] + b * dilations[1] - left;
              const inside = 0 <= row && row < height && 0 <= column && column < width;
              cut.push(inside ? data[((n * channels + c) * height + row) * width + column]! : 0);
            }
  return cut;
}

const PLAIN = { strides: [1, 1], dilations: [1, 1], top: 0, left: 0 } as const;

// Images [2, 3, 5, 6].
it.each([
  [{}, [2, 3], { ...PLAIN, places: [4, 4] }],
  [
    { strides: [2, 1], padding: [[1, 0], 2] },
    [3, 2],
    { ...PLAIN, strides: [2, 1], top: 1, left: 2, places: [2, 9] },
  ],
  [{ dilations: [1, 2], padding: 'same' }, [2, 2], { ...PLAIN, dilations: [1, 2], left: 1, places: [5, 6] }],
] as const)(
  'cuts the patches of %j, which a convolution multiplies by its filters',
  (options, window, geometry) => {
    const [x, filter] = [wave([2, 3, 5, 6], 1), wave([4, 3, ...window], 2)];
    const { program } = trace(
      (images: Tensor, w: Tensor) => {
        const rows = patches(images, window, options);
        const product = matmul(rows, reshape(w, [4, 3 * window[0] * window[1]]), { transposeB: true });
        return [rows, transpose(product, [0, 3, 1, 2]), conv2d(images, w, options)];
      },
      x.type,
      filter.type,
    );
    const [rows, product, convolved] = evaluate(program, [x, filter]);
    expect(numbers([rows!])).toEqual(cutByHand(x, window, geometry));
    expect(product!.type).toEqual(convolved!.type);
    expect(errorOf(numbers([product!]), numbers([convolved!]))).toBeLessThan(1e-14);
  },
);

it('names a layer whose gradient cannot be read, inside a loop', () => {
  const setup: Setup = {
    ...sequenceSetup(),
    network: {
      apply: ({ shared, output }: { shared: AffineParams; output: { weight: Tensor } }, x: Tensor) => {
        const step = (h: Tensor, at: Tensor) => {
          const next = tanh(add(dense(h, shared), at));
          return { carry: next, y: next };
        };
        const { ys } = scan(step, zeros([2, 4], 'float64'), transpose(x, [1, 0, 2]));
        return dense(transpose(ys, [1, 0, 2]), output);
      },
    },
  };
  expect(() => traced(setup, (problem, params) => problem.layers(params).loss)).toThrow(
    /'shared\.weight' runs inside a loop/,
  );
});
