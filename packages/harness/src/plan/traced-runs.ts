// The programs of runs, traced while planning: what engines are asked about, and what a first step costs at least.

import { leastFlops, type Program } from '@gaussmark/autodiff';
import type { ChosenPlugin, Optimizer } from '@gaussmark/core';
import { evaluationProgram, initProgram, type Subject } from '../cell/programs.js';
import { onRows, traceStep } from '../cell/step.js';
import { gradientFlops } from '../cell/work.js';

/** What the step of a problem is traced for. */
export interface TracedProblem {
  readonly subject: Subject;
  readonly batchSize: number;
}

export interface TracedRun {
  /** Of the initial state, a step, and evaluation. */
  readonly programs: readonly Program[];
  /** What the initial state and the first step cost at least, together, in gradient-equivalents. */
  readonly leastWork: number;
}

export class TracedRuns {
  readonly #known = new Map<TracedProblem, Map<ChosenPlugin<'optimizer'>, TracedRun | undefined>>();

  /** A run of an optimizer on a problem, traced once; undefined if its step throws, which is for its run to tell. */
  of(
    optimizer: ChosenPlugin<'optimizer'>,
    instance: Optimizer,
    problem: TracedProblem,
    trainSize: number,
  ): TracedRun | undefined {
    const known = this.#known.get(problem) ?? new Map<ChosenPlugin<'optimizer'>, TracedRun | undefined>();
    this.#known.set(problem, known);
    if (!known.has(optimizer)) known.set(optimizer, traceRun(instance, problem, trainSize));
    return known.get(optimizer);
  }
}

function traceRun(
  optimizer: Optimizer,
  { subject, batchSize }: TracedProblem,
  trainSize: number,
): TracedRun | undefined {
  const size = Math.min(batchSize, trainSize);
  try {
    const init = initProgram(optimizer, subject);
    const step = traceStep(optimizer, subject, init.state, size);
    return {
      programs: [init.program, onRows(step, trainSize), evaluationProgram(subject, trainSize, size)],
      leastWork: (leastFlops(init.program) + leastFlops(step.own)) / gradientFlops(subject, size),
    };
  } catch {
    return undefined;
  }
}
