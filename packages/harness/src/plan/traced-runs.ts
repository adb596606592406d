// Programs traced while planning: to ask engines for support, and to bound the cost of a first step.

import type { Program } from '@gaussmark/autodiff';
import {
  evaluationPointProgram,
  evaluationProgram,
  gradientFlops,
  initProgram,
  mostBatches,
  onRows,
  type Subject,
  traceStep,
} from '@gaussmark/cell';
import type { ChosenPlugin, Optimizer } from '@gaussmark/core';
import { leastFlops } from './least-flops.js';

/** A problem whose step is traced. */
export interface TracedProblem {
  readonly subject: Subject;
  readonly batchSize: number;
}

export interface TracedRun {
  /** Of the initial state, a step and the evaluation. */
  readonly programs: readonly Program[];
  /** A lower bound on the gradient-equivalents of the initial state and the first step together. */
  readonly leastWork: number;
}

export class TracedRuns {
  readonly #known = new Map<TracedProblem, Map<ChosenPlugin<'optimizer'>, TracedRun | undefined>>();

  /** The traced run of an optimizer on a problem; undefined if its step throws, which its run will report. */
  of(
    optimizer: ChosenPlugin<'optimizer'>,
    instance: Optimizer,
    problem: TracedProblem,
    trainSize: number,
  ): TracedRun | undefined {
    const known = this.#known.get(problem) ?? new Map<ChosenPlugin<'optimizer'>, TracedRun | undefined>();
    this.#known.set(problem, known);
    if (!known.has(optimizer))
      known.set(optimizer, traceRun(instance, problem, trainSize, mostBatches(optimizer.entry.manifest)));
    return known.get(optimizer);
  }
}

function traceRun(
  optimizer: Optimizer,
  { subject, batchSize }: TracedProblem,
  trainSize: number,
  batches: number,
): TracedRun | undefined {
  const size = Math.min(batchSize, trainSize);
  try {
    const init = initProgram(optimizer, subject);
    const step = traceStep(optimizer, subject, init.state, size, batches);
    const point = evaluationPointProgram(optimizer, subject, init.state);
    const evaluation = evaluationProgram(subject, trainSize, size);
    return {
      programs: [init.program, onRows(step, trainSize), evaluation, ...(point === undefined ? [] : [point])],
      leastWork: (leastFlops(init.program) + leastFlops(step.own)) / gradientFlops(subject, size),
    };
  } catch {
    return undefined;
  }
}
