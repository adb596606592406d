// The work of steps in gradient-equivalents: their floating-point operations over those of one gradient.

import {
  type Cost,
  type LoopCost,
  type ProgramCost,
  programCost,
  type TensorType,
  trace,
} from '@gaussmark/autodiff';
import { type Batch, bindProblem, type Params } from '@gaussmark/core';
import { exampleTypes, type StepProgram, type Subject } from './programs.js';

/** Operations of one loss and gradient on a mini-batch: the unit. */
export function gradientFlops(subject: Subject, batchSize: number): number {
  const { model, loss, params } = subject;
  const gradient = (at: Params, batch: Batch) => bindProblem(model, loss, batch).valueAndGrad(at).grad;
  const types: Readonly<Record<string, TensorType>> = exampleTypes(subject, batchSize);
  return programCost(trace(gradient, params, types).program).flops;
}

/** How often a loop went round in a step, by the metric that tells it. */
interface Loop {
  readonly flops: number;
  /** Of the metric; -1 if the step does not tell. */
  readonly position: number;
}

/**
 * Operations of a step by what it reports of itself: those outside loops, and of each loop as many iterations as the metric
 * of its name says (`cg`: `cgIterations`; `line-search`: `lineSearchSteps`), one if there is no such metric.
 */
export class StepWork {
  readonly #fixed: number;
  readonly #loops: readonly Loop[];

  /** @param unit operations of one gradient-equivalent */
  constructor(
    { program, metrics }: StepProgram,
    private readonly unit: number,
  ) {
    const { flops, loops } = programCost(program);
    this.#fixed = flops;
    this.#loops = loops.map((loop) => ({
      flops: iterationCost(loop).flops,
      position: metricOf(loop.name, metrics),
    }));
  }

  /** Gradient-equivalents of a step with these metrics. */
  of(metrics: ArrayLike<number>): number {
    const flops = this.#loops.reduce((sum, { flops, position }) => {
      const iterations = position < 0 ? 1 : metrics[position]!;
      return sum + flops * (Number.isFinite(iterations) ? iterations : 0);
    }, this.#fixed);
    return flops / this.unit;
  }
}

/** `line-search` to the position of `lineSearchIterations` or `lineSearchSteps`; -1 if there is neither. */
export function metricOf(loop: string, metrics: readonly string[]): number {
  const name = loop.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return Math.max(metrics.indexOf(`${name}Iterations`), metrics.indexOf(`${name}Steps`));
}

/** One iteration of a loop, with one iteration of each loop inside it. */
export function iterationCost({ perIteration }: LoopCost): Cost {
  return totalCost(perIteration, () => 1);
}

/** The cost of a program whose loops go round so often. */
export function totalCost(cost: ProgramCost, iterationsOf: (loop: string) => number): Cost {
  let { flops, bytes } = cost;
  for (const loop of cost.loops) {
    const one = iterationCost(loop);
    const iterations = iterationsOf(loop.name);
    flops += iterations * one.flops;
    bytes += iterations * one.bytes;
  }
  return { flops, bytes };
}
