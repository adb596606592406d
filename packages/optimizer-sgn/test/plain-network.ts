// A multilayer perceptron and its losses in plain float64 loops, with derivatives written by hand.

import { dot, type Matrix, type Vector } from '../../optim/test/plain-linear-algebra.js';

export type ActivationName = 'sigmoid' | 'tanh';
export type LossName = 'squaredError' | 'softmaxCrossEntropy';

/** Activations, with derivatives as functions of their value h. */
const ACTIVATIONS = {
  sigmoid: { value: (x: number) => 1 / (1 + Math.exp(-x)), slope: (h: number) => h * (1 - h) },
  tanh: { value: Math.tanh, slope: (h: number) => 1 - h * h },
} as const;

export interface Network {
  readonly activation: ActivationName;
  /** Sizes of the layers, including input and output. */
  readonly widths: readonly number[];
}

/** A mini-batch: targets are vectors for the squared error, class indices for the cross-entropy. */
export type PlainBatch = { readonly inputs: Matrix } & (
  | { readonly loss: 'squaredError'; readonly targets: Matrix }
  | { readonly loss: 'softmaxCrossEntropy'; readonly targets: Vector }
);

export function parameterCount({ widths }: Network): number {
  return widths.slice(1).reduce((count, width, i) => count + (widths[i]! + 1) * width, 0);
}

/** Offsets of a layer's weight (in, out) and bias (out) in the parameters. */
export function layout({ widths }: Network) {
  let offset = 0;
  return widths.slice(1).map((output, i) => {
    const input = widths[i]!;
    const weight = offset;
    const bias = weight + input * output;
    offset = bias + output;
    return { input, output, weight, bias };
  });
}

/** The values of all layers for one example, input first. */
function activations(network: Network, theta: Vector, input: Vector): number[][] {
  const layers = layout(network);
  const values = [[...input]];
  for (const [i, { input: rows, output: columns, weight, bias }] of layers.entries()) {
    const h = values[i]!;
    const next: number[] = [];
    for (let c = 0; c < columns; c++) {
      let total = theta[bias + c]!;
      for (let r = 0; r < rows; r++) total += h[r]! * theta[weight + r * columns + c]!;
      next.push(i === layers.length - 1 ? total : ACTIVATIONS[network.activation].value(total));
    }
    values.push(next);
  }
  return values;
}

/** The Jacobian of one example's outputs, (outputs, parameters), by the chain rule from each output down. */
function jacobian(network: Network, theta: Vector, values: readonly Vector[]): number[][] {
  const layers = layout(network);
  const { slope } = ACTIVATIONS[network.activation];
  return values.at(-1)!.map((_, k) => {
    const row = new Array<number>(theta.length).fill(0);
    let delta: number[] = values.at(-1)!.map((_, c) => (c === k ? 1 : 0));
    for (let i = layers.length - 1; i >= 0; i--) {
      const { input: rows, output: columns, weight, bias } = layers[i]!;
      const h = values[i]!;
      const below = new Array<number>(rows).fill(0);
      for (let c = 0; c < columns; c++) {
        row[bias + c] = delta[c]!;
        for (let r = 0; r < rows; r++) {
          row[weight + r * columns + c] = h[r]! * delta[c]!;
          below[r]! += theta[weight + r * columns + c]! * delta[c]!;
        }
      }
      delta = below.map((x, r) => x * slope(h[r]!));
    }
    return row;
  });
}

/** One example's share of the mean loss, with gradient and Hessian in its outputs. */
function lossOf(batch: PlainBatch, example: number, z: Vector) {
  const examples = batch.inputs.length;
  if (batch.loss === 'squaredError') {
    const y = batch.targets[example]!;
    const count = examples * z.length;
    return {
      loss: z.reduce((total, x, k) => total + (x - y[k]!) ** 2, 0) / count,
      gradient: z.map((x, k) => (2 * (x - y[k]!)) / count),
      hessian: z.map((_, k) => z.map((_, l) => (k === l ? 2 / count : 0))),
    };
  }
  const label = batch.targets[example]!;
  const peak = Math.max(...z);
  const total = z.reduce((sum, x) => sum + Math.exp(x - peak), 0);
  const p = z.map((x) => Math.exp(x - peak) / total);
  return {
    loss: (peak + Math.log(total) - z[label]!) / examples,
    gradient: p.map((q, k) => (q - (k === label ? 1 : 0)) / examples),
    hessian: p.map((q, k) => p.map((s, l) => ((k === l ? q : 0) - q * s) / examples)),
  };
}

export function plainLoss(network: Network, batch: PlainBatch, theta: Vector): number {
  return batch.inputs.reduce((total, x, i) => {
    return total + lossOf(batch, i, activations(network, theta, x).at(-1)!).loss;
  }, 0);
}

/** Loss, gradient, and the explicit Gauss-Newton matrix: the sum over examples of J'HJ. */
export function plainGaussNewton(network: Network, batch: PlainBatch, theta: Vector) {
  const gradient = new Array<number>(theta.length).fill(0);
  const matrix = theta.map(() => new Array<number>(theta.length).fill(0));
  let loss = 0;
  for (const [i, x] of batch.inputs.entries()) {
    const values = activations(network, theta, x);
    const J = jacobian(network, theta, values);
    const local = lossOf(batch, i, values.at(-1)!);
    loss += local.loss;
    const HJ = local.hessian.map((row) =>
      theta.map((_, b) => row.reduce((sum, h, l) => sum + h * J[l]![b]!, 0)),
    );
    for (let a = 0; a < theta.length; a++) {
      const column = J.map((row) => row[a]!);
      gradient[a]! += dot(column, local.gradient);
      for (let b = 0; b < theta.length; b++)
        matrix[a]![b]! += dot(
          column,
          HJ.map((row) => row[b]!),
        );
    }
  }
  return { loss, gradient, matrix };
}
