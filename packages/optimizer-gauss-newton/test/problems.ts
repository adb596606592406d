// Small problems, and the damped Gauss-Newton direction by plain loops over dense matrices.

import {
  type Tensor,
  type TensorValue,
  type Tree,
  tanh,
  tensorValue,
  trace,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { bindProblem, dense, losses, type OptimizerPlugin, type Params } from '@gaussmark/core';
import { type TakenStep, type TestProblem, takeSteps } from '@gaussmark/plugin-conformance';
import { dot as innerProduct, solveDense } from './dense.js';

const wave = (shape: readonly number[], seed: number, scale = 1): TensorValue =>
  tensorValue(
    'float64',
    shape,
    Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, i) => scale * Math.sin(1.7 * i * (1 + seed / 7) + seed),
    ),
  );

/** A network 3-4-c with tanh. @param scale of its weights */
export function network(loss: TestProblem['loss'], examples: number, outputs = 2, scale = 1): TestProblem {
  const isClasses = loss === 'softmaxCrossEntropy';
  const layer = (shape: readonly [number, number], seed: number) => ({
    weight: wave(shape, seed, scale),
    bias: wave([shape[1]], seed + 5, scale),
  });
  type Layers = Readonly<Record<'hidden' | 'head', { readonly weight: Tensor; readonly bias: Tensor }>>;
  return {
    spec: {
      task: isClasses ? 'classification' : 'regression',
      input: { shape: [3] },
      target: { shape: isClasses ? [] : [outputs] },
      ...(isClasses && { classes: outputs }),
    },
    loss,
    model: {
      init: () => ({ hidden: layer([3, 4], 1), head: layer([4, outputs], 2) }),
      apply(params, x) {
        const { hidden, head } = params as unknown as Layers;
        return dense(tanh(dense(x, hidden)), head);
      },
    },
    batches: [
      {
        inputs: wave([examples, 3], 3),
        targets: isClasses
          ? tensorValue(
              'int32',
              [examples],
              Array.from({ length: examples }, (_, i) => (i * i + i) % outputs),
            )
          : wave([examples, outputs], 4),
      },
    ],
  };
}

export const flat = (params: Tree<TensorValue>): number[] =>
  tree.leaves<TensorValue>(params).flatMap(({ data }) => [...data]);

/** The first step of an optimizer: the change of the parameters. */
export function change<H, S extends Tree<Tensor>>(
  plugin: OptimizerPlugin<H, S>,
  problem: TestProblem,
  hyperparameters: H,
): number[] {
  const start = flat(problem.model.init(1));
  const [step] = takeSteps(plugin, { problem, hyperparameters, steps: 1 }) as readonly [TakenStep];
  return flat(step.params).map((x, i) => x - start[i]!);
}

export interface DensePoint {
  readonly gradient: number[];
  /** B, (parameters, parameters). */
  readonly curvature: number[][];
  readonly loss: number;
}

/** Gradient and Gauss-Newton matrix at the start, from explicit Jacobians and Hessians. */
export function densePoint({ model, loss, batches: [batch] }: TestProblem): DensePoint {
  const init = model.init(1);
  const types = tree.map(({ type }: TensorValue) => type, init);
  const { program } = trace(
    (params: Params, inputs: Tensor, targets: Tensor) => {
      const problem = bindProblem(model, losses[loss], { inputs, targets });
      return {
        jacobian: problem.perExample.jacobians(params),
        outputs: problem.linearize(params).outputs,
        loss: problem.loss(params),
      };
    },
    types,
    batch.inputs.type,
    batch.targets.type,
  );
  const values = evaluate(program, [...tree.leaves<TensorValue>(init), batch.inputs, batch.targets]);
  const [outputs, value] = [values.at(-2)!, values.at(-1)!];
  const [examples, width] = outputs.type.shape as [number, number];
  const jacobian = Array.from({ length: examples * width }, (_, row) =>
    values.slice(0, -2).flatMap(({ data }) => {
      const size = data.length / (examples * width);
      return [...data.slice(row * size, (row + 1) * size)];
    }),
  );
  const rho: number[] = [];
  const hessian: number[][] = jacobian.map(() => new Array<number>(examples * width).fill(0));
  for (let i = 0; i < examples; i++) {
    const f = [...outputs.data.slice(i * width, (i + 1) * width)];
    const powers = f.map((x) => Math.exp(x - Math.max(...f)));
    const total = powers.reduce((a, b) => a + b, 0);
    for (let k = 0; k < width; k++) {
      const at = i * width + k;
      if (loss === 'squaredError') {
        rho[at] = (2 * (f[k]! - batch.targets.data[at]!)) / (examples * width);
        hessian[at]![at] = 2 / (examples * width);
        continue;
      }
      const p = powers.map((x) => x / total);
      rho[at] = (p[k]! - (batch.targets.data[i] === k ? 1 : 0)) / examples;
      for (let l = 0; l < width; l++)
        hessian[at]![i * width + l] = ((k === l ? p[k]! : 0) - p[k]! * p[l]!) / examples;
    }
  }
  const columns = jacobian[0]!.map((_, j) => jacobian.map((row) => row[j]!));
  const curved = columns.map((column) => hessian.map((row) => innerProduct(row, column)));
  return {
    gradient: columns.map((column) => innerProduct(column, rho)),
    curvature: columns.map((column) => curved.map((other) => innerProduct(column, other))),
    loss: value.data[0]!,
  };
}

/** (B + damping I)^-1 g */
export const dampedSolution = ({ gradient, curvature }: DensePoint, damping: number): number[] =>
  solveDense(
    curvature.map((row, i) => row.map((x, j) => (i === j ? x + damping : x))),
    gradient,
  );
