// Work in gradient-equivalents: floating-point operations over those of one gradient.

import {
  type Cost,
  costOf,
  type LoopCost,
  type MeteredCost,
  type ProgramCost,
  programCost,
  type Site,
  type TensorType,
  trace,
} from '@gaussmark/autodiff';
import { type Batch, bindProblem, GaussmarkError, type Params } from '@gaussmark/core';
import { exampleTypes, type Subject } from './programs.js';
import type { StepProgram } from './step.js';

/** The unit: operations of one loss and gradient on a mini-batch. */
export function gradientFlops(subject: Subject, batchSize: number): number {
  const { model, loss, params } = subject;
  const gradient = (at: Params, batch: Batch) => bindProblem(model, loss, batch).valueAndGrad(at).grad;
  const types: Readonly<Record<string, TensorType>> = exampleTypes(subject, batchSize);
  return programCost(trace(gradient, params, types).program).flops;
}

/**
 * The cost of a run, from the program's own counters and not from what the plugin reports.
 *
 * @throws GaussmarkError if a counter overflowed
 */
export function costOfRun(cost: MeteredCost, sites: readonly Site[], counts: ArrayLike<number>): Cost {
  for (const [i, { kind, name }] of sites.entries()) {
    if (counts[i]! >= 0) continue;
    const what = kind === 'loop' ? `loop '${name}'` : 'branch';
    throw new GaussmarkError(`a ${what} of the optimizer ran more often than can be counted`, {
      expected: 'at most 2,147,483,647 iterations in one step',
      remedy: 'bound the number of iterations, or spread the work over several steps',
    });
  }
  return costOf(cost, counts);
}

/** Turns of all loops with a name; undefined if there is none. */
export function turnsOf(name: string, sites: readonly Site[], counts: ArrayLike<number>): number | undefined {
  let turns: number | undefined;
  for (const [i, site] of sites.entries()) {
    if (site.kind === 'loop' && site.name === name) turns = (turns ?? 0) + counts[i]!;
  }
  return turns;
}

/** The cost of one iteration of a loop, with one iteration of each inner loop. */
export function iterationCost({ perIteration }: LoopCost): Cost {
  return totalCost(perIteration);
}

function totalCost(cost: ProgramCost): Cost {
  let { flops, bytes } = cost;
  for (const loop of cost.loops) {
    const one = iterationCost(loop);
    flops += one.flops;
    bytes += one.bytes;
  }
  return { flops, bytes };
}

/** The work of steps, from their counts. */
export class StepWork {
  /** @param unit operations of one gradient-equivalent */
  constructor(
    private readonly step: Pick<StepProgram, 'cost' | 'sites'>,
    private readonly unit: number,
  ) {}

  /** Gradient-equivalents of every step; undefined if they depend on counts. */
  get fixed(): number | undefined {
    return this.step.sites.length === 0 ? this.of([]) : undefined;
  }

  /** Gradient-equivalents of a step with these counts. */
  of(counts: ArrayLike<number>): number {
    return costOfRun(this.step.cost, this.step.sites, counts).flops / this.unit;
  }

  /** Turns of the step's loops with a name; undefined if there is none. */
  turnsOf(name: string, counts: ArrayLike<number>): number | undefined {
    return turnsOf(name, this.step.sites, counts);
  }
}
